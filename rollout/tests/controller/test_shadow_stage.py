"""The shadow stage: pairs are judged, nothing is served, and who is worse there never serves anything."""

from dataclasses import replace
from random import Random

import pytest

from cutover_rollout.controller import (
    Action,
    Certified,
    Evidence,
    PairMinute,
    Phase,
    Verdict,
    look,
    rollout_from_json,
    rollout_to_json,
)
from cutover_rollout.controller._ready import upper_difference
from cutover_rollout.plan import Stage, default_plan
from cutover_telemetry.judge import Pairs

CERTIFIED = Certified("a1b2")
NAMES = ("a", "b", "c", "d")


@pytest.fixture
def shadowed(plan):
    """A plan with a short shadow stage."""
    return replace(plan, stages=(Stage("shadow", 0.0, 10, 500, shadow=True), *plan.stages))


def shadow(rollout, dice, *, worse=(), chance=0.15, minutes=240, names=NAMES):
    """Look at so many minutes of pairs; those that are worse fail alone by so much more than the control alone does."""
    for at in range(minutes):
        pairs = []
        for name in names:
            ours, theirs = (sum(dice.random() < each for _ in range(20)) for each in (
                0.006 + chance * (name in worse), 0.006))  # fmt: skip
            pairs.append(PairMinute(at, name, 20, ours, theirs))
        decision = look(rollout, Evidence(pairs=tuple(pairs), certified=CERTIFIED, silent=0.0), 60.0 * (at + 1))
        rollout = rollout_from_json(rollout_to_json(decision.rollout)) if at % 20 == 0 else decision.rollout
        if decision.changes:
            return decision, at
    return decision, at


def test_the_default_plan_begins_in_the_shadow_with_share_0(started):
    rollout = started(default_plan())
    assert (rollout.at_stage.name, rollout.share, rollout.phase) == ("shadow", 0.0, Phase.COLLECTING)


def test_a_shadow_that_is_alike_goes_on_to_1_percent(started, shadowed):
    decision, at = shadow(started(shadowed, providers=NAMES), Random(1))
    assert (decision.action, decision.rollout.share) == (Action.PROMOTE, 0.01)
    assert at == 9
    assert decision.evidence["pairs"]["*"]["pairs"] == 800


def test_a_shadow_that_is_worse_everywhere_is_rolled_back(started, shadowed):
    slow = replace(shadowed, stages=(replace(shadowed.stages[0], minutes=240), *shadowed.stages[1:]))
    decision, _ = shadow(started(slow, providers=NAMES), Random(2), worse=NAMES)
    assert decision.action is Action.ROLL_BACK
    assert decision.why.startswith("the candidate is worse in the shadow: ")


def test_a_provider_that_is_worse_alone_in_the_shadow_is_put_in_quarantine(started, shadowed):
    slow = replace(shadowed, stages=(replace(shadowed.stages[0], minutes=240), *shadowed.stages[1:]))
    decision, _ = shadow(started(slow, providers=NAMES), Random(3), worse=("b",), chance=0.4)
    assert (decision.action, set(decision.rollout.quarantined)) == (Action.QUARANTINE, {"b"})


def test_a_shadow_without_pairs_cannot_be_judged(started, shadowed, minute):
    given = {"a": tuple(minute(at, (0, 0), (3, 500)) for at in range(30))}
    decision = look(started(shadowed), Evidence(given, certified=CERTIFIED), 1800.0)
    assert (decision.verdict, decision.why) == (Verdict.CANNOT_JUDGE, "no data: the shadow has no pairs")


def test_a_shadow_waits_for_its_pairs(started, shadowed):
    decision, _ = shadow(started(shadowed, providers=("a",)), Random(1), names=("a",), minutes=3)
    assert decision.why == "3 of 10 minutes, 60 of 500 pairs"


def test_what_could_still_differ_in_a_shadow_shrinks_with_its_pairs():
    few, many = Pairs(0.001), Pairs(0.001)
    for _ in range(10):
        few.add(candidate_only=0, control_only=0, pairs=10)
        many.add(candidate_only=0, control_only=0, pairs=1000)
    assert upper_difference(Pairs(0.001)) == 1.0
    assert upper_difference(many) < 0.001 < upper_difference(few)


def test_the_pairs_of_several_sites_are_added_up(started, shadowed):
    pairs = (PairMinute(0, "a", 20, 1, 0), PairMinute(0, "a", 30, 0, 2))
    bench = look(started(shadowed, providers=("a",)), Evidence(pairs=pairs), 60.0).rollout.bench
    assert (bench.requests, bench.pairs["a"].candidate_only, bench.pairs["a"].control_only) == (50, 1, 2)
