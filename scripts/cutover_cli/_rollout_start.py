"""``rollout start``: begin with the first stage of the plan."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.markup import escape

from cutover_cli._completion import journal_keys
from cutover_cli._console import console, error_console, print_json
from cutover_cli._rollout_certified import certified_of
from cutover_cli._rollout_names import unknown_of
from cutover_cli._rollout_options import FILE, Where, certified, located, said_by, without_secret
from cutover_cli._rollout_view import decided_json, refusal
from cutover_rollout import Started, mark_started
from cutover_rollout.controller import Refused, begin
from cutover_rollout.plan import RolloutPlan, default_plan, plan_to_json, read_plan
from cutover_rollout.runner import decide_anyway


@click.command()
@click.option(
    "--plan",
    "plan_file",
    type=FILE,
    metavar="FILE",
    help="The plan (default: that of the settings, or the default plan).",
)
@click.option("--force", is_flag=True, help="Begin also where the state has a rollout that cannot be read.")
@certified
@said_by
@located
def start(
    where: Where, plan_file: Path | None, force: bool, certificate: Path | None, legacy: Path | None, by: str, why: str,
    as_json: bool,
) -> int:  # fmt: skip
    """Begin a rollout with the first stage of its plan; `cutover rollout run` leads it from there.

    Workers have to follow the state, and their records have to reach a store: docs/how-to/roll-out.md. One that was
    rolled back is begun again by the same command.
    """
    file = where.file("plan", plan_file)
    plan = default_plan() if file is None else read_plan(file)
    found, names, at = certified_of(where, certificate, legacy), _providers(where.root, plan), time.time()
    state = where.state()
    try:
        outcome = decide_anyway(
            state,
            lambda before: begin(plan, at, certified=found, providers=names, before=before, by=by, why=why),
            over=force,
        )
    finally:
        state.close()
    if isinstance(outcome, Refused):
        return refusal(outcome, as_json=as_json)
    mark_started(where.root, Started(without_secret(where.url), where.name, plan.sites))
    rollout, doubts = outcome.decision.rollout, unknown_of(plan, where.root)
    if as_json:
        told = {"state": state.where, "name": where.name, "plan": plan_to_json(plan), "doubts": doubts}
        print_json({**decided_json(outcome), **told})
        return 0
    stages = " → ".join(each.name for each in plan.stages)
    said = (
        f"rollout {plan.name} begun at stage {rollout.at_stage.name}: {stages}\n"
        f"state {state.where} ({where.name}), decision {outcome.version.version}\n"
        f"next: keep `cutover rollout run` running; see `cutover rollout status`; take it back with "
        f"`cutover rollout rollback`, or with `cutover rollout kill` at once"
    )
    console().print(escape(said), soft_wrap=True)
    for doubt in doubts:
        error_console().print(escape(doubt), style="yellow", soft_wrap=True)
    return 0


def _providers(root: Path, plan: RolloutPlan) -> tuple[str, ...]:
    named = () if plan.providers == ("*",) else plan.providers
    return named or tuple(journal_keys(root))
