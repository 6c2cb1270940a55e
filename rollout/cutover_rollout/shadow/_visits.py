"""What is noted of a shadowed route while it is served: the recorder's visit, and its calls of the legacy arm.

A call belongs to the decision that the switch made last in its route. The arguments are copied before the function
gets them, since it may change them.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cutover_parity.alongside import TAPE, Opened, RouteTape, Visit
from cutover_registry import Attempt, Outcome, Site
from cutover_rollout.shadow._copied import NotCopied, Room, copied

Json: TypeAlias = Any
LEGACY = "legacy"


class Call:
    """One call of a function of the legacy arm, from its decision to its end."""

    __slots__ = (
        "args", "began", "decision", "first", "function", "kwargs", "last", "left_out", "outcome", "seconds", "tape",
    )  # fmt: skip

    def __init__(self, function: str, *, decision: tuple[str, str, str], tape: "ShadowTape") -> None:
        self.function, self.decision, self.tape = function, decision, tape
        self.first = self.last = tape.begun
        self.args: Json = None
        self.kwargs: Json = None
        self.left_out = ""
        self.outcome: Outcome | None = None
        self.began = time.perf_counter()
        self.seconds = 0.0

    def to_json(self) -> Json:
        """Give what the companion has to know."""
        outcome = self.outcome
        assert outcome is not None
        module, site, key = self.decision
        error = outcome.error
        return {
            "module": module,
            "site": site,
            "key": key,
            "function": self.function,
            "args": self.args,
            "kwargs": self.kwargs,
            "exchanges": [self.first, self.last],
            "error": None if error is None else f"{type(error).__module__}.{type(error).__qualname__}",
            "chunks": outcome.chunks,
            "seconds": round(self.seconds, 6),
        }


class ShadowTape(RouteTape):
    """The tape of one shadowed route, with its calls."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.begun = 0
        self.decision: tuple[str, str, str] | None = None
        self.calls: list[Call] = []
        self.open: list[Call] = []
        self.room = Room(limit)

    def begin(self, stack: str, client: str) -> Opened:
        """Note that a request is about to leave."""
        self.begun += 1
        return super().begin(stack, client)


class ShadowVisit(Visit):
    """Notes one shadowed route."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.tape: ShadowTape = ShadowTape(limit)


class CallWatch:
    """The hook that hears of calls, and the watcher that hears of decisions; `modules` names the module of a site."""

    def __init__(self, modules: Callable[[], Mapping[Site, str]]) -> None:
        self._ask, self._modules = modules, dict[Site, str]()

    def decided(self, site: Site, key: str, on: bool) -> None:
        """Take a decision of the switch."""
        tape = TAPE.get()
        if isinstance(tape, ShadowTape):
            tape.decision = None if on else (self._module(site), site.name, key)

    def started(self, attempt: Attempt) -> Call | None:
        """Take the beginning of an attempt."""
        tape = TAPE.get()
        if not isinstance(tape, ShadowTape) or tape.ended or tape.decision is None or attempt.arm != LEGACY:
            return None
        call = Call(attempt.function, decision=tape.decision, tape=tape)
        for other in tape.open:
            other.left_out = call.left_out = "attempts overlapped"
        tape.open.append(call)
        tape.calls.append(call)
        return call

    def called(self, token: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take the arguments of an attempt."""
        if isinstance(token, Call):
            room = token.tape.room
            try:
                token.args = [copied(arg, room) for arg in args]
                token.kwargs = {name: copied(arg, room) for name, arg in kwargs.items()}
            except NotCopied as error:
                token.left_out = f"arguments: {error}"

    def first_chunk(self, token: object) -> None:
        """Nothing is noted."""

    def ended(self, token: object, outcome: Outcome) -> None:
        """Take the end of an attempt."""
        if isinstance(token, Call):
            token.outcome = Outcome(outcome.error, outcome.streamed, outcome.chunks, outcome.cancelled)
            token.seconds = time.perf_counter() - token.began
            token.last = token.tape.begun
            if token in token.tape.open:
                token.tape.open.remove(token)

    def _module(self, site: Site) -> str:
        found = self._modules.get(site)
        if found is None:
            self._modules = dict(self._ask())
            found = self._modules.setdefault(site, "")
        return found
