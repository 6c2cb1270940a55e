"""``rollout history`` and ``rollout explain``: the audit of the state, and one decision with its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import click
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cutover_cli._console import console, print_json, table
from cutover_cli._rollout_evidence import evidence_shown
from cutover_cli._rollout_options import Where, located
from cutover_cli._rollout_view import COLOURS, clock_time, day, moment, percent, standing_line
from cutover_cli._unusable import Unusable
from cutover_rollout.controller import ControllerError, Rollout, rollout_from_document
from cutover_rollout.runner import stands
from cutover_rollout.state import Decision, StateStore

PAGE = 1000


@click.command()
@click.option("--last", "most", type=click.IntRange(1), default=20, show_default=True, help="So many of the latest.")
@located
def history(where: Where, most: int, as_json: bool) -> int:
    """Show the decisions of a rollout, the latest last: when, who, what, why."""
    state = where.state()
    try:
        rows = _latest(state, most)
    finally:
        state.close()
    if not rows and where.lost:
        raise Unusable(where.lost)
    if as_json:
        print_json([_row_json(row) for row in rows])
        return 0
    if not rows:
        console().print("no decision yet; begin with `cutover rollout start`")
        return 0
    for date, told in groupby(rows, key=lambda row: day(row.at)):
        console().print(_day_shown(date, told))
    return 0


def _day_shown(date: str, rows: Iterable[Decision]) -> Table:
    shown = table("", f"{date} UTC:whole", "who", "what", "stage:whole", "share:whole", "why")
    for row in rows:
        found = _rollout(row)
        stage, share = ("–", "–") if found is None else (escape(found.at_stage.name), percent(found.share))
        shown.add_row(str(row.version), clock_time(row.at), escape(row.by), _what(row), stage, share, escape(row.why))
    return shown


def _what(row: Decision) -> Text:
    action, provider = str(row.evidence.get("action", "set")), row.evidence.get("provider")
    colour = COLOURS.get(action, "bold red" if action in {"kill", "quarantine"} else "")
    return Text(action if provider is None else f"{action} {provider}", colour)


@click.command()
@click.argument("decision", required=False, type=click.IntRange(1))
@located
def explain(where: Where, decision: int | None, as_json: bool) -> int:
    """Show one DECISION with all its evidence (default: the latest)."""
    state = where.state()
    try:
        row = _row(where, state, decision)
    finally:
        state.close()
    if as_json:
        print_json({**_row_json(row), "evidence": dict(row.evidence), "document": dict(row.document)})
        return 0
    found = _rollout(row)
    console().print(f"decision {row.version}, {moment(row.at)}, by {escape(row.by)}", style="bold", soft_wrap=True)
    console().print(escape(row.why), soft_wrap=True)
    if found is not None:
        console().print(Text("after it: ").append_text(standing_line(found)))
    console().print(evidence_shown(row.evidence, every=True) if row.evidence else "no evidence: a person said so")
    return 0


def _latest(state: StateStore, most: int) -> tuple[Decision, ...]:
    after = max(0, state.read().version - most)
    rows: list[Decision] = []
    while found := state.history(after=after, most=PAGE):
        rows += found
        after = found[-1].version
    return tuple(rows[-most:])


def _row(where: Where, state: StateStore, decision: int | None) -> Decision:
    last = state.read().version
    if not last:
        raise Unusable(where.lost or "no decision was made yet; begin with `cutover rollout start`")
    version = decision or last
    rows = state.history(after=version - 1, most=1) if 0 < version <= last else ()
    if not rows:
        raise Unusable(f"there is no decision {version}; the latest is {last}")
    return rows[0]


def _row_json(row: Decision) -> dict[str, Any]:
    found = _rollout(row)
    evidence = {name: row.evidence.get(name) for name in ("action", "verdict", "provider")}
    standing = {} if found is None else {**stands(found), "killed": found.killed}
    return {"decision": row.version, "at": row.at, "by": row.by, "why": row.why, **evidence, **standing}


def _rollout(row: Decision) -> Rollout | None:
    try:
        return rollout_from_document(row.document)
    except ControllerError:
        return None
