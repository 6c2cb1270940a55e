"""The report of a replay, as text for people and as JSON for machines (without times: equal runs give equal bytes)."""

import json
from collections import Counter
from collections.abc import Iterator

from cutover_parity._cases import OUTCOMES, Case
from cutover_parity._compare import Ignored, Mismatch
from cutover_parity._coverage import Cell, Coverage
from cutover_parity._messages import Json, bytes_to_json
from cutover_parity._replay import Pair, ReplayReport
from cutover_parity._secrets import Scrubber

_SHOWN = 10
_BODY = 400


def report_to_json(report: ReplayReport) -> Json:
    """Give the report as data."""
    return {
        "depth": report.depth,
        "arms": {"legacy": report.legacy, "registry": report.registry},
        "replays": report.replays,
        "idle": report.idle,
        "clean": report.clean,
        "bound": report.bound,
        "statement": report.statement,
        "mismatches": [_pair(pair) for pair in report.mismatches],
        "ignored": [_pair(pair) for pair in report.ignored],
        "errors": [{"case": error.case_id, "arm": error.arm, "message": error.message} for error in report.errors],
        "missing": {arm: list(names) for arm, names in report.missing.items()},
        "coverage": _coverage(report.coverage),
    }


def report_text(report: ReplayReport) -> str:
    """Give the report as text."""
    return "\n".join(_lines(report)) + "\n"


def dump_report(report: ReplayReport) -> str:
    """Give the report as JSON text, the same for equal findings."""
    return json.dumps(report_to_json(report), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _pair(pair: Pair) -> Json:
    verdict = pair.verdict
    found = verdict.differences if isinstance(verdict, Mismatch | Ignored) else ()
    return {
        "case": pair.case.id,
        "request": _request(pair.case),
        "script": pair.case.script.to_json(),
        "reason": verdict.reason if isinstance(verdict, Ignored) else None,
        "differences": [
            {"layer": item.layer, "place": item.place, "legacy": item.legacy, "registry": item.registry}
            for item in found
        ],
    }


def _request(case: Case) -> Json:
    shown = Scrubber().request(case.request)
    return {"method": shown.method, "url": shown.url, "body": bytes_to_json(shown.body)}


def _coverage(coverage: Coverage) -> Json:
    return {
        "traced": coverage.traced,
        "cells": len(coverage.cells),
        "reached": len(coverage.reached),
        "unreached": [[cell.site, cell.key, cell.outcome] for cell in coverage.unreached],
    }


def _lines(report: ReplayReport) -> Iterator[str]:
    yield f"replayed at {report.depth} depth: {report.legacy} against {report.registry}"
    yield report.statement
    if report.idle:
        yield "ERROR: no case reached a provider, so this proves nothing; record requests that the application accepts"
    if report.ignored:
        yield f"{len(report.ignored)} differed only where you said it does not matter"
    for pair in report.mismatches[:_SHOWN]:
        yield ""
        yield from _mismatch(pair)
    if len(report.mismatches) > _SHOWN:
        yield f"… and {len(report.mismatches) - _SHOWN} more mismatches; the JSON report has them all"
    yield from _errors(report)
    yield from (f"not found in the {arm} arm: {name}" for arm, names in report.missing.items() for name in names)
    yield ""
    yield from coverage_lines(report.coverage)


def _mismatch(pair: Pair) -> Iterator[str]:
    verdict, request = pair.verdict, _request(pair.case)
    if not isinstance(verdict, Mismatch):
        return
    body = request["body"] if isinstance(request["body"], str) else "(not text)"
    yield f"MISMATCH {pair.case.id}"
    yield f"  request   {request['method']} {request['url']} {body[:_BODY]}"
    yield f"  differs   {verdict.differences[0]}"
    if len(verdict.differences) > 1:
        layers = Counter(difference.layer for difference in verdict.differences)
        yield "  in all    " + ", ".join(f"{layer} {count}" for layer, count in layers.items())


def _errors(report: ReplayReport) -> Iterator[str]:
    counted = Counter((error.arm, error.message) for error in report.errors)
    for (arm, message), count in list(counted.items())[:_SHOWN]:
        yield f"ERROR in the {arm} arm, {count} times: {message}"


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
