"""What a chain tells a listener of a route: who was skipped, who failed over to whom, how it ended."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from cutover_registry._faults import count_fault

End: TypeAlias = Literal["ok", "failed_over", "failed", "exhausted", "deadline", "cancelled"]


@dataclass(frozen=True, slots=True)
class RouteEnd:
    """How a route ended: its outcome, the provider that answered, how many attempts, and the seconds that were lost.

    `lost` are the seconds from the start of the first attempt to the start of the one that answered.
    """

    outcome: End
    provider: str | None
    attempts: int
    lost: float
    options_on: tuple[str, ...] = ()


class RouteHook(Protocol):
    """What a listener implements; what it raises is counted and dropped, never passed to the caller.

    It may also have ``circuit_changed(provider, before, after)``, which takes that a breaker turned: each of both is
    ``closed``, ``open`` or ``half-open``.
    """

    def route_started(self, chain: tuple[str, ...]) -> object:
        """Take the beginning of a route; return a token for the later events."""

    def skipped(self, token: object, provider: str, reason: str) -> None:
        """Take that a provider was passed over at its turn: ``circuit_open`` or ``cooling_down``."""

    def failed_over(self, token: object, source: str, target: str, error: BaseException) -> None:
        """Take that the next provider is tried after an error."""

    def route_ended(self, token: object, end: RouteEnd) -> None:
        """Take the end; it comes once for each token."""


class _Hooks:
    __slots__ = ("active",)

    def __init__(self) -> None:
        self.active: tuple[RouteHook, ...] = ()


HOOKS = _Hooks()


def add_route_hook(hook: RouteHook) -> None:
    """Let a hook hear of every route that begins from now on."""
    if not any(present is hook for present in HOOKS.active):
        HOOKS.active = (*HOOKS.active, hook)


def remove_route_hook(hook: RouteHook) -> None:
    """Let a hook hear of no new route; those that it saw begin still bring it their end."""
    HOOKS.active = tuple(present for present in HOOKS.active if present is not hook)


def tell_circuit(provider: str, before: str, after: str) -> None:
    """Pass on that a breaker turned, to the hooks that take it."""
    for hook in HOOKS.active:
        take = getattr(hook, "circuit_changed", None)
        if take is not None:
            try:
                take(provider, before, after)
            except Exception:  # noqa: BLE001  telemetry is a guest
                count_fault("route hook")


class Telling:
    """Tells the hooks that listened when a route began; nothing is done where there was none."""

    __slots__ = ("_tokens",)

    def __init__(self, chain: tuple[str, ...]) -> None:
        self._tokens: list[tuple[RouteHook, object]] = []
        for hook in HOOKS.active:
            try:
                self._tokens.append((hook, hook.route_started(chain)))
            except Exception:  # noqa: BLE001  telemetry is a guest
                count_fault("route hook")

    @property
    def anyone(self) -> bool:
        """Whether somebody listens."""
        return bool(self._tokens)

    def tell(self, event: str, *arguments: object) -> None:
        """Pass an event on."""
        for hook, token in self._tokens:
            try:
                getattr(hook, event)(token, *arguments)
            except Exception:  # noqa: BLE001  telemetry is a guest
                count_fault("route hook")
