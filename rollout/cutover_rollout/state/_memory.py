"""A state in the memory of one process, for tests and simulations: the same promises, nothing on disk."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import time

from cutover_rollout.state._errors import LeaseLost, VersionConflict
from cutover_rollout.state._lease import Lease, steady
from cutover_rollout.state._records import Decision, Draft, Versioned, parsed
from cutover_rollout.state._store import PAGE, KeptState, Read, Wait


@dataclass(frozen=True, slots=True)
class _Held:
    holder: str = ""
    fence: int = 0
    mark: str = ""
    until: float = 0.0


class MemoryState(KeptState):
    """A state that ends with its process; a forked child goes on with a copy of its own."""

    def __init__(self, *, name: str = "default") -> None:
        super().__init__(f"memory:{name}", name=name)
        self._changed = threading.Condition()
        self._origin = secrets.token_hex(8)
        self._text = "{}"
        self._decisions: list[Decision] = []
        self._leases: dict[str, _Held] = {}

    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""
        with self._changed:
            return tuple(self._decisions[after : after + most])

    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""
        with self._changed:
            if not self._holds(name, mark):
                return False
            self._leases[name] = replace(self._leases[name], until=steady() + seconds)
            return True

    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""
        with self._changed:
            if self._holds(name, mark):
                self._leases[name] = replace(self._leases[name], until=0.0)

    def forget(self) -> None:
        """Begin with a lock that nobody holds."""
        self._changed = threading.Condition()

    def _fetch(self, seen: Versioned | None) -> Versioned:
        with self._changed:
            version, text = len(self._decisions), self._text
        if seen is not None and (seen.version, seen.origin) == (version, self._origin):
            return seen
        return Versioned(version, parsed(text), self._origin)

    def _write(self, draft: Draft, *, expected: Versioned, lease: Lease | None) -> Versioned:
        with self._changed:
            if lease is not None and not self._holds(lease.name, lease.mark):
                raise LeaseLost(self.where, lease.name, holder=lease.holder)
            found = len(self._decisions)
            if found != expected.version or (found and expected.origin != self._origin):
                raise VersionConflict(self.where, expected=expected.version, found=found)
            evidence, document = parsed(draft.evidence), parsed(draft.document)
            self._decisions.append(Decision(found + 1, time(), draft.by, draft.why, evidence, document))
            self._text = draft.document
            self._changed.notify_all()
        return Versioned(found + 1, parsed(draft.document), self._origin)

    def _take_lease(self, name: str, holder: str, *, mark: str, seconds: float) -> int | None:
        with self._changed:
            held = self._leases.get(name, _Held())
            if held.until > steady():
                return None
            self._leases[name] = _Held(holder, held.fence + 1, mark, steady() + seconds)
            return held.fence + 1

    def _holds(self, name: str, mark: str) -> bool:
        held = self._leases.get(name)
        return held is not None and held.mark == mark and held.until > steady()

    @contextmanager
    def _listening(self) -> Iterator[tuple[Read, Wait]]:
        seen = [-1]

        def read(after: Versioned | None) -> Versioned:
            found = self._fetch(after)
            seen[0] = found.version
            return found

        def wait(seconds: float) -> None:
            with self._changed:
                self._changed.wait_for(lambda: len(self._decisions) != seen[0], seconds)

        yield read, wait
