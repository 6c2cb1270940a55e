"""The switch's rules, its file format, and the environment that holds one arm."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutover_registry import (
    InvalidSwitch,
    SwitchRule,
    SwitchSnapshot,
    current_switch,
    follow_switch,
    hold_arm,
    route_key,
    switch_file,
    use_registry,
    write_switch,
)

ON = SwitchRule(arm="registry")


@pytest.mark.parametrize(
    ("rules", "arm"),
    [
        ([], "legacy"),
        ([ON], "registry"),
        ([ON, SwitchRule("chat", "near", "legacy")], "legacy"),
        ([SwitchRule("chat", "near", "legacy"), ON], "registry"),
        ([ON, SwitchRule("chat", "far", "legacy")], "registry"),
        ([ON, SwitchRule("responses", "near", "legacy")], "registry"),
        ([ON, SwitchRule("*", "near", "legacy")], "legacy"),
        ([ON, SwitchRule("chat", "*", "legacy")], "legacy"),
        ([SwitchRule("chat", "near", "registry")], "registry"),
        ([SwitchRule("chat", "NEAR", "registry")], "legacy"),
    ],
)
def test_the_last_rule_that_matches_decides(rules, arm):
    assert SwitchSnapshot(tuple(rules)).arm("chat", "near") == arm


@pytest.mark.parametrize("held", ["legacy", "registry"])
def test_a_held_arm_goes_before_every_rule(held):
    assert SwitchSnapshot((ON, SwitchRule("chat", "near", "legacy")), held).arm("chat", "near") == held


NAMES = st.one_of(st.just("*"), st.text(min_size=1))
RULES = st.builds(SwitchRule, NAMES, NAMES, st.sampled_from(["legacy", "registry"]))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RULES).map(tuple))
def test_what_is_written_is_what_is_read(rules):
    assert SwitchSnapshot.from_text(SwitchSnapshot(rules).to_text()) == SwitchSnapshot(rules)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RULES).map(tuple))
def test_rules_agree_with_a_walk_from_the_end(rules):
    expected = "legacy"
    for rule in rules:
        if rule.site in ("*", "chat") and rule.provider in ("*", "near"):
            expected = rule.arm
    assert SwitchSnapshot(rules).arm("chat", "near") == expected


def rule(**changes):
    return {"site": "*", "provider": "*", "arm": "registry"} | changes


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ([], 'is not of the form {"version": 1, "rules": [...]}; write it anew'),
        ({"version": 1}, 'is not of the form {"version": 1, "rules": [...]}; write it anew'),
        ({"version": 1, "rules": {}}, 'is not of the form {"version": 1, "rules": [...]}; write it anew'),
        ({"rules": []}, "has version None; this package reads versions 1 and 2"),
        ({"version": 3, "rules": []}, "has version 3; this package reads versions 1 and 2"),
        ({"version": True, "rules": []}, "has version True; this package reads versions 1 and 2"),
        ({"version": "1", "rules": []}, "has version '1'; this package reads versions 1 and 2"),
        (
            {"version": 1, "rules": ["on"]},
            "has the rule 'on'; a rule has site, provider and arm, and nothing else",
        ),
        (
            {"version": 1, "rules": [rule(share=0.5)]},
            "has the rule {'site': '*', 'provider': '*', 'arm': 'registry', 'share': 0.5}; "
            "a rule has site, provider and arm, and nothing else",
        ),
        (
            {"version": 1, "rules": [{"site": "*", "arm": "registry"}]},
            "has the rule {'site': '*', 'arm': 'registry'}; a rule has site, provider and arm, and nothing else",
        ),
        ({"version": 1, "rules": [rule(arm="on")]}, "has arm 'on'; write 'legacy' or 'registry'"),
        ({"version": 1, "rules": [rule(arm=["legacy"])]}, "has arm ['legacy']; write 'legacy' or 'registry'"),
        (
            {"version": 1, "rules": [rule(site=3)]},
            "SwitchRule(site=3, provider='*', arm='registry') names a site or provider by something else than a string",
        ),
    ],
    ids=repr,
)
def test_a_state_that_is_not_understood_is_refused_whole(state, problem):
    with pytest.raises(InvalidSwitch) as caught:
        SwitchSnapshot.from_text(json.dumps(state), source="switch.json")
    assert str(caught.value) == f"switch.json: {problem}"
    assert (caught.value.source, caught.value.problem) == ("switch.json", problem)


@pytest.mark.parametrize("text", ["", "{", "not json", '{"version": 1, "rules": [}'])
def test_text_that_is_not_json_is_refused(text):
    with pytest.raises(InvalidSwitch, match=r"switch: is not JSON \(.*\); write it anew"):
        SwitchSnapshot.from_text(text)


def test_more_beside_the_rules_is_no_harm():
    assert SwitchSnapshot.from_text('{"version": 1, "rules": [], "written_by": "someone"}') == SwitchSnapshot()


def test_the_held_arm_is_never_written():
    assert "held" not in SwitchSnapshot((ON,), "registry").to_text()


def test_the_file_is_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path / "x.json"))
    assert switch_file() == tmp_path / "x.json"


@pytest.mark.parametrize("value", [None, ""])
def test_the_file_is_under_the_current_directory_where_no_variable_says(value, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTOVER_SWITCH_FILE")
    if value is not None:
        monkeypatch.setenv("CUTOVER_SWITCH_FILE", value)
    assert switch_file() == tmp_path / ".cutover" / "switch.json"


def test_writing_makes_the_folder_and_leaves_no_draft(tmp_path):
    path = write_switch(SwitchSnapshot((ON,)), tmp_path / "new" / "switch.json")
    assert [each.name for each in path.parent.iterdir()] == ["switch.json"]
    assert SwitchSnapshot.from_text(path.read_text()).rules == (ON,)


def test_writing_goes_to_the_switch_file_of_this_process():
    assert write_switch(SwitchSnapshot()) == switch_file()


def test_without_a_file_every_key_takes_the_legacy_arm(registry):
    (chat,) = registry.bind({}, "chat")
    assert [use_registry(chat, key) for key in chat] == [False] * 3


def test_a_rule_reaches_its_site_and_provider_and_no_other(registry):
    write_switch(SwitchSnapshot((SwitchRule("chat", "near", "registry"),)))
    chat, responses = registry.bind({}, "chat", "responses")
    assert [key for key in chat if use_registry(chat, key)] == ["near"]
    assert not any(use_registry(responses, key) for key in responses)


@pytest.mark.parametrize("arm", ["legacy", "registry"])
def test_the_environment_holds_an_arm_whatever_the_file_says(arm, registry, monkeypatch):
    write_switch(SwitchSnapshot((SwitchRule(arm="registry" if arm == "legacy" else "legacy"),)))
    monkeypatch.setenv("CUTOVER_ARM", arm)
    (chat,) = registry.bind({}, "chat")
    assert use_registry(chat, "near") is (arm == "registry")
    assert current_switch().held == arm


@pytest.mark.parametrize("arm", ["Registry", "on", "1", " registry"])
def test_an_unknown_arm_in_the_environment_is_refused_at_bind(arm, registry, monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", arm)
    with pytest.raises(InvalidSwitch) as caught:
        registry.bind({}, "chat")
    assert str(caught.value) == f"CUTOVER_ARM: has arm {arm!r}; write 'legacy' or 'registry'"


def test_an_empty_variable_holds_nothing(registry, monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", "")
    registry.bind({}, "chat")
    assert current_switch().held is None


def test_holding_an_arm_ends_with_its_block_and_nests(registry, monkeypatch):
    (chat,) = registry.bind({}, "chat")
    with hold_arm("registry"):
        with hold_arm("legacy"):
            assert not use_registry(chat, "near")
        assert use_registry(chat, "near")
    assert not use_registry(chat, "near")


def test_holding_an_arm_reaches_sites_that_are_bound_within(registry, monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", "legacy")
    with hold_arm("registry"):
        (chat,) = registry.bind({}, "chat")
        assert use_registry(chat, "near")
    assert not use_registry(chat, "near")


def test_holding_something_else_is_refused():
    with pytest.raises(InvalidSwitch, match="hold_arm: has arm 'new'"), hold_arm("new"):
        raise AssertionError("never reached")


@pytest.mark.parametrize("rule", [ON, SwitchRule(share=1.0)])
@pytest.mark.parametrize("limit", [SwitchRule("*", "near", "registry"), SwitchRule("*", "near", share=1.0)])
def test_within_another_switch_only_what_both_have_on_is_on(rule, limit, registry):
    (chat,) = registry.bind({}, "chat")
    with route_key("user-1"):
        follow_switch(SwitchSnapshot((rule,), salt="s"))
        assert [use_registry(chat, key) for key in ("near", "huggingface")] == [True, True]
        follow_switch(SwitchSnapshot((rule,), salt="s", within=SwitchSnapshot((limit,), salt="s")))
        assert [use_registry(chat, key) for key in ("near", "huggingface")] == [True, False]
        with hold_arm("registry"):
            assert use_registry(chat, "huggingface")
        follow_switch(SwitchSnapshot((), within=SwitchSnapshot((limit,), salt="s")))
        assert [use_registry(chat, key) for key in ("near", "huggingface")] == [False, False]
    follow_switch(None)


def test_a_provider_that_joins_later_follows_the_switch(registry, project):
    from cutover_registry import ProviderConfig

    write_switch(SwitchSnapshot((ON,)))
    (chat,) = registry.bind({}, "chat")
    registry.register(ProviderConfig("new", project.client("new"), sites=("chat",)))
    assert use_registry(chat, "new")
