"""From stage to stage: what a rollout is when it enters one, and how the evidence of a stage begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cutover_rollout.controller._bench import ALL, MOST, Bench, Parts
from cutover_rollout.controller._rollout import Phase, Rollout
from cutover_rollout.plan import judge_plan

EVERY = ("*",)


def entered(rollout: Rollout, stage: int, at: float) -> Rollout:
    """The rollout at the beginning of this stage, with what the stage takes of the error probability."""
    bench = rollout.bench
    names = (
        rollout.providers if bench is None else (*bench.names, *(name for name in bench.own if name not in bench.names))
    )
    made = replace(
        rollout,
        stage=stage,
        since=at,
        phase=Phase.AT_100 if rollout.plan.stages[stage].share == 1 else Phase.COLLECTING,
        waits=None,
        providers=named(rollout, names),
        restless=rollout.restless if bench is None else bench.seen_restless,
        counted_from={},
        strayed=False,
        bench=None,
    )
    part = rollout.plan.parts[stage]
    if part > 0:
        ledger, _ = made.ledger.take(made.entry, weight=part * made.pot)
        made = replace(made, ledger=ledger)
    return made


def named(rollout: Rollout, names: Iterable[str]) -> tuple[str, ...]:
    """Those of these providers that are judged one by one: of the plan, and not in quarantine."""
    plan = rollout.plan.providers
    fit = {name for name in names if name not in rollout.quarantined and (plan == EVERY or name in plan)}
    return tuple(sorted(fit))[:MOST]


def fresh_bench(rollout: Rollout) -> Bench:
    """The evidence of the present stage before its first minute."""
    stage, plan = rollout.at_stage, rollout.plan
    return Bench(
        names=rollout.providers,
        parts=Parts.of(rollout.alpha, len(rollout.providers), more=plan.providers == EVERY),
        plan=judge_plan(plan, plan.alpha, stage=stage),
        shadow=stage.shadow,
        restless=rollout.restless,
    )


def without(rollout: Rollout, bench: Bench, provider: str, *, why: str, after: int | None) -> Rollout:
    """The rollout with one provider in quarantine: it is judged no more, and all together begin anew without it.

    What all together had was of an assumption that is known to be wrong now, that all providers are alike in both
    arms; so the part that it had is free for the assumption that all others are.
    """
    bench.own.pop(provider, None)
    bench.pairs.pop(provider, None)
    bench.pairs.pop(ALL, None)
    if bench.whole is not None:
        bench.whole = bench.judge(ALL)
    return replace(
        rollout,
        quarantined={**rollout.quarantined, provider: why},
        counted_from={**rollout.counted_from, ALL: 0 if after is None else after + 1},
        bench=bench,
    )
