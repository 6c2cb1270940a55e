import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_rollout import Rule, SwitchState, UnknownArm, UnknownName
from cutover_rollout._rules import checked_rule

NAMES = ("*", "a", "b")
PLACES = [(site, provider) for site in ("a", "b", "c") for provider in ("a", "b", "c")]
RULES = st.builds(Rule, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(("legacy", "registry")))


def after(*rules: Rule) -> SwitchState:
    state = SwitchState()
    for rule in rules:
        state = state.with_rule(rule)
    return state


def test_without_a_rule_every_site_and_provider_is_on_legacy():
    assert SwitchState().arm("chat", "near") == "legacy"


def test_the_last_rule_that_matches_wins():
    state = SwitchState((Rule("*", "*", "registry"), Rule("chat", "*", "legacy"), Rule("*", "near", "registry")))
    assert state.arm("images", "groq") == "registry"
    assert state.arm("chat", "groq") == "legacy"
    assert state.arm("chat", "near") == "registry"


@pytest.mark.parametrize(
    ("new", "left"),
    [
        (Rule("*", "*", "legacy"), ()),
        (Rule("chat", "*", "legacy"), (Rule("*", "groq", "registry"),)),
        (Rule("*", "groq", "legacy"), (Rule("chat", "near", "registry"),)),
        (Rule("chat", "near", "legacy"), (Rule("*", "groq", "registry"),)),
        (Rule("images", "near", "registry"), (Rule("chat", "near", "registry"), Rule("*", "groq", "registry"))),
        (Rule("chat", "groq", "legacy"), (Rule("chat", "near", "registry"), Rule("*", "groq", "registry"))),
    ],
)
def test_a_new_rule_replaces_those_it_covers_and_leaves_the_others_alone(new, left):
    before = after(Rule("chat", "near", "registry"), Rule("*", "groq", "registry"))
    assert before.with_rule(new).rules == (*left, new)


def test_a_rule_that_a_wider_one_says_already_is_not_added():
    state = after(Rule("*", "*", "registry"))
    assert state.with_rule(Rule("chat", "near", "registry")) is state


def test_a_rule_that_only_takes_back_an_exception_removes_the_exception():
    state = after(Rule("*", "*", "registry"), Rule("chat", "near", "legacy"))
    assert state.with_rule(Rule("chat", "*", "registry")).rules == (Rule("*", "*", "registry"),)


def test_a_rule_is_added_where_a_crossing_rule_lies_between():
    state = after(Rule("*", "*", "registry"), Rule("*", "near", "legacy"))
    assert state.with_rule(Rule("chat", "*", "registry")).rules[-1] == Rule("chat", "*", "registry")


def test_the_same_rule_twice_changes_nothing():
    state = after(Rule("chat", "near", "registry"), Rule("chat", "groq", "registry"))
    assert state.with_rule(Rule("chat", "groq", "registry")) is state


def test_the_first_legacy_rule_is_written_down_though_legacy_is_the_default():
    assert after(Rule("*", "*", "legacy")).rules == (Rule("*", "*", "legacy"),)


@given(st.lists(RULES, max_size=8))
def test_the_shortened_list_decides_as_the_full_one_would(rules):
    full, short = SwitchState(tuple(rules)), after(*rules)
    assert [short.arm(*place) for place in PLACES] == [full.arm(*place) for place in PLACES]
    assert len(short.rules) <= len(rules)
    assert not any(new.covers(old) for n, old in enumerate(short.rules) for new in short.rules[n + 1 :]), (
        "no rule is dead"
    )


def test_an_unknown_arm_is_refused_with_both_arms_named():
    with pytest.raises(UnknownArm) as caught:
        checked_rule(Rule("*", "*", "canary"))
    assert str(caught.value) == "unknown arm 'canary'; the arms are 'legacy', 'registry'"
    assert (caught.value.arm, caught.value.arms) == ("canary", ("legacy", "registry"))


def test_an_unknown_provider_is_refused_with_the_known_ones_and_a_guess():
    with pytest.raises(UnknownName) as caught:
        checked_rule(Rule("*", "opnrouter", "legacy"), known_providers=["near", "openrouter"])
    assert str(caught.value) == (
        "unknown provider 'opnrouter', did you mean 'openrouter'?; known are 'near', 'openrouter', or '*' for every one"
    )


def test_an_unknown_site_is_refused_without_a_guess_when_none_is_near():
    with pytest.raises(UnknownName) as caught:
        checked_rule(Rule("zzz", "*", "legacy"), known_sites=["chat"])
    assert str(caught.value) == "unknown site 'zzz'; known are 'chat', or '*' for every one"


@pytest.mark.parametrize("name", ["", None, 7])
def test_a_name_that_is_no_name_is_refused_without_known_names_too(name):
    with pytest.raises(UnknownName) as caught:
        checked_rule(Rule(name, "*", "legacy"))
    assert str(caught.value) == f"unknown site {name!r}; a site is a name, or '*' for every one"


@pytest.mark.parametrize("name", ["*", "near"])
def test_a_known_name_and_the_star_pass(name):
    rule = checked_rule(Rule("*", name, "registry"), known_providers=["near"], known_sites=["chat"])
    assert rule == Rule("*", name, "registry")


def test_any_name_passes_where_no_names_are_known():
    assert checked_rule(Rule("x", "Y z", "registry")) == Rule("x", "Y z", "registry")
