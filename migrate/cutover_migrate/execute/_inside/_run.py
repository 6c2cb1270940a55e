"""One run of one function: what it did, and the schedule that answers whatever it asks.

Every answer is a function of the seed and of what was asked, never of time or of memory addresses, so that two programs
which do the same are answered the same. A run that does too much is cut; what it did until then still counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

EVENTS = 400
STEPS = 20_000
DEPTH = 3


class Cut(BaseException):
    """The run did more than it is given; neither program is to blame."""


class Refused(BaseException):
    """The code tried to leave the sandbox."""


@dataclass(frozen=True)
class Schedule:
    """How a run is answered.

    Attributes:
        seed: What the answers are drawn from.
        truths: ``yes``, ``no`` or ``drawn``: what a recorder is when it is asked for its truth.
        plain: Whether every argument and every result is a recorder; else some are None, texts or numbers.
        error: Which of the errors that the code knows of is raised, by its number.
        fails: The how-many-eth thing done at or behind the site raises, None where nothing does.
        patches: The how-many-eth call at or behind the site rebinds the module's names, None where none does.
        closes: A generator is closed after this many values, None to drive it to its end.
        throws: A generator gets an error thrown in at its first value.
    """

    seed: int
    truths: str = "yes"
    plain: bool = True
    error: int = 0
    fails: int | None = None
    patches: int | None = None
    closes: int | None = None
    throws: bool = False

    def draw(self, what: str, *, below: int) -> int:
        """A number below ``below`` that depends on the seed and on what is asked."""
        mixed = crc32(f"{self.seed}|{what}".encode("utf-8", "backslashreplace")) * 2_654_435_761
        return (mixed >> 13) % below

    def truth(self, what: str) -> bool:
        """Whether something is true."""
        if self.truths == "drawn":
            return self.draw(f"truth {what}", below=100) < 50
        return self.truths == "yes"

    def count(self, what: str) -> int:
        """How many items something has."""
        return self.draw(f"count {what}", below=3) if self.truths == "drawn" else 2


@dataclass
class Run:
    """One run: its log, and the state of the recorders in it."""

    schedule: Schedule
    make: Callable[[str], Any] = str
    drain: Callable[[Any], object] = str
    errors: tuple[type[BaseException], ...] = (ValueError, KeyError, RuntimeError)
    patch: Callable[[], None] | None = None
    keys: dict[str, object] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    stored: dict[tuple[str, str], Any] = field(default_factory=dict)
    silent: set[tuple[str, str]] = field(default_factory=set)
    answers: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    doors: list[Any] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    site: str = ""
    cut: bool = False
    exhausted: bool = False
    steps: int = 0
    depth: int = 0
    _fails_at: int | None = None
    _patches_at: int | None = None

    def step(self) -> None:
        """Count something that is not seen."""
        self.steps += 1
        if self.cut or self.steps > STEPS:
            self.cut = True
            raise Cut

    def note(self, text: str) -> int:
        """Log something that cannot fail; give its number."""
        self.step()
        if len(self.log) >= EVENTS:
            self.cut = True
            raise Cut
        self.log.append(text)
        return len(self.log) - 1

    def event(self, text: str) -> int:
        """Log something done that may fail, and let it fail if it is its turn; give its number."""
        number = self.note(text)
        if self._patches_at is not None and number >= self._patches_at and self.patch is not None:
            self._patches_at = None
            self.log.append("the module's names are patched")
            self.patch()
        if self._fails_at is not None and number >= self._fails_at:
            self._fails_at = None
            self.fail(text)
        return number

    def fail(self, text: str) -> None:
        """Raise one of the errors that the code knows of."""
        kind = self.errors[self.schedule.error % len(self.errors)]
        self.log.append(f"fails with {kind.__name__}")
        error = kind.__new__(kind)
        error.args = (f"failed: {text[:60]}",)
        raise error

    def ask(self, what: str) -> bool:
        """Answer a question that may be answered differently the next time."""
        times = self.asked[what] = self.asked.get(what, 0) + 1
        return self.schedule.truth(f"{what}#{times}")

    def reach(self, site: str) -> None:
        """Note that a site is about to choose; what is to fail or be patched is counted from here, once."""
        self.note(f"site {site}")
        first = site == self.site and site not in self.reached
        self.reached.add(site)
        if first and self.schedule.fails is not None:
            self._fails_at = len(self.log) + self.schedule.fails
        if first and self.schedule.patches is not None:
            self._patches_at = len(self.log) + self.schedule.patches


class _Now:
    """The run that is going on."""

    __slots__ = ("run",)

    def __init__(self) -> None:
        self.run = Run(Schedule(0))


NOW = _Now()
