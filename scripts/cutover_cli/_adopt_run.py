"""``finish --adopt-failover``: worked out and replayed in copies of the tree first, written only when nothing differs.

The two arms of the replay are the finished tree and the same with its loops adopted; what is asked is made up from the
application's own description, from a file of requests, or from recordings. Imports Hypothesis where it replays.

Example: ``adopt(Path("."), AdoptChoice(app="src.main:app")).clean``
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cutover_cli._arm_options import Arms
from cutover_cli._console import progress
from cutover_cli._derived_plan import migrated_plan
from cutover_cli._unusable import Unusable
from cutover_migrate import (
    Adoptable,
    AlreadyDone,
    Finished,
    LoopsAdopted,
    adopt_failover,
    finish_cutover,
    journal_of,
    plan_adoption,
)
from cutover_parity import ArmSpec, CaseStream, ReplayReport, find_hooks, job_of, run_job

_ENVIRONMENT = "pyvenv.cfg"
_LEFT_OUT = frozenset({".git", ".hg", "node_modules", "__pycache__"})


@dataclass(frozen=True)
class AdoptChoice:
    """What was typed about the replay; `app` is None where it was waived."""

    app: str | None
    recordings: tuple[Path, ...] = ()
    seeds: Path | None = None
    cases: int = 200
    hooks: Path | None = None
    paths: tuple[str, ...] = ()
    python: str | None = None


@dataclass(frozen=True)
class AdoptReport:
    """What became of it: the loops, the replays before it was written, and what was written then."""

    planned: Adoptable
    replays: tuple[ReplayReport, ...]
    clean: bool
    written: LoopsAdopted | AlreadyDone | None = None
    finished: Finished | AlreadyDone | None = None


def adopt(root: Path, choice: AdoptChoice) -> AdoptReport:
    """Replay, then write; nothing is written where the replay is not clean.

    Raises:
        MigrateError: The tree cannot be finished, or what would be written is not proved.
    """
    if choice.app is None:
        finished = finish_cutover(root)
        planned = plan_adoption(root)
        return AdoptReport(planned, (), True, adopt_failover(root, planned), finished)
    with _copy(root) as before, _copy(root) as after:
        finish_cutover(before)
        finish_cutover(after)
        planned = plan_adoption(after)
        if planned.changes:
            adopt_failover(after, planned)
        replays, clean = _replayed(before, after, choice) if planned.changes else ((), True)
    if not clean:
        return AdoptReport(planned, replays, False)
    finished = finish_cutover(root)
    return AdoptReport(planned, replays, True, adopt_failover(root, plan_adoption(root)), finished)


def _replayed(before: Path, after: Path, choice: AdoptChoice) -> tuple[tuple[ReplayReport, ...], bool]:
    from cutover_cli._fuzz_run import FuzzOptions, run_fuzz  # noqa: PLC0415  Hypothesis takes long to import

    arms = _arms(before, after, choice)
    asked = FuzzOptions(
        recordings=choice.recordings,
        seeds=choice.seeds,
        openapi="/openapi.json",
        cases=choice.cases,
        seed=0,
        seconds=None,
        depth="calls",
        provider_path=None,
        aliases=(),
        noise=None,
        past=None,
        counterexamples=None,
    )
    made_up = run_fuzz(arms, asked)
    reports, clean = [made_up.replay], made_up.clean
    if choice.recordings:
        cases = CaseStream(choice.recordings, arms.plan, provider_path=None, headers=(), more_keys=(), generate=True)
        job = job_of(arms.legacy, arms.registry, cases, depth="calls", plan=arms.plan)
        with progress("replaying the recordings at calls depth", None) as done:
            reports.append(run_job(job, cases, progress=done))
    return tuple(reports), clean and all(report.clean for report in reports)


def _arms(before: Path, after: Path, choice: AdoptChoice) -> Arms:
    hooks = choice.hooks or find_hooks([before, Path()])
    common: dict[str, Any] = {
        "paths": choice.paths or (".",),
        "python": choice.python or sys.executable,
        "hooks": None if hooks is None else hooks.resolve(),
    }
    if choice.app is None:
        raise Unusable("no application was named; name it with --app module:attribute")
    legacy, registry = (
        ArmSpec(root.resolve(), choice.app, None, name=name, **common)
        for root, name in ((before, "finished"), (after, "adopted"))
    )
    return Arms(legacy, registry, migrated_plan(after))


@contextmanager
def _copy(root: Path) -> Iterator[Path]:
    """A copy of the tree, without what is no source of it: version control, environments, caches."""
    with TemporaryDirectory(prefix="cutover-adopt-") as folder:
        copy = Path(folder) / root.resolve().name
        journal_of(root)
        shutil.copytree(root, copy, symlinks=True, ignore=_left_out)
        yield copy


def _left_out(folder: str, names: Sequence[str]) -> set[str]:
    return {name for name in names if name in _LEFT_OUT or (Path(folder) / name / _ENVIRONMENT).is_file()}
