"""Whatever is counted and said, in any order: a share is only raised by a decision to promote, and phases are legal."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as some

from cutover_rollout.controller import (
    Action,
    Certified,
    Evidence,
    PairMinute,
    Phase,
    Refused,
    RouteMinute,
    Verdict,
    Waits,
    advance,
    begin,
    done,
    kill,
    look,
    pause,
    quarantine,
    release,
    resume,
    roll_back,
    rollout_from_json,
    rollout_to_json,
    switch_document,
)
from cutover_rollout.plan import Stage, default_plan
from cutover_telemetry.judge import Counts, Metric, Minute

WIDE = {metric: replace(each, margin=0.5) for metric, each in default_plan().metrics.items()}
PLAN = replace(
    default_plan(),
    stages=(
        Stage("shadow", 0.0, 1, 5, shadow=True),
        Stage("10 %", 0.1, 1, 5),
        Stage("50 %", 0.5, 2, 5),
        Stage("100 %", 1.0, 3),
    ),
    metrics=WIDE,
    scale_margins=False,
)
RAISING = {Action.PROMOTE, Action.ADVANCE, Action.BEGIN}
NAMES = ("a", "b", "new")
PEOPLE = {
    "pause": lambda rollout, at: pause(rollout, at, by="ana"),
    "resume": lambda rollout, at: resume(rollout, at, by="ana"),
    "roll back": lambda rollout, at: roll_back(rollout, at, by="ana"),
    "kill": lambda rollout, at: kill(rollout, at, by="ana"),
    "release": lambda rollout, at: release(rollout, at, by="ana"),
    "release a": lambda rollout, at: release(rollout, at, by="ana", provider="a"),
    "quarantine a": lambda rollout, at: quarantine(rollout, "a", at, by="ana"),
    "advance": lambda rollout, at: advance(rollout, at, by="ana", certified=Certified("r")),
    "force": lambda rollout, at: advance(rollout, at, by="ana", certified=Certified("r"), force=True),
    "done": lambda rollout, at: done(rollout, at, by="ana"),
    "begin": lambda rollout, at: begin(rollout.plan, at, certified=Certified("r"), before=rollout),
}

arms = some.tuples(some.integers(0, 400), some.floats(0, 1)).map(lambda one: (int(one[0] * one[1]), one[0]))
looks = some.fixed_dictionaries(
    {
        "counts": some.dictionaries(some.sampled_from(NAMES), some.tuples(arms, arms)),
        "minutes": some.integers(0, 4),
        "pairs": some.lists(
            some.tuples(some.sampled_from(NAMES), some.integers(0, 9), some.integers(0, 9)), max_size=3
        ),
        "certified": some.sampled_from([None, Certified("r"), Certified("r", valid=False), Certified("x")]),
        "silent": some.sampled_from([None, 0.0, 500.0]),
        "routes": some.none() | some.tuples(some.integers(0, 500), some.integers(0, 500)),
    }
)
steps = some.lists(looks | some.sampled_from(sorted(PEOPLE)), max_size=25)


def _evidence(step, first):
    minutes = {
        name: tuple(_minute(at, ours, theirs) for at in range(first, first + step["minutes"]))
        for name, (ours, theirs) in step["counts"].items()
    }
    pairs = tuple(PairMinute(first, name, 20, ours, theirs) for name, ours, theirs in step["pairs"])
    routes = None if step["routes"] is None else (RouteMinute(first, *step["routes"]),)
    return Evidence(minutes, pairs, routes, step["certified"], step["silent"])


def _minute(at, ours, theirs):
    strata = {Metric.ERRORS: (Counts(ours, theirs),), Metric.P95: (Counts((0, ours[1]), (0, theirs[1])),)}
    return Minute(at, strata, ours[1], theirs[1])


def _check(before, decision, document):
    after = decision.rollout
    if after.share > before.share:
        assert decision.action in RAISING
        assert decision.changes
    if decision.action is Action.PROMOTE:
        assert decision.verdict is Verdict.PROMOTE
        assert after.stage == before.stage + 1
        assert before.waits is not Waits.RESUME
    if not decision.changes:
        assert (after.stage, after.phase, after.waits, after.quarantined) == (
            before.stage,
            before.phase,
            before.waits,
            before.quarantined,
        )
        assert switch_document(after, document)["rules"] == document["rules"]
    assert (after.waits is None) == (after.phase is not Phase.HOLD)
    assert (after.phase in (Phase.AT_100, Phase.DONE)) == (after.phase is not Phase.ROLLED_BACK and after.share == 1.0)
    assert sum(entry.alpha for entry in after.ledger.entries) <= after.plan.alpha
    assert decision.why


@settings(max_examples=30, deadline=None)
@given(steps=steps, by_hand=some.booleans())
def test_a_share_is_raised_by_promoting_alone_and_phases_are_legal(steps, by_hand):
    plan = replace(PLAN, promote="by-hand" if by_hand else "automatic")
    rollout = begin(plan, 0.0, certified=Certified("r"), providers=("a", "b")).rollout
    document, minute = switch_document(rollout, {}), 0
    for step in steps:
        if isinstance(step, str):
            decision = PEOPLE[step](rollout, 60.0 * minute)
            if isinstance(decision, Refused):
                assert decision.why
                assert decision.rollout is rollout
                continue
        else:
            evidence = _evidence(step, minute)
            minute += step["minutes"]
            decision = look(rollout, evidence, 60.0 * minute)
            stored = rollout_from_json(rollout_to_json(rollout))
            assert look(stored, evidence, 60.0 * minute) == decision
        _check(rollout, decision, document)
        rollout, document = decision.rollout, switch_document(decision.rollout, document)
