"""Looks: what is worse is taken back, what is the same goes on, what cannot be told stays where it is."""

from dataclasses import replace
from random import Random

import pytest

from cutover_rollout.controller import (
    Action,
    Certified,
    Evidence,
    Phase,
    RouteMinute,
    Verdict,
    Waits,
    look,
    rollout_from_json,
    rollout_to_json,
)
from cutover_telemetry.judge.simulate import Traffic, incidents, worse


def test_arms_that_are_alike_come_to_100_percent(started, plan, drive):
    rollout, _, decisions = drive(started(plan), Traffic(600), Random(1))
    assert rollout.phase is Phase.AT_100
    assert [each.action for each in decisions] == [Action.PROMOTE] * 4
    assert [each.rollout.share for each in decisions] == [0.05, 0.25, 0.5, 1.0]
    assert decisions[0].why == "on to 5 %: no metric is worse than its margin at 5 %"


def test_a_candidate_that_answers_nothing_is_rolled_back_at_1_percent(started, plan, drive):
    traffic = Traffic(600, weather=worse(all_fail=True))
    rollout, at, decisions = drive(started(plan), traffic, Random(2))
    assert rollout.phase is Phase.ROLLED_BACK
    assert at <= 6
    assert decisions[-1].why.startswith("groq answers nothing: ")
    assert decisions[-1].evidence["stage"]["name"] == "1 %"


def test_a_worse_candidate_never_comes_to_100_percent(started, plan, drive):
    for seed in range(1):
        rollout, _, decisions = drive(started(plan), Traffic(600, weather=worse(failing=0.03)), Random(seed))
        assert rollout.phase is Phase.ROLLED_BACK
        assert decisions[-1].why.startswith("groq is worse: ")
        assert decisions[-1].evidence["subjects"][0]["verdict"] == "worse"


def test_a_shared_incident_is_not_blamed_on_the_candidate(started, plan, drive):
    for seed in range(1):
        rollout, _, _ = drive(started(plan), Traffic(600, weather=incidents(every=30)), Random(seed), minutes=100)
        assert rollout.phase is not Phase.ROLLED_BACK


def test_one_provider_that_is_worse_alone_is_put_in_quarantine_and_the_others_go_on(started, plan, drive):
    names = tuple("abcd")
    traffic = {name: Traffic(150) for name in names} | {"c": Traffic(150, weather=worse(failing=0.3))}
    rollout, _, decisions = drive(started(plan, providers=names), traffic, Random(3), names=names, minutes=900)
    assert rollout.phase is Phase.AT_100
    assert set(rollout.quarantined) == {"c"}
    (decision,) = [each for each in decisions if each.action is Action.QUARANTINE]
    assert decision.why.startswith("c is put on legacy: c ")


def test_a_plan_may_roll_everything_back_for_one_provider(started, plan, drive):
    names = tuple("abcd")
    traffic = {name: Traffic(150) for name in names} | {"c": Traffic(150, weather=worse(failing=0.5))}
    rollout = started(replace(plan, on_worse_provider="roll back"), providers=names)
    rollout, _, decisions = drive(rollout, traffic, Random(3), names=names)
    assert rollout.phase is Phase.ROLLED_BACK
    assert not rollout.quarantined
    assert "c " in decisions[-1].why or "the candidate" in decisions[-1].why


def test_what_is_worse_at_every_provider_is_rolled_back(started, plan, drive):
    names = tuple("abcd")
    traffic = Traffic(150, weather=worse(failing=0.1))
    rollout, _, _ = drive(started(plan, providers=names), traffic, Random(4), names=names)
    assert rollout.phase is Phase.ROLLED_BACK
    assert not rollout.quarantined


def test_a_restart_after_every_look_decides_alike(started, plan, drive):
    names = ("a", "b")
    for weather in (worse(failing=0.05), worse(slower=1.0)):
        traffic = Traffic(300, weather=weather)
        plain = drive(started(plan, providers=names), traffic, Random(5), names=names, minutes=20)
        stored = drive(started(plan, providers=names), traffic, Random(5), names=names, minutes=20, restart=True)
        assert plain[0] == stored[0]
        assert [each.why for each in plain[2]] == [each.why for each in stored[2]]


def test_a_rollout_without_its_judges_finds_the_same_out_of_the_stage_s_minutes(started, plan, certified):
    minutes = list(Traffic(600, share=0.01, weather=worse(failing=0.6)).minutes(30, dice=Random(6)))
    one = rollout = started(plan)
    for minute in minutes:
        decision = look(rollout, Evidence({"groq": (minute,)}, certified=certified), 60.0 * (minute.at + 1))
        rollout = decision.rollout
        if decision.action is Action.ROLL_BACK:
            break
    again = look(
        rollout_from_json(rollout_to_json(one, judges=False)),
        Evidence({"groq": tuple(minutes)}, certified=certified),
        1800.0,
    )
    assert again.action is Action.ROLL_BACK
    assert (again.why, again.ground.bench) == (decision.why, decision.ground.bench)


def test_a_look_leaves_its_rollout_as_it_was(started, plan, minute):
    rollout = look(started(plan), Evidence({"groq": (minute(0, (0, 5), (5, 500)),)}), 60.0).rollout
    before = rollout_to_json(rollout)
    look(rollout, Evidence({"groq": (minute(1, (5, 5), (5, 500)),)}), 120.0)
    assert rollout_to_json(rollout) == before


def test_a_minute_counts_once_and_those_before_the_stage_never(started, plan, minute):
    rollout = started(plan, at=90.0)
    given = Evidence({"groq": tuple(minute(at, (0, 5), (5, 500)) for at in (0, 1, 2))})
    rollout = look(rollout, given, 180.0).rollout
    assert (rollout.seen, rollout.bench.requests) == (2, 5)
    assert look(rollout, given, 180.0).rollout.bench == rollout.bench


@pytest.mark.parametrize(
    ("candidate", "control", "why"),
    [
        ((0, 0), (5, 500), "the candidate had no requests, where its share is "),
        ((1, 250), (3, 250), "requests where its share is "),
        ((5, 500), (0, 0), "the control had no requests: "),
    ],
)
def test_arms_that_do_not_get_their_share_cannot_be_judged(started, quick_plan, minute, candidate, control, why):
    rollout = started(quick_plan)
    for at in range(30):
        decision = look(rollout, Evidence({"groq": (minute(at, candidate, control),)}), 60.0 * (at + 1))
        rollout = decision.rollout
        assert decision.verdict is not Verdict.PROMOTE
    assert decision.verdict is Verdict.CANNOT_JUDGE
    assert why in decision.why
    assert rollout.share == 0.1


def test_the_split_is_of_routes_where_these_are_known(started, quick_plan, minute, certified):
    rollout = started(quick_plan)
    for at in range(12):
        routes = (RouteMinute(at, 50, 450),)
        given = Evidence({"groq": (minute(at, (1, 90), (3, 450)),)}, routes=routes, certified=certified)
        decision = look(rollout, given, 60.0 * (at + 1))
        rollout = decision.rollout
        assert decision.verdict is not Verdict.CANNOT_JUDGE
        if rollout.stage:
            return
    pytest.fail(decision.why)


def test_no_data_and_old_data_cannot_be_judged(started, quick_plan, minute, certified):
    rollout = started(quick_plan)
    assert look(rollout, Evidence(certified=certified), 100.0).verdict is Verdict.COLLECTING
    nothing = look(rollout, Evidence(), 600.0)
    assert (nothing.verdict, nothing.why) == (
        Verdict.CANNOT_JUDGE,
        "no data: nothing was recorded for 10 minutes",
    )
    given = {"groq": tuple(minute(at, (0, 50), (2, 450)) for at in range(5))}
    assert look(rollout, Evidence(given, silent=400.0), 301.0).verdict is Verdict.CANNOT_JUDGE
    assert look(rollout, Evidence(given), 3000.0).verdict is Verdict.CANNOT_JUDGE


@pytest.mark.parametrize(
    ("certified", "why"),
    [
        (None, "there is no parity certificate for these revisions"),
        (Certified("a1b2", valid=False, problem="src/chat.py changed"), "the parity certificate is not valid: src/"),
        (Certified("other"), "the code is not what this rollout began with"),
    ],
)
def test_without_its_certificate_it_holds(started, quick_plan, minute, certified, why):
    given = {"groq": tuple(minute(at, (0, 50), (2, 450)) for at in range(10))}
    decision = look(started(quick_plan), Evidence(given, certified=certified), 600.0)
    strays = certified is not None and certified.valid
    assert (decision.verdict, decision.action) == (Verdict.HOLD, Action.HOLD if strays else Action.NOTHING)
    assert decision.why.startswith(why)
    assert decision.rollout.share == 0.1


def test_promoting_wants_time_and_requests(started, quick_plan, minute, certified):
    rollout = started(quick_plan)
    early = look(rollout, Evidence({"groq": (minute(0, (0, 50), (2, 450)),)}, certified=certified), 60.0)
    assert early.why == "1 of 3 minutes, 50 of 30 requests of the candidate"
    few = {"groq": tuple(minute(at, (0, 2), (0, 18)) for at in range(5))}
    assert look(rollout, Evidence(few, certified=certified), 300.0).why == (
        "5 of 3 minutes, 10 of 30 requests of the candidate"
    )


def test_by_hand_it_waits_for_a_person_and_says_so_once(started, quick_plan, minute, certified):
    rollout = started(replace(quick_plan, promote="by-hand"))
    given = {"groq": tuple(minute(at, (0, 50), (2, 450)) for at in range(10))}
    ready = look(rollout, Evidence(given, certified=certified), 600.0)
    assert (ready.action, ready.verdict, ready.changes) == (Action.HOLD, Verdict.HOLD, True)
    assert (ready.rollout.phase, ready.rollout.waits) == (Phase.HOLD, Waits.PERSON)
    again = look(ready.rollout, Evidence(certified=certified), 610.0)
    assert (again.action, again.changes) == (Action.NOTHING, False)
    later = look(again.rollout, Evidence(certified=certified), 6000.0)
    assert (later.verdict, later.rollout.phase, later.changes) == (Verdict.CANNOT_JUDGE, Phase.COLLECTING, True)


def test_providers_that_were_not_told_are_those_of_the_first_evidence(started, plan, minute):
    rollout = started(plan, providers=())
    assert rollout.providers == ()
    given = {name: (minute(0, (0, 5), (5, 500)),) for name in ("groq", "near")}
    first = look(rollout, Evidence(given), 60.0)
    assert (first.action, first.changes, first.rollout.providers) == (Action.NAME, True, ("groq", "near"))
    late = look(first.rollout, Evidence({"xai": (minute(1, (0, 5), (5, 500)),)}), 120.0).rollout.bench
    assert late.own["xai"].plan.alpha < late.own["near"].plan.alpha
    total = late.whole.plan.alpha + sum(judge.plan.alpha for judge in late.own.values())
    assert total <= rollout.alpha


def test_at_100_percent_only_silence_of_every_answer_rolls_back(started, quick_plan, minute):
    rollout = replace(started(quick_plan), stage=2, phase=Phase.AT_100)
    bad = {"groq": tuple(minute(at, (59, 60), (0, 0)) for at in range(10))}
    assert look(rollout, Evidence(bad), 600.0).action is Action.NOTHING
    dead = {"groq": tuple(minute(at, (60, 60), (0, 0)) for at in range(10))}
    decision = look(rollout, Evidence(dead), 600.0)
    assert (decision.action, decision.rollout.phase) == (Action.ROLL_BACK, Phase.ROLLED_BACK)
    assert decision.why == "no request was answered for 5 minutes, 300 failed"


def test_one_dead_provider_of_two_at_100_percent_is_left_alone(started, quick_plan, minute):
    rollout = replace(started(quick_plan, providers=("a", "b")), stage=2, phase=Phase.AT_100)
    given = {
        name: tuple(minute(at, (failed, 60), (0, 0)) for at in range(10)) for name, failed in (("a", 60), ("b", 1))
    }
    assert look(rollout, Evidence(given), 600.0).action is Action.NOTHING


def test_what_is_over_is_not_judged(started, quick_plan, minute):
    rollout = replace(started(quick_plan), phase=Phase.ROLLED_BACK)
    decision = look(rollout, Evidence({"groq": (minute(0, (50, 50), (0, 450)),)}), 60.0)
    assert (decision.action, decision.rollout, decision.why) == (
        Action.NOTHING,
        rollout,
        "nothing is judged: it is rolled back",
    )


def test_a_stage_in_which_other_code_was_served_is_not_left_upwards_but_taken_back(started, quick_plan, minute):
    rollout = started(quick_plan)
    looks = []
    for at in range(6):
        revision = "other" if at == 1 else "a1b2"
        given = Evidence({"groq": (minute(at, (0, 40), (0, 360)),)}, certified=Certified(revision))
        looks.append(look(rollout, given, (at + 1) * 60.0))
        rollout = looks[-1].rollout
    assert [each.changes for each in looks] == [False, True, False, False, False, False]
    assert rollout.phase is Phase.COLLECTING
    assert rollout.stage == 0
    assert (looks[-1].verdict, "other code" in looks[-1].why) == (Verdict.HOLD, True)
    dead = [Evidence({"groq": (minute(at, (40, 40), (0, 360)),)}, certified=Certified("a1b2")) for at in range(6, 20)]
    for at, given in enumerate(dead, 7):
        rollout = look(rollout, given, at * 60.0).rollout
    assert rollout.phase is Phase.ROLLED_BACK
