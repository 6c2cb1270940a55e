"""Stored rollouts: they come back the same, stay small, and damage is refused with the reason."""

import json
from dataclasses import replace
from random import Random

import pytest

from cutover_rollout.controller import Evidence, NotARollout, look, rollout_from_json, rollout_to_json
from cutover_telemetry.judge.simulate import Traffic


def busy(rollout, names, *, minutes=60):
    """A rollout after an hour of traffic."""
    dice = Random(1)
    given = {name: tuple(Traffic(200, share=0.01).minutes(minutes, dice=dice)) for name in names}
    return look(rollout, Evidence(given), 60.0 * minutes).rollout


def test_it_comes_back_the_same_through_text(started, plan):
    names = ("a", "b")
    rollout = busy(started(plan, providers=names), names)
    assert rollout_from_json(json.loads(json.dumps(rollout_to_json(rollout)))) == rollout


def test_with_22_providers_it_is_below_300_kb_and_a_few_without_its_judges(started, plan):
    names = tuple(f"provider-{number:02}" for number in range(22))
    rollout = busy(started(plan, providers=names), names)
    assert len(json.dumps(rollout_to_json(rollout))) < 300_000
    assert len(json.dumps(rollout_to_json(rollout, judges=False))) < 20_000
    decision = look(rollout, Evidence(), 3660.0)
    assert len(json.dumps(decision.evidence)) < 100_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 9}, "it is of version 9, and this release knows version 1"),
        ({"phase": "flying"}, "it is damaged (ValueError: 'flying' is not a valid Phase)"),
        ({"stage": 70}, "it is damaged (ValueError: stage 70 of 5)"),
        ({"judges": "nonsense"}, "it is damaged ("),
        ({"ledger": {"version": 1}}, "it is damaged (NotAState"),
        ({"plan": {"speed": 1}}, "it is damaged (InvalidPlan"),
    ],
)
def test_damage_is_refused(started, plan, change, why):
    with pytest.raises(NotARollout) as refused:
        rollout_from_json({**rollout_to_json(started(plan)), **change})
    assert why in str(refused.value)


def test_a_missing_field_is_refused(started, plan):
    data = rollout_to_json(started(plan))
    del data["since"]
    with pytest.raises(NotARollout, match="KeyError: 'since'"):
        rollout_from_json(data)
    with pytest.raises(NotARollout, match="version None"):
        rollout_from_json({})


def test_a_plan_with_other_words_comes_back(started, plan):
    rollout = started(replace(plan, tenant="acme", promote="by-hand", providers=("groq",)))
    assert rollout_from_json(rollout_to_json(rollout)) == rollout
