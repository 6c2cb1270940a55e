"""What ``fuzz`` does: its seeds, the running pair of arms, past findings, and what is written. Imports Hypothesis.

Example: ``report = run_fuzz(arms, wanted)``
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from cutover_cli._arm_options import Arms
from cutover_cli._console import progress
from cutover_parity import (
    ArmSetup,
    CaseStream,
    Damage,
    Depth,
    Duel,
    NoiseRules,
    place_of,
    read_noise,
    read_routes,
    write_counterexample,
)
from cutover_parity.fuzzing import (
    Finding,
    FuzzReport,
    Limits,
    Seed,
    fuzz,
    openapi_seeds,
    read_findings,
    read_seeds,
    recorded_seeds,
    write_findings,
)

PAST = Path(".cutover") / "findings"
_HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"


@dataclass(frozen=True)
class FuzzOptions:
    """What was typed about the run."""

    recordings: tuple[Path, ...]
    seeds: Path | None
    openapi: str
    cases: int
    seed: int
    seconds: float | None
    depth: Depth
    provider_path: str | None
    aliases: tuple[str, ...]
    noise: Path | None
    past: Path | None
    counterexamples: Path | None


def run_fuzz(arms: Arms, wanted: FuzzOptions) -> FuzzReport:
    """Fuzz both arms as was asked for; keep what was found."""
    folder = _past(arms, wanted)
    noise = NoiseRules() if wanted.noise is None else read_noise(wanted.noise, today=date.today())
    with _no_hypothesis_folder(), Duel(arms.legacy, arms.registry, _setup(arms, wanted)) as duel:
        seeds = _seeds(duel, wanted)
        with progress(f"fuzzing at {wanted.depth} depth", wanted.cases) as done:
            report = fuzz(
                duel,
                seeds,
                arms.plan,
                seed=wanted.seed,
                limits=Limits(wanted.cases, seconds=wanted.seconds),
                aliases=wanted.aliases,
                place=place_of(wanted.provider_path) if wanted.provider_path else None,
                past=read_findings(folder) if folder is not None else (),
                noise=noise,
                progress=done,
            )
    if folder is not None:
        write_findings(folder, report.findings)
    if wanted.counterexamples is not None:
        _write_counterexamples(wanted.counterexamples, report.findings, arms, wanted=wanted, noise=noise)
    return report


def _setup(arms: Arms, wanted: FuzzOptions) -> ArmSetup:
    """At http depth what was recorded answers."""
    templates = CaseStream(wanted.recordings, arms.plan).templates if wanted.recordings else []
    return ArmSetup(wanted.depth, arms.plan.modules, templates, secrets.token_bytes(32))


def _seeds(duel: Duel, wanted: FuzzOptions) -> Sequence[Seed]:
    entries = (entry for path in wanted.recordings for entry in read_routes(path))
    seeds = recorded_seeds(entry for entry in entries if not isinstance(entry, Damage))
    if wanted.seeds is not None:
        seeds = (*seeds, *read_seeds(wanted.seeds))
    return seeds or openapi_seeds(duel, path=wanted.openapi)


@contextmanager
def _no_hypothesis_folder() -> Iterator[None]:
    """Keep what Hypothesis writes for itself out of the gateway's folder, unless the user says where it goes."""
    with TemporaryDirectory() as folder:
        if _HYPOTHESIS in os.environ:
            yield
            return
        os.environ[_HYPOTHESIS] = folder
        try:
            yield
        finally:
            del os.environ[_HYPOTHESIS]


def _past(arms: Arms, wanted: FuzzOptions) -> Path | None:
    if wanted.past is not None:
        return wanted.past
    root = arms.registry.root
    return root / PAST if (root / PAST.parent).is_dir() else None


def _write_counterexamples(
    folder: Path, findings: Sequence[Finding], arms: Arms, *, wanted: FuzzOptions, noise: NoiseRules
) -> None:
    for finding in findings:
        if finding.differences:
            write_counterexample(
                folder,
                finding.cases[-1],
                finding.differences[0],
                before=finding.cases[:-1],
                legacy=arms.legacy,
                registry=arms.registry,
                depth=wanted.depth,
                plan=arms.plan,
                noise=noise,
            )
