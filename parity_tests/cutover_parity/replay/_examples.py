"""Makes the example of each cluster small, and writes it out as a pytest file that fails while the arms differ."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cutover_parity.arms._arm import Reply
from cutover_parity.cases._cases import Case
from cutover_parity.compare._clusters import Cluster, Representative
from cutover_parity.compare._compare import Comparer
from cutover_parity.compare._verdicts import Mismatch
from cutover_parity.errors import WorkerDied
from cutover_parity.replay._counterexample import write_counterexample
from cutover_parity.replay._duel import Duel
from cutover_parity.replay._lanes import Job
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.replay._shrink import MOST_ASKS, shrink
from cutover_parity.replay._timelines import timeline_of
from cutover_parity.secrets._placeholders import Renaming

_OTHER_NUMBERS = 1000
_KEPT_DIFFERENCES = 20
_NOTHING = Reply("{}", "{}")


def shrunk(
    report: ReplayReport, job: Job, *, most: int = 20, asks: int = MOST_ASKS, told: Callable[[int], None] | None = None
) -> ReplayReport:
    """Give the report with smaller examples in its largest clusters; each costs at most `asks` replays.

    Other recordings' answers are left out of it, as they are of the file that an example is written to.
    """
    if not report.clusters:
        return report
    rename, smaller = Renaming(_OTHER_NUMBERS).renamed, list[Cluster]()
    alone = replace(job.setup, templates=[])
    with Duel(job.legacy, job.registry, alone) as duel:
        for number, cluster in enumerate(report.clusters[:most], start=1):
            smaller.append(rename(_shrunk(duel, cluster, Comparer(job.ignore, job.noise), asks)))
            if told is not None:
                told(number)
    return replace(report, clusters=(*smaller, *report.clusters[most:]))


def write_counterexamples(report: ReplayReport, job: Job, folder: Path, *, most: int = 20) -> tuple[Path, ...]:
    """Write the example of each of the largest clusters into a folder; give the files."""
    return tuple(
        write_counterexample(
            folder,
            cluster.smallest.case,
            cluster.smallest.differences[0],
            legacy=job.legacy,
            registry=job.registry,
            depth=job.setup.depth,
            plan=job.plan,
            ignore=dict(job.ignore),
            noise=job.noise,
        )
        for cluster in report.clusters[:most]
    )


def _shrunk(duel: Duel, cluster: Cluster, comparer: Comparer, asks: int) -> Cluster:
    def ask(case: Case) -> tuple[Reply, Reply]:
        try:
            return duel.ask(case)
        except WorkerDied:
            return _NOTHING, _NOTHING

    case = shrink(ask, cluster.smallest.case, cluster.signature, comparer=comparer, asks=asks)
    replies = ask(case)
    verdict = comparer.verdict_of(*(reply.observation for reply in replies))
    if case == cluster.smallest.case or not isinstance(verdict, Mismatch):
        return cluster
    legacy, registry = (timeline_of(json.loads(reply.observation)) for reply in replies)
    return replace(cluster, smallest=Representative(case, verdict.differences[:_KEPT_DIFFERENCES], legacy, registry))
