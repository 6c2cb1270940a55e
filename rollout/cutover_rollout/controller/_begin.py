"""The beginning of a rollout, and of one that was rolled back.

A round takes at most nine tenths of what is left of the error probability, so that a rollout that was rolled back and
is begun again with the same revisions has something left: it goes on with its ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cutover_rollout.controller._decision import CONTROLLER, Decision, Refused
from cutover_rollout.controller._evidence import Certified
from cutover_rollout.controller._rollout import Action, Rollout, Verdict
from cutover_rollout.controller._stages import EVERY, entered, named
from cutover_rollout.plan import RolloutPlan
from cutover_telemetry.judge import Ledger

A_ROUND = 0.9
LEAST = 0.02


def begin(
    plan: RolloutPlan,
    at: float,
    *,
    certified: Certified | None = None,
    providers: Iterable[str] = (),
    before: Rollout | None = None,
    by: str = CONTROLLER,
    why: str = "",
) -> Decision | Refused:
    """Begin with the first stage.

    `before` is the rollout that the state has, if any: one that runs is not begun again; one that was rolled back hands
    on its ledger, and its providers in quarantine, if the revision is the same. `providers` are those that are to be
    met; without them it is those that are in the first evidence.
    """
    refusal = _refusal(plan, certified, before)
    if refusal:
        return Refused(Action.BEGIN, refusal, before)
    revision = "" if certified is None else certified.revision
    made = Rollout(plan, revision, began=at)
    if before is not None and before.revision == revision:
        ledger = replace(before.ledger, alpha=min(before.ledger.alpha, plan.alpha))
        if ledger.left < LEAST * plan.alpha:
            return Refused(Action.BEGIN, _spent(before), before)
        made = replace(
            made, ledger=ledger, round=before.round + 1, quarantined=before.quarantined, restless=before.restless
        )
    else:
        made = replace(made, ledger=Ledger(plan.alpha))
    made = replace(made, pot=A_ROUND * made.ledger.left / made.ledger.alpha)
    made = replace(made, providers=named(made, providers if plan.providers == EVERY else plan.providers))
    made = entered(made, 0, at)
    why = why or f"begun with {made.at_stage.name}"
    return Decision(Action.BEGIN, Verdict.COLLECTING, replace(made, why=why), why, at, by=by, changes=True)


def _refusal(plan: RolloutPlan, certified: Certified | None, before: Rollout | None) -> str:
    if before is not None and before.running:
        return f"a rollout is running, at {before.at_stage.name}; roll it back first"
    if before is not None and before.killed:
        return "everything was killed; release it first"
    if not plan.certificate:
        return ""
    if certified is None:
        return "the plan wants a parity certificate, and there is none; make one with `cutover replay --certificate`"
    return "" if certified.valid else f"the parity certificate is not valid: {certified.problem or 'no reason given'}"


def _spent(before: Rollout) -> str:
    return (
        f"the error probability of this revision is spent after {before.round} rounds: a further one could not tell a"
        " worse candidate from chance; change the code, or begin with another --name, which the workers have to follow"
    )
