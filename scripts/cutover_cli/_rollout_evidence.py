"""The evidence of a decision as tables: of whom what is said, and metric by metric; in a shadow the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cutover_cli._console import console, table
from cutover_cli._rollout_view import COLOURS

Rows = list[Mapping[str, Any]]
ALL = "all together"
WIDE = 100


def evidence_shown(evidence: Mapping[str, Any], *, every: bool = False) -> RenderableType:
    """What is in the evidence of a look; nothing where a person decided before there was any.

    Those of whom nothing is known are counted alone; with `every` they are shown too.
    """
    return Group(*_parts(evidence, every=every))


def _parts(evidence: Mapping[str, Any], *, every: bool) -> Iterator[RenderableType]:
    subjects: Rows = evidence.get("subjects") or []
    pairs: Mapping[str, Any] = evidence.get("pairs") or {}
    told = [one for one in subjects if every or _is_known(one)]
    if told:
        yield _subjects(told)
        yield _metrics(told, every=every)
    if len(told) < len(subjects):
        yield Text(f"{len(subjects) - len(told)} providers without requests are not shown (--every)", "dim")
    if pairs:
        yield _pairs(pairs)
    if evidence.get("fall"):
        fall = evidence["fall"]
        yield Text(f"without one answer: {fall['minutes']} minutes, {fall['failures']} failures")
    split = evidence.get("split")
    if split and split["expected"]:
        odd = " (that is no chance)" if split["mismatch"] else ""
        yield Text(f"requests of the candidate: {split['candidate']:,}, by its share {split['expected']:,.0f}{odd}")
    entries = (evidence.get("ledger") or {}).get("entries") or []
    if entries:
        taken = sum(each["alpha"] for each in entries)
        yield Text(f"ledger: {taken:.4f} of {evidence['ledger']['alpha']:g} taken, by {len(entries)} stages")


def _subjects(subjects: Rows) -> Table:
    made = table("provider", "verdict:whole", "registry:right", "legacy:right", "minutes:right", "why")
    for one in subjects:
        verdict = _plain(one["verdict"])
        ours, theirs = one["requests"]
        made.add_row(
            _whose(one), Text(verdict, COLOURS.get(verdict, "")), f"{ours:,}", f"{theirs:,}", str(one["minutes"]),
            Text("; ".join(one["reasons"]) + _needs(one["needs"])),
        )  # fmt: skip
    return made


def _is_known(one: Mapping[str, Any]) -> bool:
    return any(one["requests"]) or _whose(one) == ALL or one["verdict"] == "worse"


def _metrics(subjects: Rows, *, every: bool) -> Table:
    columns = ["metric", "verdict:whole", "registry:right", "legacy:right", "difference:right", "margin:right"]
    wide = console().width >= WIDE
    made = table(*columns, *(["evidence:right"] if wide else []))
    for one in subjects:
        known = [metric for metric in one["metrics"] if every or metric["candidate"][1] or metric["control"][1]]
        if known:
            made.add_row(Text(_whose(one), "bold"))
        for metric in known:
            verdict, between = _plain(metric["verdict"]), metric["difference"]
            made.add_row(
                f"  {metric['metric'].replace('_', ' ')}", Text(verdict, COLOURS.get(verdict, "")),
                _rate(metric["candidate"]), _rate(metric["control"]),
                f"{_points(between['estimate'])} ({_points(between['low'])}, {_points(between['high'])})",
                _points(metric["margin"]), *([f"{metric['e_value']:.3g} of {metric['wanted']:.3g}"] if wide else []),
            )  # fmt: skip
    return made


def _pairs(pairs: Mapping[str, Any]) -> Table:
    made = table(
        "provider:whole", "pairs:right", "only registry failed:right", "only legacy failed:right", "at most:right",
        "evidence:right",
    )  # fmt: skip
    for name, one in pairs.items():
        made.add_row(
            ALL if name == "*" else name, f"{one['pairs']:,}", f"{one['candidate_only']:,}",
            f"{one['control_only']:,}", _points(one["upper"]), f"{one['e_value']:.3g} of {one['wanted']:.3g}",
        )  # fmt: skip
    return made


def _whose(one: Mapping[str, Any]) -> str:
    return ALL if one["subject"] in {"*", "all"} else str(one["subject"])


def _plain(verdict: str) -> str:
    return verdict.replace("_", " ")


def _rate(counts: list[int]) -> str:
    hits, requests = counts
    return f"{hits / requests:.2%}" if requests else "–"


def _points(value: float) -> str:
    return f"{value * 100:+.2f}"


def _needs(needs: Mapping[str, Any] | None) -> str:
    if not needs or needs["minutes"] is None:
        return ""
    return f" (about {needs['minutes']:,} minutes to go)"
