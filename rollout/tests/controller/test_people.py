"""What people say: done, or refused with the reason."""

from dataclasses import replace

import pytest

from cutover_rollout.controller import (
    Action,
    Certified,
    Evidence,
    Phase,
    Refused,
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
)
from cutover_rollout.plan import Stage


def test_a_running_rollout_is_not_begun_again(started, plan, certified):
    rollout = started(plan)
    assert begin(plan, 60.0, certified=certified, before=rollout) == Refused(
        Action.BEGIN, "a rollout is running, at 1 %; roll it back first", rollout
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "the plan wants a parity certificate, and there is none; make one with `cutover replay --certificate`"),
        (
            Certified("x", valid=False, problem="it is of last week"),
            "the parity certificate is not valid: it is of last",
        ),
    ],
)
def test_without_its_certificate_nothing_begins(plan, given, why):
    refused = begin(plan, 0.0, certified=given)
    assert isinstance(refused, Refused)
    assert refused.why.startswith(why)
    assert begin(replace(plan, certificate=False), 0.0, certified=given).action is Action.BEGIN


def test_begun_again_it_goes_on_with_its_ledger_until_that_is_spent(started, plan, certified):
    rollout, taken = started(plan), []
    for number in range(1, 9):
        assert rollout.round == number
        taken.append(rollout.alpha)
        while rollout.at_stage.share < 1:
            rollout = advance(rollout, 0.0, by="ana", certified=certified, force=True).rollout
        spent = sum(entry.alpha for entry in rollout.ledger.entries)
        assert spent < plan.alpha
        again = begin(plan, 0.0, certified=certified, before=roll_back(rollout, 0.0, by="ana").rollout)
        if isinstance(again, Refused):
            break
        rollout = again.rollout
    assert number == 3
    assert again.why.startswith("the error probability of this revision is spent after 3 rounds")
    assert taken[1] == pytest.approx(taken[0] * (1 - 0.9 * sum(plan.parts)))


def test_a_plan_with_a_larger_error_probability_makes_no_more_of_that_of_the_round_before(started, plan, certified):
    before = roll_back(started(plan), 0.0, by="ana").rollout
    again = begin(replace(plan, alpha=4 * plan.alpha), 0.0, certified=certified, before=before).rollout
    assert again.ledger.alpha == plan.alpha
    assert sum(entry.alpha for entry in again.ledger.entries) <= plan.alpha


def test_other_code_begins_with_a_ledger_of_its_own(started, plan):
    first = roll_back(started(plan), 60.0, by="ana").rollout
    other = begin(plan, 120.0, certified=Certified("other"), before=first).rollout
    assert (other.round, other.alpha, other.quarantined) == (1, started(plan).alpha, {})


def test_advancing_wants_a_fresh_look_that_said_so_or_force(started, quick_plan, minute, certified):
    rollout = started(replace(quick_plan, promote="by-hand"))
    assert advance(rollout, 0.0, by="ana", certified=certified).why.startswith("it is not ready for 50 %")
    given = Evidence({"groq": tuple(minute(at, (0, 50), (2, 450)) for at in range(10))}, certified=certified)
    ready = look(rollout, given, 600.0).rollout
    on = advance(ready, 660.0, by="ana", why="looks good", certified=certified)
    assert (on.action, on.by, on.why, on.rollout.share) == (Action.ADVANCE, "ana", "looks good", 0.5)
    assert "nobody has looked" in advance(ready, 6000.0, by="ana", certified=certified).why
    assert advance(rollout, 0.0, by="ana", certified=certified, force=True).rollout.share == 0.5


def test_not_even_force_goes_on_without_the_certificate(started, quick_plan):
    refused = advance(started(quick_plan), 0.0, by="ana", force=True)
    assert refused.why == "there is no parity certificate for these revisions"


def test_a_paused_rollout_is_not_promoted_but_rolled_back(started, quick_plan, minute, certified):
    rollout = pause(started(quick_plan), 0.0, by="ana").rollout
    good = Evidence({"groq": tuple(minute(at, (0, 50), (2, 450)) for at in range(10))}, certified=certified)
    decision = look(rollout, good, 600.0)
    assert (decision.action, decision.rollout.share, decision.rollout.waits) == (Action.NOTHING, 0.1, Waits.RESUME)
    assert decision.why.startswith("paused, else it would go on: ")
    on = look(resume(decision.rollout, 610.0, by="ana").rollout, Evidence(certified=certified), 620.0)
    assert on.action is Action.PROMOTE
    bad = Evidence({"groq": tuple(minute(at, (50, 50), (2, 450)) for at in range(10))}, certified=certified)
    assert look(rollout, bad, 600.0).action is Action.ROLL_BACK


def test_pause_and_resume_are_refused_where_they_mean_nothing(started, plan):
    rollout = started(plan)
    assert resume(rollout, 0.0, by="ana").why == "it is not paused, it is collecting"
    paused = pause(rollout, 0.0, by="ana").rollout
    assert pause(paused, 0.0, by="ana").why == "it is paused already: there is nothing to pause"
    back = roll_back(rollout, 0.0, by="ana").rollout
    assert pause(back, 0.0, by="ana").why == "it is rolled back: there is nothing to pause"
    assert roll_back(back, 0.0, by="ana").why == "it is rolled back already"


def test_a_kill_rolls_back_and_its_release_does_not_go_on(started, plan, certified):
    killed = kill(started(plan), 60.0, by="ana").rollout
    assert (killed.phase, killed.killed, killed.share) == (Phase.ROLLED_BACK, True, 0.0)
    assert begin(plan, 70.0, certified=certified, before=killed).why == "everything was killed; release it first"
    free = release(killed, 80.0, by="ana").rollout
    assert (free.phase, free.killed, free.share) == (Phase.ROLLED_BACK, False, 0.0)
    assert release(free, 90.0, by="ana").why == "it was not killed"
    assert begin(plan, 100.0, certified=certified, before=free).rollout.round == 2


def test_a_provider_in_quarantine_is_not_judged_until_it_is_released(started, plan, minute):
    rollout = quarantine(started(plan, providers=("a", "b")), "a", 60.0, by="ana").rollout
    assert rollout.quarantined == {"a": "a is put on legacy by a person"}
    assert quarantine(rollout, "a", 60.0, by="ana").why == "a is in quarantine already"
    bad = {"a": tuple(minute(at, (9, 9), (9, 900)) for at in range(1, 9)), "b": (minute(8, (0, 9), (9, 900)),)}
    decision = look(rollout, Evidence(bad), 540.0)
    assert decision.action is Action.NOTHING
    assert "a" not in decision.rollout.bench.own
    free = release(decision.rollout, 545.0, by="ana", provider="a").rollout
    assert release(free, 545.0, by="ana", provider="a").why == "a is not in quarantine here"
    late = {"a": tuple(minute(at, (9, 9), (9, 900)) for at in range(9, 20))}
    after = look(free, Evidence(late), 1200.0)
    assert after.action is Action.QUARANTINE
    assert after.ground.bench.own["a"].minutes <= 11


def test_done_is_said_after_the_plan_s_minutes_and_with_nobody_in_quarantine(started, quick_plan):
    rollout = started(quick_plan, providers=("a", "b"))
    assert done(rollout, 0.0, by="ana").why == "it is collecting, at 10%: only a rollout at 100 % can be done"
    high = replace(rollout, stage=2, phase=Phase.AT_100)
    assert done(high, 240.0, by="ana").why == "it is at 100 % for 4 minutes, and the plan wants 5"
    finished = done(high, 300.0, by="ana").rollout
    assert (finished.phase, finished.share) == (Phase.DONE, 1.0)
    held = quarantine(high, "a", 300.0, by="ana").rollout
    assert done(held, 600.0, by="ana").why == "a: in quarantine, so the legacy arm is still needed"
    assert done(high, 240.0, by="ana", force=True).action is Action.DONE


def test_a_decision_of_a_person_has_evidence_too(started, plan):
    evidence = roll_back(started(plan), 60.0, by="ana", why="odd answers").evidence
    assert (evidence["by"], evidence["why"], evidence["stage"]["name"]) == ("ana", "odd answers", "1 %")
    assert evidence["ledger"]["entries"][0]["name"] == "round 1, 1 %"


def test_a_plan_may_begin_at_100_percent(plan, certified):
    straight = replace(plan, stages=(Stage("100 %", 1.0, 1),))
    assert begin(straight, 0.0, certified=certified).rollout.phase is Phase.AT_100
