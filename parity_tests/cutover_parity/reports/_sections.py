"""The sections of the page: the statement, the clusters of mismatches, what was hidden, errors, the coverage matrix."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from cutover_parity.cases._cases import OUTCOMES
from cutover_parity.compare._clusters import Cluster
from cutover_parity.compare._verdicts import shown
from cutover_parity.replay._coverage import Coverage
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.replay._report import ATTRIBUTION, shown_request
from cutover_parity.replay._tally import Count
from cutover_parity.reports._html import html_code, html_table, html_text
from cutover_parity.reports._stream_svg import stream_svg

_BODY = 2000


def statement_section(report: ReplayReport) -> Iterator[str]:
    """What can be said with 95 % confidence: in all, by provider and by feature."""
    yield "<h2>Statement</h2>"
    yield f'<p class="lead">{html_text(report.statement)}.</p>'
    yield '<div class="pair">'
    for name, counts in (("provider", report.tally.providers), ("feature", report.tally.features)):
        if counts:
            yield _counts(name, counts)
    yield "</div>"


def cluster_section(cluster: Cluster, number: int, *, kind: str = "cause") -> Iterator[str]:
    """One cause: what differs, in which case, and both streams."""
    one = cluster.smallest
    yield f'<section class="card" id="{kind}-{number}"><div class="head">'
    colour = "bad" if kind == "cause" else "no"
    yield f'<h3>{html_text(cluster.title)}</h3><span class="tag {colour}">{html_text(cluster.signature.layer)}</span>'
    yield f'<span class="soft">{_cases(cluster.count)}</span></div>'
    yield f"<p>The smallest: {html_code(one.case.id)}</p>"
    yield f"<pre>{html_text(_request(cluster))}</pre>"
    rows = [[html_code(item.place), html_code(shown(item.legacy)), html_code(shown(item.registry))]
            for item in one.differences]  # fmt: skip
    yield html_table("", ("place", "legacy", "registry"), rows)
    drawn = stream_svg(one.legacy, one.registry)
    if drawn:
        yield f"<h4>The answer, chunk by chunk</h4>{drawn}"
    names = "".join(f"<li>{html_code(name)}</li>" for name in cluster.cases)
    yield f"<details><summary>The first cases</summary><ul>{names}</ul></details></section>"


def intended_section(clusters: Sequence[Cluster]) -> Iterator[str]:
    """What differed under options that were accepted by name: each kind with its smallest case."""
    if clusters:
        yield f"<h2>Intended</h2><p>{html_text(ATTRIBUTION)}.</p>"
    for number, cluster in enumerate(clusters, start=1):
        yield from cluster_section(cluster, number, kind="intended")


def hidden_section(report: ReplayReport) -> Iterator[str]:
    """What was ignored, and what each rule hid."""
    if report.hidden or report.reasons:
        yield "<h2>Ignored</h2>"
        rows = [[html_code(rule), str(count)] for rule, count in sorted(report.hidden.items())]
        yield html_table("What each rule hid", ("rule", "times:"), rows)
        reasons = [[html_text(reason), str(count)] for reason, count in sorted(report.reasons.items())]
        yield html_table("Cases in which nothing else differed", ("reason", "cases:"), reasons) if reasons else ""


def error_section(report: ReplayReport) -> Iterator[str]:
    """What was refused, and what is missing."""
    missing = [(arm, name) for arm, names in report.missing.items() for name in names]
    if report.idle:
        yield '<p class="bad lead">No case reached a provider, so this proves nothing.</p>'
    if report.errors:
        yield "<h2>Errors</h2>"
        rows = [[error.arm, str(error.count), html_text(error.message), html_code(error.case_id)]
                for error in report.errors]  # fmt: skip
        yield html_table("", ("arm", "cases:", "what", "first case"), rows)
    if missing:
        yield "<h2>Not found</h2>"
        yield html_table("Functions of the plan that an arm does not have", ("arm", "function"),
                         [[arm, html_code(name)] for arm, name in missing])  # fmt: skip


def coverage_section(coverage: Coverage) -> Iterator[str]:
    """The matrix: for each site, key and outcome who reached it."""
    yield "<h2>Coverage</h2>"
    share = f"{len(coverage.reached)} of {len(coverage.cells)}"
    how = "as the sites were seen to be asked" if coverage.traced else "inferred from the calls of each module"
    yield f"<p>{share} cells reached, {how}.</p>"
    for site, group in groupby(coverage.cells, key=lambda cell: cell.site):
        origins = {(cell.key, cell.outcome): (cell, coverage.origin(cell)) for cell in group}
        keys = dict.fromkeys(key for key, _ in origins)
        rows = []
        for key in keys:
            known = "" if origins[key, next(iter(OUTCOMES))][0].known else ' <span class="soft">(not its own)</span>'
            cells = (origins[key, outcome][1] for outcome in OUTCOMES)
            rows.append([html_code(key) + known, *(f'<td class="{origin}">{origin}</td>' for origin in cells)])
        yield f"<details open><summary>{html_code(site)}</summary>"
        yield html_table("", ("key", *OUTCOMES), rows) + "</details>"
    if coverage.edges:
        yield html_table("Failover edges", ("site", "failed", "tried next", "reached by"), [
            [html_code(edge.site), html_code(edge.failed), html_code(edge.tried), coverage.origin(edge)]
            for edge in coverage.edges
        ])  # fmt: skip


def _counts(name: str, counts: Mapping[str, Count]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1].mismatches, -item[1].bound, item[0]))
    rows = [[html_code(key), str(count.compared), _mismatches(count), f"{count.bound:.3%}"] for key, count in ordered]
    return html_table(f"By {name}", (name, "replays:", "mismatches:", "at most:"), rows)


def _cases(count: int) -> str:
    return f"{count} case" + ("" if count == 1 else "s")


def _mismatches(count: Count) -> str:
    return f'<b class="bad">{count.mismatches}</b>' if count.mismatches else "0"


def _request(cluster: Cluster) -> str:
    case = cluster.smallest.case
    request = shown_request(case)
    body = request["body"] if isinstance(request["body"], str) else json.dumps(request["body"])
    steps = ", then ".join(str(step) for step in (*case.script.steps, case.script.rest))
    met = "what was recorded" if case.recorded else steps
    return f"{request['method']} {request['url']}\n{body[:_BODY]}\nattempts meet: {met}"
