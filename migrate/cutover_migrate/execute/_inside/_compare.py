"""One site: both programs at every key and under every schedule, and the first place where they part."""

from __future__ import annotations

import enum
import os
import signal
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from cutover_migrate.execute._inside._canonical import canonical
from cutover_migrate.execute._inside._drive import run_program
from cutover_migrate.execute._inside._label import label_of
from cutover_migrate.execute._inside._pairs import Pair, Spot
from cutover_migrate.execute._inside._programs import Program
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import NOW, Cut, Run, Schedule
from cutover_migrate.execute._inside._world import World
from cutover_registry import hold_arm

AROUND = 3
SECONDS_A_RUN = 1.0
PATIENCE = 10
EXHAUSTED = 3
ENDLESS = 70
SEARCHED = 24
WHOLE = "from its beginning"
SLICED = "from the site on"
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"fails": 0},
    {"fails": 1},
    {"patches": 0},
    {"plain": False},
    {"fails": 2},
    {"closes": 1},
    {"fails": 3, "plain": False},
    {"patches": 1, "fails": 2},
    {"throws": True},
    {"fails": 5},
    {"patches": 2},
)


class Unhashable(str):
    """A text that cannot be hashed."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Versions:
    """The programs of one site: whole and from the site on, legacy and rewritten."""

    whole: tuple[Program, Program]
    sliced: tuple[Program, Program]


@dataclass
class Tally:
    """What was run at one site, and what was found."""

    pairs: int = 0
    reached: int = 0
    differences: int = 0
    first: dict[str, Any] | None = None
    refused: list[str] = field(default_factory=list)
    cut: int = 0
    left_out: int = 0
    exhausted: int = 0

    def count(self, first: Run, second: Run, *, site: str) -> None:
        """Count a pair."""
        self.pairs += 1
        self.reached += site in first.reached
        self.cut += first.cut or second.cut
        self.exhausted += first.exhausted or second.exhausted

    def refuse(self, *runs: Run) -> None:
        """Keep what was refused, each once."""
        self.refused = list(dict.fromkeys([*self.refused, *(each for run in runs for each in run.refused)]))


@dataclass
class Comparison:
    """Runs and compares one site.

    Args:
        pair: The functions.
        spot: The site.
        versions: Its programs.
        world: What their names stand for.
        errors: What may be raised in them.
        arms: The arms that the rewritten program is run with: ``registry``, and ``legacy`` while both live.
        keys: The keys of every site of the pair, by name.
        seconds: How much processor time one site may take.
    """

    pair: Pair
    spot: Spot
    versions: Versions
    world: World
    errors: tuple[type[BaseException], ...]
    arms: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]
    seconds: float

    def compare(self, subjects: Sequence[object], *, rounds: int) -> Tally:
        """Run every pair; stops where the time is up, and says how many pairs were left out."""
        with hold_arm(self.arms[0]):
            return self._compare(subjects, rounds)

    def _compare(self, subjects: Sequence[object], rounds: int) -> Tally:
        tally = Tally()
        until = time.process_time() + self.seconds
        schedules = self._schedules(subjects[0], rounds, tally)
        for number, key in enumerate(subjects):
            chosen = [schedules[0], schedules[1], *_turned(schedules[2:], number)]
            for index, (how, base) in enumerate(chosen[:rounds]):
                schedule = replace(base, error=number + index // 2)
                if time.process_time() > until or tally.exhausted >= EXHAUSTED:
                    tally.left_out += len(chosen[:rounds]) - index
                    continue
                self._round(tally, key, how=how, schedule=schedule)
        return tally

    def _round(self, tally: Tally, key: object, *, how: str, schedule: Schedule) -> None:
        """Run the legacy program once, and the rewritten one with each arm."""
        legacy, rewritten = self.versions.whole if how == WHOLE else self.versions.sliced
        first = self._run(legacy, schedule, key)
        tally.refuse(first)
        for arm in self.arms:
            with hold_arm(arm) if arm != self.arms[0] else nullcontext():
                second = self._run(rewritten, schedule, key)
            tally.refuse(second)
            tally.count(first, second, site=self.spot.site)
            at = parting(first, second)
            tally.differences += at is not None
            if at is not None and tally.first is None:
                tally.first = {
                    "key": canonical(key),
                    "arm": arm,
                    "how": how,
                    "schedule": {name: getattr(schedule, name) for name in Schedule.__dataclass_fields__},
                    "event": at,
                    "legacy": _around(first, at),
                    "registry": _around(second, at),
                }

    def _run(self, program: Program, schedule: Schedule, key: object) -> Run:
        run = Run(schedule, make=self.world.make, errors=self.errors, site=self.spot.site)
        run.keys = {spot.site: self._key_of(spot, schedule, key) for spot in self.pair.spots}
        run.patch = lambda: self._patch(program)
        NOW.run = run
        with _limited(run, min(SECONDS_A_RUN, self.seconds / 10)):
            run_program(program, run, subject=self.spot.subject, key=key)
        return run

    def _key_of(self, spot: Spot, schedule: Schedule, key: object) -> object:
        """The key of each site: this one's, and where another reads another subject, one of its own."""
        if spot.subject.dump == self.spot.subject.dump:
            return key
        keys = self.keys.get(spot.site) or ("other",)
        return keys[schedule.draw(f"key {spot.site}", below=len(keys))]

    def _patch(self, program: Program) -> None:
        """Rebind the names of the module that both versions have, as a test that patches them does."""
        others = [each.start for each in (*self.versions.whole, *self.versions.sliced)]
        for name, value in program.start.items():
            if type(value) is Recorder and all(name in other for other in others) and not self._holds_keys(value):
                program.namespace[name] = self.world.make(f"patched.{name}")

    def _holds_keys(self, recorder: Recorder) -> bool:
        """Whether constants are read from it: a chain that compares with them is not asked again by the registry."""
        return any(path.startswith(f"{label_of(recorder)}.") for path in self.world.constants)

    def _schedules(self, key: object, rounds: int, tally: Tally) -> list[tuple[str, Schedule]]:
        """Schedules that reach the site, from the beginning where one is found, and from the site on."""
        bases = [
            Schedule(0),
            Schedule(1, truths="no"),
            *(Schedule(seed, truths="drawn") for seed in range(2, SEARCHED)),
        ]
        whole: list[Schedule] = []
        for base in bases:
            if len(whole) < max(2, rounds // 2) and tally.exhausted < EXHAUSTED:
                run = self._run(self.versions.whole[0], base, key)
                tally.refuse(run)
                tally.exhausted += run.exhausted
                whole += [base] if self.spot.site in run.reached else []
        found: list[tuple[str, Schedule]] = []
        for number in range(max(rounds, 2)):
            variant = VARIANTS[(number // 2) % len(VARIANTS)] if number < 2 else VARIANTS[(number - 1) % len(VARIANTS)]
            base, how = bases[(number // 2) % len(bases)], SLICED
            if whole and number % 2 == 0:
                base, how = whole[(number // 2) % len(whole)], WHOLE
            found.append((how, Schedule(**{**{"seed": base.seed, "truths": base.truths}, **variant})))
        return found


def subjects_of(table: Sequence[str], others: Sequence[str], *, hashed: bool) -> list[object]:
    """What a subject may be: every key, and what is none; only what has a hash where the legacy chain needs one."""
    keys = list(dict.fromkeys((*table, *others)))
    odd: list[object] = ["no-such-provider", "", None]
    for key in keys[:2]:
        members = enum.Enum("Subject", {"MEMBER": key}, type=str)  # type: ignore[misc]
        odd += [key.swapcase() if key.swapcase() != key else f" {key}", members["MEMBER"], Unhashable(key)]
    subjects = [*keys, *odd, ["unhashable"]]
    return [each for each in subjects if type(each).__hash__ is not None] if hashed else subjects


def parting(first: Run, second: Run) -> int | None:
    """The index of the first event that differs, None where the runs are the same as far as both go."""
    for index, (one, other) in enumerate(zip(first.log, second.log, strict=False)):
        if one != other:
            return index
    shared = min(len(first.log), len(second.log))
    return None if first.cut or second.cut or len(first.log) == len(second.log) else shared


def difference(name: str, was: str, now: str) -> dict[str, Any]:
    """The difference of a module's constant, in the form of that of two runs."""
    return {
        "key": name,
        "arm": "registry",
        "how": WHOLE,
        "schedule": {},
        "event": 0,
        "legacy": [f"{name} = {was}"],
        "registry": [f"{name} = {now}"],
    }


def _turned(schedules: list[tuple[str, Schedule]], by: int) -> list[tuple[str, Schedule]]:
    turn = by % len(schedules) if schedules else 0
    return schedules[turn:] + schedules[:turn]


def _around(run: Run, at: int) -> list[str]:
    return run.log[max(0, at - AROUND) : at + AROUND + 1]


class _limited:
    """Ends a run that takes too much processor time; the whole process where the run does not let itself be ended."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self._seconds = seconds
        self._left = PATIENCE

    def __enter__(self) -> None:
        if not hasattr(signal, "setitimer"):
            return
        signal.signal(signal.SIGVTALRM, self._end)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds, self._seconds / 5)

    def __exit__(self, *_: object) -> None:
        if not hasattr(signal, "setitimer"):
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _end(self, *_: object) -> None:
        self._run.cut = self._run.exhausted = True
        self._left -= 1
        if self._left < 0:
            os._exit(ENDLESS)
        raise Cut
