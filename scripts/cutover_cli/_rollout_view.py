"""How a rollout is told, in the terminal and as JSON, alike for every command of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.text import Text

from cutover_cli._console import console, error_console, print_json
from cutover_rollout.controller import Decision, Phase, Refused, Rollout
from cutover_rollout.runner import Written, stands

COLOURS = {
    "collecting": "cyan", "promote": "green", "hold": "yellow", "cannot judge": "yellow", "roll back": "bold red",
    "rolled back": "bold red", "at 100 %": "green", "done": "green", "worse": "bold red", "same": "green",
    "better": "green",
}  # fmt: skip


def refusal(refused: Refused, *, as_json: bool) -> int:
    """Say that it was not done, and why: a finding."""
    if as_json:
        print_json({"done": False, "action": refused.action.value, "why": refused.why})
    else:
        error_console().print(Text.assemble(("not done: ", "bold yellow"), refused.why), soft_wrap=True)
    return 1


def decided(written: Written, *, as_json: bool) -> int:
    """Say what was decided."""
    if as_json:
        print_json(decided_json(written))
        return 0
    decision = written.decision
    said = f"decision {written.version.version}: {decision.action.value}. {decision.why}"
    console().print(escape(said), soft_wrap=True)
    console().print(standing_line(decision.rollout))
    return 0


def decided_json(written: Written) -> dict[str, Any]:
    """A written decision for machines."""
    decision = written.decision
    return {"done": True, "decision": written.version.version, "by": decision.by, **looked_json(decision)}


def looked_json(decision: Decision) -> dict[str, Any]:
    """A decision for machines, written or not."""
    return {
        "action": decision.action.value,
        "verdict": decision.verdict.value,
        "why": decision.why,
        **stands(decision.rollout),
        "evidence": dict(decision.evidence),
    }


def standing_line(rollout: Rollout) -> Text:
    """Where a rollout stands, in one line."""
    phase = "killed" if rollout.killed else rollout.phase.value
    waits = "" if rollout.waits is None else f", until {rollout.waits.value}"
    stage = f"stage {rollout.at_stage.name} ({rollout.stage + 1} of {len(rollout.plan.stages)})"
    began = moment(rollout.since)
    where = f"; {stage}, share {percent(rollout.share)}, since {began}"
    if rollout.killed or rollout.phase is Phase.ROLLED_BACK:
        where = f"; share 0 %. It had come to {stage}, which began {began}"
    return Text.assemble((f"{phase}{waits}", COLOURS.get(phase, "bold red")), where)


def percent(share: float) -> str:
    """A share of one in per cent."""
    return f"{share * 100:g} %"


def moment(at: float) -> str:
    """A time in UTC."""
    return f"{day(at)} {clock_time(at)} UTC"


def day(at: float) -> str:
    """The day of a time, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def clock_time(at: float) -> str:
    """A time of its day, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
