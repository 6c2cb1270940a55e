import json
from dataclasses import replace
from random import Random

import pytest

from cutover_telemetry.judge import Judge, JudgePlan, Metric, NotAState, judge_from_json, judge_to_json, judgement
from cutover_telemetry.judge.simulate import Traffic, bursts


def restarted(judge):
    return judge_from_json(json.loads(json.dumps(judge_to_json(judge))), plan=judge.plan)


@pytest.mark.parametrize("after", [0, 1, 4, 17])
def test_a_judge_that_is_restarted_goes_on_as_if_it_were_not(after):
    minutes = list(Traffic(120, weather=bursts(every=5)).minutes(30, dice=Random(1)))
    whole, parted = Judge("groq", restless=frozenset({Metric.P50})), Judge("groq", restless=frozenset({Metric.P50}))
    for minute in minutes:
        whole.add(minute)
    for minute in minutes[:after]:
        parted.add(minute)
    parted = restarted(parted)
    for minute in minutes[after:]:
        parted.add(minute)
    assert judgement(parted) == judgement(whole)
    assert judge_to_json(parted) == judge_to_json(whole)


def test_a_state_is_not_used_under_another_plan():
    stored = judge_to_json(Judge())
    with pytest.raises(NotAState, match="not those of the plan"):
        judge_from_json(stored, plan=JudgePlan(alpha=0.01))
    with pytest.raises(NotAState, match="not those of the plan"):
        judge_from_json(stored, plan=replace(JudgePlan(), metrics={}))


def test_a_damaged_state_is_refused():
    stored = judge_to_json(Judge())
    with pytest.raises(NotAState, match="damaged"):
        judge_from_json({**stored, "requests": [1]}, plan=JudgePlan())
    with pytest.raises(NotAState, match="version 9"):
        judge_from_json({**stored, "version": 9}, plan=JudgePlan())
