"""The report of a fuzz run: each finding with its smallest route, as text for people and as JSON for machines."""

import json
from collections.abc import Iterator

from cutover_parity._messages import Json, bytes_to_json
from cutover_parity.cases._cases import Case
from cutover_parity.cases._script import script_text
from cutover_parity.fuzzing._fuzz import FuzzReport
from cutover_parity.fuzzing._hunt import Finding
from cutover_parity.replay._report import coverage_lines, idle_lines, report_to_json
from cutover_parity.secrets._secrets import Scrubber

_BODY = 400
_SHOWN = 20
_ENDS = {
    "cases": "all the cases that were asked for",
    "time": "the time is used up",
    "many findings": "more kinds of findings are not looked for; mend these first",
    "nothing new": "all that can be made of these seeds has been asked",
}


def fuzz_to_json(report: FuzzReport) -> Json:
    """Give the report as data; equal runs give equal data."""
    return {
        **report_to_json(report.replay),
        "clean": report.clean,
        "seed": report.seed,
        "reached": report.reached,
        "ended": report.ended,
        "idle_seeds": list(report.idle_seeds),
        "findings": [_finding(finding) for finding in report.findings],
    }


def dump_fuzz(report: FuzzReport) -> str:
    """Give the report as JSON text."""
    return json.dumps(fuzz_to_json(report), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def fuzz_lines(report: FuzzReport) -> Iterator[str]:
    """Give the report as lines of text."""
    replay = report.replay
    yield f"fuzzed at {replay.depth} depth with seed {report.seed}: {replay.legacy} against {replay.registry}"
    yield replay.statement
    yield f"{report.reached} of {replay.tally.total.replays} cases reached a provider; ended: {_ENDS[report.ended]}"
    if not report.reached:
        yield "ERROR: no case reached a provider, so this proves nothing; name better seeds (recordings, or --seeds)"
        yield from idle_lines(replay.idle_answer)
    yield from (f"not varied, since no provider was reached: {name}" for name in report.idle_seeds)
    for finding in report.findings[:_SHOWN]:
        yield ""
        yield from _finding_lines(finding)
    if len(report.findings) > _SHOWN:
        yield f"… and {len(report.findings) - _SHOWN} more findings; the JSON report has them all"
    for error in replay.errors[:_SHOWN]:
        yield f"ERROR in the {error.arm} arm, {error.count} times: {error.message}"
    yield from (f"not found in the {arm} arm: {name}" for arm, names in replay.missing.items() for name in names)
    yield ""
    yield from coverage_lines(replay.coverage)


def _finding_lines(finding: Finding) -> Iterator[str]:
    marks = [f"{finding.count} routes", *["found before"] * finding.past]
    marks += [] if finding.repeats else ["not seen again by itself: it takes what came before"]
    yield f"MISMATCH {finding.signature} ({', '.join(marks)})"
    for number, case in enumerate(finding.cases, start=1):
        label = "request" if len(finding.cases) == 1 else f"route {number}"
        yield f"  {label:9} {_shown(case)}"
        yield f"  {'meets':9} {script_text(case.script)}"
    yield from (f"  {'differs':9} {difference}" for difference in finding.differences[:1])


def _shown(case: Case) -> str:
    request = Scrubber().request(case.request)
    pause = "" if case.pause is None else f"after {case.pause:g} s: "
    left = "" if case.leaves is None else f" (the caller leaves after chunk {case.leaves})"
    return f"{pause}{request.method} {request.url} {request.body[:_BODY].decode(errors='replace')}{left}"


def _finding(finding: Finding) -> Json:
    return {
        "signature": str(finding.signature),
        "count": finding.count,
        "repeats": finding.repeats,
        "past": finding.past,
        "cases": [_case(case) for case in finding.cases],
        "differences": [
            {"layer": item.layer, "place": item.place, "legacy": item.legacy, "registry": item.registry}
            for item in finding.differences
        ],
    }


def _case(case: Case) -> Json:
    request = Scrubber().request(case.request)
    return {
        "id": case.id,
        "request": {"method": request.method, "url": request.url, "body": bytes_to_json(request.body)},
        "headers": [list(pair) for pair in request.headers],
        "script": case.script.to_json(),
        "pause": case.pause,
        "leaves": case.leaves,
    }
