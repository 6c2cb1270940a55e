"""Documents: what workers are told keeps everybody else's word, and taken back is taken back for everyone."""

from dataclasses import replace

import pytest

from cutover_registry import SwitchSnapshot
from cutover_rollout.controller import (
    Phase,
    kill,
    quarantine,
    release,
    roll_back,
    rollout_from_document,
    switch_document,
)

TENANT = {"site": "*", "provider": "*", "tenant": "acme", "arm": "registry"}
SLOW = {"site": "chat", "provider": "near", "arm": "legacy"}


def shares(document):
    """What workers make of a document, for a plain route: the share, True or False."""
    return SwitchSnapshot.from_document(document).decision("chat", "groq")


def test_the_rollout_s_rule_stands_before_those_of_people(started, plan):
    document = switch_document(started(plan), {"version": 2, "salt": "s", "rules": [TENANT, SLOW]})
    assert document["rules"] == [{"site": "*", "provider": "*", "share": 0.01}, TENANT, SLOW]
    assert (document["salt"], document["kill"], document["quarantined"]) == ("s", False, [])
    again = switch_document(started(plan), document)
    assert again == document


def test_rolled_back_it_stands_behind_them(started, plan):
    before = switch_document(started(plan), {"version": 2, "rules": [TENANT]}, salt="s")
    after = switch_document(roll_back(started(plan), 60.0, by="ana").rollout, before)
    assert after["rules"] == [TENANT, {"site": "*", "provider": "*", "arm": "legacy"}]
    assert after["salt"] == "s"


def test_at_100_percent_the_rule_names_the_arm(started, plan):
    rollout = replace(started(plan), stage=len(plan.stages) - 1, phase=Phase.AT_100)
    document = switch_document(rollout, {})
    assert document["rules"] == [{"site": "*", "provider": "*", "arm": "registry"}]
    assert shares(document) is True
    done = switch_document(replace(rollout, phase=Phase.DONE), document)
    assert shares(done) is True


def test_a_plan_of_some_sites_providers_and_a_tenant_has_rules_of_these(started, plan):
    narrow = replace(plan, sites=("chat",), providers=("a", "b"), tenant="acme")
    document = switch_document(started(narrow), {})
    assert document["rules"] == [
        {"site": "chat", "provider": name, "tenant": "acme", "share": 0.01} for name in ("a", "b")
    ]
    assert isinstance(SwitchSnapshot.from_document(document), SwitchSnapshot)


def test_kill_and_quarantine_of_others_stay_and_ours_go_with_their_release(started, plan):
    others = {"version": 2, "rules": [], "kill": True, "quarantined": ["xai"]}
    rollout = quarantine(started(plan, providers=("a", "b")), "a", 0.0, by="ana").rollout
    one = switch_document(rollout, others)
    assert (one["kill"], one["quarantined"]) == (True, ["a", "xai"])
    assert switch_document(rollout, one, released=True)["kill"] is False
    two = switch_document(release(rollout, 0.0, by="ana", provider="a").rollout, one)
    assert two["quarantined"] == ["xai"]
    killed = kill(rollout, 0.0, by="ana").rollout
    three = switch_document(killed, switch_document(rollout, {}))
    assert three["kill"] is True
    assert switch_document(release(killed, 0.0, by="ana").rollout, three)["kill"] is False


def test_the_rollout_comes_back_out_of_its_document(started, plan):
    rollout = started(plan, providers=("a", "b"))
    document = switch_document(rollout, {})
    assert rollout_from_document(document) == rollout
    assert rollout_from_document({"version": 2, "rules": []}) is None


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_workers_understand_every_document(started, plan, stage):
    rollout = replace(started(plan), stage=stage)
    (rule,) = SwitchSnapshot.from_document(switch_document(rollout, {})).rules
    assert rule.share == plan.stages[stage].share
