"""``rollout status``: where a rollout stands, what the judge says now, and what it waits for.

The look is made here, from the store, and nothing is written by it: it is what the controller would see.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.text import Text

from cutover_cli._console import console, error_console, print_json
from cutover_cli._rollout_evidence import evidence_shown
from cutover_cli._rollout_options import Where, certified, located, stored
from cutover_cli._rollout_source import Source
from cutover_cli._rollout_view import COLOURS, looked_json, moment, standing_line
from cutover_cli._unusable import Unusable
from cutover_rollout import SaidHere, said_here
from cutover_rollout import status as read_switch
from cutover_rollout.controller import Decision, Phase, Rollout, Verdict, look, rollout_from_document
from cutover_rollout.runner import NoRollout, stands
from cutover_rollout.state import Versioned
from cutover_telemetry import TelemetryError

REGISTRY = "registry"
OVER = {Phase.ROLLED_BACK, Phase.DONE}


@click.command()
@stored
@certified
@click.option("--require", is_flag=True, help="Exit code 1 if it was taken back, was killed, or cannot be judged.")
@click.option("--every", is_flag=True, help="Also providers and metrics without requests.")
@located
def status(
    where: Where, stores: tuple[Path, ...], certificate: Path | None, legacy: Path | None, require: bool, every: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Show where the rollout stands, what the judge says now with its evidence, and what it waits for."""
    state = where.state()
    try:
        seen = state.read()
    finally:
        state.close()
    rollout = rollout_from_document(seen.document)
    if rollout is None:
        raise Unusable(where.lost) if where.lost else NoRollout(state.where)
    here = said_here(where.switch)
    found = None
    if rollout.phase not in OVER and not rollout.killed:
        found = _looked(where, rollout, stores, certificate, legacy)
    killed = bool(seen.document.get("kill")) or here.kill
    if as_json:
        print_json({**_said_json(seen, rollout, here, found), "state": state.where, "name": where.name})
    else:
        _show(state.where, where.name, seen, rollout, here, found, every=every)
        _show_missing(where, stores, rollout)
    wrong = killed or rollout.phase is Phase.ROLLED_BACK or _verdict(rollout, found) is Verdict.CANNOT_JUDGE
    return 1 if require and wrong else 0


def _looked(
    where: Where, rollout: Rollout, stores: tuple[Path, ...], certificate: Path | None, legacy: Path | None
) -> Decision | str:
    source = Source(where, stores, certificate=certificate, legacy=legacy)
    try:
        at = time.time()
        return look(rollout, source.since(rollout, at), at)
    except TelemetryError as error:
        return str(error)


def _verdict(rollout: Rollout, found: Decision | str | None) -> Verdict:
    if isinstance(found, str):
        return Verdict.CANNOT_JUDGE
    return rollout.verdict if found is None else found.verdict


def _said_json(seen: Versioned, rollout: Rollout, here: SaidHere, found: Decision | str | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "decision": seen.version,
        **stands(rollout),
        "why": rollout.why,
        "kill": bool(seen.document.get("kill")),
        "quarantined": dict(rollout.quarantined),
        "quarantined_in_state": list(seen.document.get("quarantined", ())),
        "this_machine": {"kill": here.kill, "quarantined": list(here.quarantined)},
        "now": looked_json(found) if isinstance(found, Decision) else None,
    }
    return said | ({"problem": found} if isinstance(found, str) else {})


def _show(
    shown: str, name: str, seen: Versioned, rollout: Rollout, here: SaidHere, found: Decision | str | None, *,
    every: bool,
) -> None:  # fmt: skip
    out = console()
    out.print(escape(f"rollout {rollout.plan.name} in {shown} ({name})"), style="bold", soft_wrap=True)
    out.print(standing_line(rollout))
    out.print(escape(f"decision {seen.version}: {rollout.why}"), soft_wrap=True)
    _show_stopped(seen, rollout, here)
    if isinstance(found, str):
        error_console().print(escape(f"no evidence can be read: {found}"), style="yellow", soft_wrap=True)
    elif found is not None:
        out.print(evidence_shown(found.evidence, every=every))
        verdict = found.verdict.value
        out.print(
            Text.assemble(f"now ({moment(time.time())}): ", (verdict, COLOURS.get(verdict, "")), f": {found.why}")
        )
    if rollout.phase is Phase.ROLLED_BACK:
        again = "`cutover rollout release`, then `start`" if rollout.killed else "`cutover rollout start`"
        out.print(
            "for workers that follow this state everything of the plan is on the legacy arm; see `cutover rollout"
            f" explain`; to begin again: {again}",
            soft_wrap=True,
        )


def _show_missing(where: Where, stores: tuple[Path, ...], rollout: Rollout) -> None:
    """What the numbers above do not have: stores that are not there, and workers that follow the switch file alone."""
    if rollout.phase not in OVER:
        for path in where.missing_stores(stores):
            error_console().print(
                escape(f"there is no store {path}: nothing of it is counted"), style="yellow", soft_wrap=True
            )
    rules = [rule for rule in read_switch(where.switch).rules if rule.arm == REGISTRY or rule.share]
    if rules and not rollout.share:
        said = (
            f"{where.switch} has rules for the registry arm: workers on this machine that read it, and follow no state,"
            " are on it. `cutover switch off` takes them back"
        )
        error_console().print(escape(said), style="bold red", soft_wrap=True)


def _show_stopped(seen: Versioned, rollout: Rollout, here: SaidHere) -> None:
    if seen.document.get("kill"):
        console().print("[bold red]killed by the state: everything is on the legacy arm (cutover rollout release)[/]")
    if here.kill:
        console().print("[bold red]killed on this machine, by the kill file (cutover rollout release)[/]")
    named = dict.fromkeys(seen.document.get("quarantined", ()), "by the state")
    named |= dict.fromkeys(here.quarantined, "on this machine") | dict(rollout.quarantined)
    for provider, why in sorted(named.items()):
        console().print(escape(f"quarantined: {provider} ({why})"), style="red", soft_wrap=True)
