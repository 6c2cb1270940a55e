"""``replay`` and ``coverage``: drive recorded and generated cases through both arms.

Example: ``cutover replay traffic --app src.main:app --legacy v1.4.2 --html parity.html``
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import click

from cutover_cli._arm_options import ArmChoice, Arms, arm_options, open_arms
from cutover_cli._console import console, error_console, print_json, progress
from cutover_cli._coverage_view import show_coverage, show_judgement
from cutover_cli._inputs import write_output
from cutover_cli._json_option import JSON
from cutover_cli._replay_options import ReplayChoice, replay_options
from cutover_cli._replay_view import show_report
from cutover_parity import (
    CaseStream,
    Job,
    Lacking,
    NoiseRules,
    ReplayReport,
    certificate_of,
    check_requirement,
    coverage_to_json,
    html_report,
    job_of,
    judged,
    junit_report,
    learn_noise_of,
    read_noise,
    report_to_json,
    run_job,
    shrunk,
    write_certificate,
    write_counterexamples,
    write_noise,
)
from cutover_registry.failover import OPTIONS

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
LEARNT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Outputs:
    """The files that a replay was asked for."""

    html: Path | None
    junit: Path | None
    certificate: Path | None
    counterexamples: Path | None


@click.command()
@replay_options
@arm_options
@click.option("--noise", type=FILE, help="Rules of what may differ (see --learn-noise); an expired one is refused.")
@click.option("--learn-noise", type=FILE, metavar="FILE",
              help="First run the legacy arm against itself; write what differs as rules, and use them.")  # fmt: skip
@click.option("--intended", "accepted", metavar="OPTION,...", default="",
              help="Options of failover whose differences are meant: reported apart, and no mismatches.")  # fmt: skip
@click.option("--html", type=FILE, help="Write one page with everything.")
@click.option("--junit", type=FILE, help="Write JUnit XML for CI.")
@click.option("--certificate", type=FILE, help="Write the parity certificate, tied to both trees by hash.")
@click.option("--counterexamples", type=FOLDER, metavar="DIR",
              help="Shrink the example of each kind of mismatch and write it as a pytest file.")  # fmt: skip
@JSON
def replay(
    chosen: ReplayChoice,
    arms: ArmChoice,
    noise: Path | None,
    learn_noise: Path | None,
    accepted: str,
    html: Path | None,
    junit: Path | None,
    certificate: Path | None,
    counterexamples: Path | None,
    as_json: bool,
) -> int:
    """Replay RECORDINGS, and what is generated from them, through both arms; exit 1 on a mismatch."""
    intended = _intended(accepted)
    rules = NoiseRules() if noise is None else read_noise(noise, today=date.today())
    with open_arms(arms) as opened:
        _say(opened.notes)
        cases = chosen.cases(opened)
        if learn_noise is not None:
            rules = NoiseRules((*rules.rules, *_learnt(chosen, opened, cases, learn_noise).rules))
        job = replace(_job(chosen, opened, cases, rules), intended=intended)
        report = _driven(chosen, job, cases)
        report = _written(report, job, chosen, Outputs(html, junit, certificate, counterexamples))
    _say(_remarks(report, cases))
    if as_json:
        print_json(report_to_json(report))
    else:
        show_report(console(), report)
    return report.exit_code


@click.command()
@replay_options
@arm_options
@click.option("--require", "required", metavar="full|recorded|N%",
              help="Exit 1 unless all cells, all branches by recordings, or N % of the cells are reached.")  # fmt: skip
@click.option("--html", type=FILE, help="Write the replay's page, which has the matrix.")
@JSON
def coverage(chosen: ReplayChoice, arms: ArmChoice, required: str | None, html: Path | None, as_json: bool) -> int:
    """Say which sites met which keys with which outcome: by RECORDINGS, by generated cases, or not at all."""
    if required is not None:
        check_requirement(required)
    with open_arms(arms) as opened:
        _say(opened.notes)
        cases = chosen.cases(opened)
        job = _job(chosen, opened, cases, NoiseRules())
        report = _driven(chosen, job, cases)
        report = _written(report, job, chosen, Outputs(html, None, None, None))
    _say(_remarks(report, cases))
    judgement = None if required is None else judged(report.coverage, required)
    if as_json:
        holes = list(judgement.holes) if isinstance(judgement, Lacking) else []
        print_json(coverage_to_json(report.coverage) | {"required": required, "holes": holes})
    else:
        show_coverage(console(), report)
        if judgement is not None:
            show_judgement(console(), judgement)
    return 1 if isinstance(judgement, Lacking) else 0


def _job(chosen: ReplayChoice, arms: Arms, cases: CaseStream, rules: NoiseRules) -> Job:
    return job_of(
        arms.legacy,
        arms.registry,
        cases,
        depth="http" if chosen.depth == "http" else "calls",
        plan=arms.plan,
        noise=rules,
        limit=chosen.limit,
    )


def _intended(accepted: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in accepted.split(",") if name.strip())
    if unknown := sorted(names - set(OPTIONS)):
        raise click.BadParameter(
            f"{unknown[0]!r} is no option of failover; there are: {', '.join(OPTIONS)}", param_hint="--intended"
        )
    return names


def _driven(chosen: ReplayChoice, job: Job, cases: CaseStream) -> ReplayReport:
    with progress(f"replaying at {chosen.depth} depth", None) as done:
        return run_job(job, cases, progress=done, engine=chosen.driver())


def _learnt(chosen: ReplayChoice, arms: Arms, cases: CaseStream, path: Path) -> NoiseRules:
    with progress("learning noise from the legacy arm", None) as done:
        rules = learn_noise_of(
            arms.legacy,
            cases,
            plan=arms.plan,
            expires=date.today() + LEARNT_FOR,
            depth="http" if chosen.depth == "http" else "calls",
            limit=chosen.limit,
            progress=done,
        )
    write_noise(path, rules)
    unexplained = [f"differs by itself, and no test explains it: {place}" for place in rules.unexplained]
    _say((f"{len(rules.rules)} noise rules written to {path}", *unexplained))
    return rules


def _written(report: ReplayReport, job: Job, chosen: ReplayChoice, asked: Outputs) -> ReplayReport:
    """Write what was asked for; the report comes back with the examples that were shrunk."""
    if asked.counterexamples is not None and report.clusters:
        with progress("shrinking examples", None) as done:
            report = shrunk(report, job, told=done)
        files = write_counterexamples(report, job, asked.counterexamples)
        _say((f"{len(files)} failing tests written to {asked.counterexamples}",))
    if asked.html is not None:
        title = f"{report.legacy} against {report.registry}"
        write_output(asked.html, html_report(report, title=title, version=version("provider-cutover")))
    if asked.junit is not None:
        write_output(asked.junit, junit_report(report, name=chosen.depth))
    if asked.certificate is not None:
        made = certificate_of(
            report, legacy=job.legacy, registry=job.registry, recordings=chosen.recordings, made=date.today()
        )
        write_certificate(asked.certificate, made)
    return report


def _remarks(report: ReplayReport, cases: CaseStream) -> Iterator[str]:
    yield from (f"left out: {place}" for place in report.damage)
    if left := cases.seeds_left_out:
        yield f"{left} kinds of requests were too many to be varied"
    if waits := report.real_waits.get("number"):
        seconds = report.real_waits["seconds"]
        yield f"the clock of an arm went as the real one goes in {waits} waits, {seconds:.1f} s in all"


def _say(remarks: Iterable[str]) -> None:
    for remark in remarks:
        error_console().print(remark, markup=False, soft_wrap=True)
