"""The report of a replay, as text for people and as JSON for machines (without times: equal runs give equal bytes)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from cutover_parity._messages import Json, bytes_to_json
from cutover_parity.cases._cases import OUTCOMES, Case
from cutover_parity.compare._clusters import Cluster
from cutover_parity.compare._verdicts import Difference, Ignored
from cutover_parity.replay._coverage import Cell, Coverage, coverage_to_json
from cutover_parity.replay._findings import Pair
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.replay._tally import Tally
from cutover_parity.secrets._secrets import Scrubber

ATTRIBUTION = "What was on in these cases is known; that it is the cause of each difference is not: read every kind"
"""What is known of an intended difference, and what is not."""
_SHOWN = 10
_NAMED = 20
_BODY = 400


def report_to_json(report: ReplayReport) -> Json:
    """Give the report as data."""
    return {
        "depth": report.depth,
        "arms": {"legacy": report.legacy, "registry": report.registry},
        "replays": report.replays,
        "counts": dict(report.counts),
        "idle": report.idle,
        "clean": report.clean,
        "bound": report.bound,
        "statement": report.statement,
        "providers": report.tally.to_json()["providers"],
        "features": report.tally.to_json()["features"],
        "mismatches": [cluster_to_json(cluster) for cluster in report.clusters],
        "intended": [cluster_to_json(cluster) for cluster in report.intended],
        "ignored": [
            _ignored(pair, report.reasons.get(pair.verdict.reason, 0))
            for pair in report.ignored
            if isinstance(pair.verdict, Ignored)
        ],
        "hidden": dict(report.hidden),
        "errors": [
            {"case": error.case_id, "arm": error.arm, "message": error.message, "count": error.count}
            for error in report.errors
        ],
        "missing": {arm: list(names) for arm, names in report.missing.items()},
        "coverage": {
            **coverage_to_json(report.coverage),
            "unreached": [[cell.site, cell.key, cell.outcome] for cell in report.coverage.unreached],
        },
    }


def cluster_to_json(cluster: Cluster) -> Json:
    """Give one cluster as data: its counts, and its smallest case with everything that differs in it."""
    one = cluster.smallest
    return {
        "signature": str(cluster.signature),
        "layer": cluster.signature.layer,
        "place": cluster.signature.place,
        "change": cluster.signature.change,
        "count": cluster.count,
        "cases": list(cluster.cases),
        "providers": dict(cluster.providers),
        "options": list(cluster.options),
        **_case(one.case, one.differences),
        "legacy": one.legacy.to_json(),
        "registry": one.registry.to_json(),
    }


def report_text(report: ReplayReport) -> str:
    """Give the report as text."""
    return "\n".join(_lines(report)) + "\n"


def dump_report(report: ReplayReport) -> str:
    """Give the report as JSON text, the same for equal findings."""
    return json.dumps(report_to_json(report), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def shown_request(case: Case) -> Json:
    """Give the request of a case as it may be shown: without secrets."""
    shown = Scrubber().request(case.request)
    return {"method": shown.method, "url": shown.url, "body": bytes_to_json(shown.body)}


def _ignored(pair: Pair, count: int) -> Json:
    verdict = pair.verdict
    assert isinstance(verdict, Ignored)
    return {**_case(pair.case, verdict.differences), "reason": verdict.reason, "count": count}


def _case(case: Case, found: tuple[Difference, ...]) -> Json:
    return {
        "case": case.id,
        "request": shown_request(case),
        "script": case.script.to_json(),
        "differences": [
            {"layer": item.layer, "place": item.place, "legacy": item.legacy, "registry": item.registry}
            for item in found
        ],
    }


def _lines(report: ReplayReport) -> Iterator[str]:
    yield f"replayed at {report.depth} depth: {report.legacy} against {report.registry}"
    yield report.statement
    yield from statement_lines(report.tally)
    if report.idle:
        yield "ERROR: no case reached a provider, so this proves nothing; record requests that the application accepts"
        yield from idle_lines(report.idle_answer)
    if intended := report.counts.get("intended", 0):
        yield f"{intended} more differed where options were on that you accept, see INTENDED below"
    if ignored := report.counts.get("ignored", 0):
        yield f"{ignored} differed only where you said it does not matter"
    yield from (f"  hidden {count} times by {rule}" for rule, count in report.hidden.items())
    for cluster in report.clusters[:_SHOWN]:
        yield ""
        yield from _mismatch(cluster)
    if more := report.clusters[_SHOWN:]:
        yield ""
        yield f"… and {len(more)} more kinds of mismatches; the JSON report has them all"
        yield from (f"  {cluster.title}: {cluster.count} cases" for cluster in more[:_NAMED])
    yield from _intended(report.intended)
    for error in report.errors[:_SHOWN]:
        yield f"ERROR in the {error.arm} arm, {error.count} times: {error.message}"
    yield from (f"not found in the {arm} arm: {name}" for arm, names in report.missing.items() for name in names)
    yield ""
    yield from coverage_lines(report.coverage)


def idle_lines(answer: str) -> Iterator[str]:
    """Say what the legacy arm answered in place of asking a provider."""
    if answer:
        yield f"  it answered, most often: {answer}"
        yield "  what the gateway needs (a database, a sign-in, a limit) is stubbed by a hooks file: --hooks"


def statement_lines(tally: Tally) -> Iterator[str]:
    """Say for which providers and features least is known: the highest bound of each."""
    for kind, counts in (("provider", tally.providers), ("feature", tally.features)):
        known = sorted(counts.items(), key=lambda item: (-item[1].bound, item[0]))
        if len(known) > 1:
            shown = [f"{name} {count.bound:.2%}" for name, count in known[:3]]
            more = f", and {len(known) - 3} others below" if len(known) > 3 else ""
            yield f"  at most by {kind}: {', '.join(shown)}{more}"


def _mismatch(cluster: Cluster) -> Iterator[str]:
    one = cluster.smallest
    request = shown_request(one.case)
    body = request["body"] if isinstance(request["body"], str) else "(not text)"
    yield f"MISMATCH {one.case.id}"
    if cluster.count > 1:
        yield f"  cause     {cluster.title}: {cluster.count} cases, this is the smallest"
    yield f"  request   {request['method']} {request['url']} {body[:_BODY]}"
    yield f"  differs   {one.differences[0]}"
    if len(one.differences) > 1:
        layers = Counter(difference.layer for difference in one.differences)
        yield "  in all    " + ", ".join(f"{layer} {count}" for layer, count in layers.items())
    if cluster.options:
        names = ",".join(cluster.options)
        yield f"  options   on in these cases, so the likely cause; if the difference is meant: --intended {names}"


def _intended(clusters: Iterable[Cluster]) -> Iterator[str]:
    """Say what differed under options that were accepted, each kind with its first difference."""
    for options, kinds in groupby(sorted(clusters, key=lambda cluster: cluster.options), key=lambda one: one.options):
        kept = list(kinds)
        yield ""
        yield f"INTENDED ({'options' if len(options) > 1 else 'option'} {', '.join(options)}): {_count(kept)}"
        yield f"  {ATTRIBUTION}"
        for cluster in kept[:_NAMED]:
            yield f"  {cluster.count} {'case' if cluster.count == 1 else 'cases'}, {cluster.smallest.case.id}"
            yield f"  differs   {cluster.smallest.differences[0]}"
        if more := kept[_NAMED:]:
            yield f"  … and {len(more)} more kinds; the JSON report has them all"


def _count(clusters: list[Cluster]) -> str:
    cases = sum(cluster.count for cluster in clusters)
    return f"{cases} {'case' if cases == 1 else 'cases'}, {len(clusters)} {'kind' if len(clusters) == 1 else 'kinds'}"


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Give one line per site: how many of its keys met each outcome, and what nothing reached."""
    if not coverage.traced and not coverage.reached:
        yield "coverage: unknown, since neither arm was seen to ask a site or to call a function of the plan"
        return
    how = "as the sites were seen to be asked" if coverage.traced else "inferred from the calls of each module"
    yield f"coverage: {len(coverage.reached)} of {len(coverage.cells)} cells (site, key, outcome) reached, {how}"
    for site in dict.fromkeys(cell.site for cell in coverage.cells):
        cells = [cell for cell in coverage.cells if cell.site == site]
        parts = []
        for outcome in OUTCOMES:
            there = [cell for cell in cells if cell.outcome == outcome]
            parts.append(f"{outcome} {sum(cell in coverage.reached for cell in there)}/{len(there)}")
        yield f"  {site}: " + ", ".join(parts)
        if unreached := [cell for cell in cells if cell not in coverage.reached]:
            yield f"    not reached: {_grouped(unreached, len(cells))}"


def _grouped(unreached: list[Cell], cells: int) -> str:
    if len(unreached) == cells:
        return "this site at all; record a request that gets there"
    outcomes: dict[str, list[str]] = {}
    for cell in unreached:
        outcomes.setdefault(cell.key, []).append(cell.outcome)
    shown = [f"{key} ({', '.join(missed)})" for key, missed in list(outcomes.items())[:_SHOWN]]
    return "; ".join(shown) + (f"; and {len(outcomes) - _SHOWN} more keys" if len(outcomes) > _SHOWN else "")
