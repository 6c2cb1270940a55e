"""What every state does, and the part of it that is the same whatever keeps it.

`StateStore` is what callers see, `Watched` the part of it that a worker needs. `KeptState` checks what is written,
makes leases and watches; the backends fill in how each of these is one step that either happens or does not.
"""

import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from cutover_rollout.state import _forks
from cutover_rollout.state._errors import InvalidDecision
from cutover_rollout.state._lease import Lease, steady
from cutover_rollout.state._records import Decision, Document, Draft, Versioned, checked_draft, checked_words

POLL = 1.0
PAGE = 1000
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
Read = Callable[[Versioned | None], Versioned]
Wait = Callable[[float], None]


class Watched(Protocol):
    """What a worker can follow."""

    @property
    def where(self) -> str:
        """The address, as it may be shown."""

    def watch(self, after: Versioned | None, timeout: float) -> Versioned | None:
        """Wait for another version than this one; None after `timeout` seconds without one."""


class StateStore(Watched, Protocol):
    """The shared state of one rollout: a document, who made it so, and who leads."""

    def read(self) -> Versioned:
        """The document as it is now."""

    def write(
        self,
        document: Document,
        *,
        expected: Versioned,
        by: str,
        why: str,
        evidence: Document | None = None,
        lease: Lease | None = None,
    ) -> Versioned:
        """Replace the document that was read, and add the row to the audit, in one step.

        Raises VersionConflict when it is no longer the `expected` one, LeaseLost when a `lease` is given that is not
        held, InvalidDecision, and what a StateError is besides; only after UncertainWrite it may have been written.
        """

    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""

    def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take this lease; None while another holds it, be it of the same name."""

    def close(self) -> None:
        """Close what is open; the next use opens again."""


class KeptState(ABC):
    """The common part of all states."""

    def __init__(self, where: str, *, name: str) -> None:
        if not NAME.fullmatch(name):
            raise InvalidDecision(where, f"{name!r} is no name of a state: 1 to 64 letters, digits, '_', '.' or '-'")
        self.name = name
        self._where = where
        _forks.enter(self)

    @property
    def where(self) -> str:
        """The address, as it may be shown."""
        return self._where

    def read(self) -> Versioned:
        """The document as it is now; version 0 where there is none yet."""
        return self._fetch(None)

    def write(
        self,
        document: Document,
        *,
        expected: Versioned,
        by: str,
        why: str,
        evidence: Document | None = None,
        lease: Lease | None = None,
    ) -> Versioned:
        """Replace the document that was read, and add the row to the audit, in one step."""
        draft = checked_draft(self.where, document, by=by, why=why, evidence=evidence)
        return self._write(draft, expected=expected, lease=lease)

    @abstractmethod
    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""

    def lease(self, name: str, holder: str, seconds: float) -> Lease | None:
        """Take this lease; None while another holds it."""
        checked_words(self.where, "the lease's name", name)
        checked_words(self.where, "the lease's holder", holder)
        if not 0 < seconds <= 86_400:
            raise InvalidDecision(self.where, f"a lease of {seconds} seconds; it lasts up to a day")
        asked, mark = steady(), secrets.token_hex(8)
        fence = self._take_lease(name, holder, mark=mark, seconds=seconds)
        if fence is None:
            return None
        return Lease(self, name, holder, fence=fence, mark=mark, seconds=seconds, asked=asked)

    @abstractmethod
    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""

    @abstractmethod
    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""

    def watch(self, after: Versioned | None, timeout: float) -> Versioned | None:
        """Wait for another version than this one; None after `timeout` seconds without one."""
        deadline = time.monotonic() + timeout
        with ExitStack() as stack:
            with _forks.undisturbed():
                read, wait = stack.enter_context(self._listening())
            while True:
                with _forks.undisturbed():
                    found = read(after)
                if not found.is_as(after):
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                wait(min(left, POLL))

    def close(self) -> None:  # noqa: B027  some have nothing to do here
        """Close what is open; the next use opens again."""

    def forget(self) -> None:  # noqa: B027  some have nothing to do here
        """Drop what belongs to the parent of a forked child."""

    def resume(self) -> None:  # noqa: B027  some have nothing to do here
        """Nothing of a state runs by itself."""

    @abstractmethod
    def _fetch(self, seen: Versioned | None) -> Versioned:
        """The document as it is now, which need not be fetched again when it is the one that was seen."""

    @abstractmethod
    def _write(self, draft: Draft, *, expected: Versioned, lease: Lease | None) -> Versioned: ...

    @abstractmethod
    def _take_lease(self, name: str, holder: str, *, mark: str, seconds: float) -> int | None: ...

    @contextmanager
    def _listening(self) -> Iterator[tuple[Read, Wait]]:
        """How to read, and how to wait for a sign that reading again is worthwhile, for the time of one watch."""
        yield self._fetch, time.sleep
