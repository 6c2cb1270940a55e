"""Shares, tenants and headers in the switch file: written whole, kept apart, read by workers as they were said."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_registry import SwitchSnapshot
from cutover_rollout import (
    AlreadySo,
    DamagedSwitchFile,
    InvalidRule,
    Rule,
    SaidHere,
    SwitchState,
    UnreadableSwitchFile,
    history,
    said_here,
    set_arm,
    set_share,
    status,
)
from cutover_rollout._format import format_state, parse_state

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/switch.schema.json").read_text())
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
HEADERS = st.tuples(st.sampled_from(["x-beta", "x-cell"]), st.sampled_from(["yes", "no"]))
CONDITIONS = st.fixed_dictionaries({}, optional={"tenant": st.sampled_from(["acme", "umbrella"]), "header": HEADERS})
SAID = st.one_of(
    st.fixed_dictionaries({"arm": st.sampled_from(["legacy", "registry"])}),
    st.fixed_dictionaries({"share": st.sampled_from([0, 0.05, 0.5, 1])}),
)
NAMES = st.sampled_from(["*", "a", "b"])
RULES = st.builds(
    lambda site, provider, said, more: Rule(site, provider, **said, **more), NAMES, NAMES, SAID, CONDITIONS
)
STATES = st.builds(
    SwitchState,
    st.lists(RULES, max_size=5).map(tuple),
    st.text(st.characters(codec="ascii"), min_size=1, max_size=64),
    st.booleans(),
    st.lists(WORDS, unique=True, max_size=3).map(tuple),
    st.none() | st.dictionaries(WORDS, WORDS, max_size=2),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "switch.json"


def test_a_share_is_written_with_a_salt_that_stays(path):
    set_share(path, 0.05, provider="near")
    first = json.loads(path.read_bytes())
    assert first == {
        "version": 2,
        "salt": first["salt"],
        "rules": [{"site": "*", "provider": "near", "share": 0.05}],
    }
    assert len(first["salt"]) == 32
    set_share(path, 0.25, provider="near")
    set_arm(path, "legacy")
    set_share(path, 0.5)
    assert status(path).state == SwitchState((Rule("*", "*", share=0.5),), salt=first["salt"])


def test_two_files_choose_by_two_salts(tmp_path):
    for name in ("one", "other"):
        set_share(tmp_path / name, 0.5)
    assert status(tmp_path / "one").state.salt != status(tmp_path / "other").state.salt


def test_without_a_share_version_1_is_written_as_before(path):
    set_arm(path, "registry", provider="near")
    assert json.loads(path.read_bytes())["version"] == 1
    set_arm(path, "registry", tenant="acme")
    assert json.loads(path.read_bytes()) == {
        "version": 2,
        "rules": [
            {"site": "*", "provider": "near", "arm": "registry"},
            {"site": "*", "provider": "*", "tenant": "acme", "arm": "registry"},
        ],
    }


def test_the_arm_of_a_place_that_a_route_decides_is_by_route(path):
    set_share(path, 0.05, provider="near")
    set_arm(path, "registry", provider="groq", header=("X-Beta", "yes"))
    set_share(path, 0, provider="far")
    assert [status(path).arm("chat", key) for key in ("near", "groq", "far", "other")] == [
        "by route",
        "by route",
        "legacy",
        "legacy",
    ]


def test_a_header_is_kept_in_lower_case_so_that_it_is_found_again(path):
    set_arm(path, "registry", header=("X-Beta", "yes"))
    assert isinstance(set_arm(path, "registry", header=("x-beta", "yes")), AlreadySo)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"share": 1.5}, "has share 1.5; write a number from 0 to 1"),
        ({"share": 0.5, "tenant": ""}, "has tenant ''; write a tenant's name, or leave it out for every one"),
        (
            {"share": 0.5, "header": ("x y", "1")},
            "has header ('x y', '1'); write the name of a header and the value that it has",
        ),
    ],
)
def test_a_rule_that_is_none_is_refused_and_nothing_is_written(asked, problem, path):
    with pytest.raises(InvalidRule) as caught:
        set_share(path, **asked)
    rule = Rule("*", "*", None, asked["share"], asked.get("tenant"), asked.get("header"))
    assert str(caught.value) == f"{rule} {problem}"
    assert (caught.value.rule, caught.value.problem) == (rule, problem)
    assert not path.exists()


@pytest.mark.parametrize(
    ("new", "left"),
    [
        (Rule("*", "near", share=0.25), ()),
        (Rule("*", "near", share=0.25, tenant="acme"), (0, 1)),
        (Rule("*", "near", "legacy", tenant="umbrella"), (0, 1, 2)),
        (Rule("*", "near", "legacy", header=("x-beta", "no")), (0, 1, 2)),
        (Rule("chat", "near", "legacy"), (0, 1, 2)),
    ],
)
def test_a_new_rule_replaces_those_of_which_it_speaks_wholly(new, left):
    before = (
        Rule("*", "near", share=0.05),
        Rule("*", "near", "registry", header=("x-beta", "yes")),
        Rule("*", "near", "registry", tenant="acme"),
    )
    assert SwitchState(before).with_rule(new).rules == (*(before[number] for number in left), new)


@settings(deadline=None)
@given(st.lists(RULES, max_size=7), WORDS)
def test_the_shortened_list_decides_every_route_as_the_full_one_would(rules, key):
    from cutover_registry._route import GIVEN, Route

    full, short = SwitchState(tuple(rules), "salt"), SwitchState(salt="salt")
    for rule in rules:
        short = short.with_rule(rule)
    routes = [None] + [
        Route(GIVEN, (known, tenant, {"x-beta": beta}))
        for known in (None, key)
        for tenant in (None, "acme")
        for beta in ("yes", "no")
    ]
    for site in ("a", "c"):
        for route in routes:
            found, expected = (state.for_workers().arm(site, "b", route) for state in (short, full))
            assert found == expected
    assert len(short.rules) <= len(rules)


@settings(deadline=None)
@given(STATES)
def test_what_is_written_is_what_is_read_by_us_by_workers_and_by_the_schema(state):
    content = format_state(state)
    assert parse_state(content, path=None) == state
    assert SwitchSnapshot.from_text(content.decode()) == state.for_workers()
    jsonschema.validate(json.loads(content), SCHEMA)


def test_what_a_controller_keeps_there_survives_a_rule_by_hand(path):
    state = SwitchState((), "salt", True, ("far",), {"stage": 3})
    path.write_bytes(format_state(state))
    set_share(path, 0.05)
    assert status(path).state == SwitchState((Rule("*", "*", share=0.05),), "salt", True, ("far",), {"stage": 3})


def test_the_file_has_one_rule_a_line_between_what_belongs_to_all(path):
    rules = (Rule("*", "*", "registry"), Rule("chat", "near", share=0.05, tenant="né"))
    assert format_state(SwitchState(rules, "s", True, ("far",), {"stage": 3})).decode() == (
        '{"version": 2, "salt": "s", "kill": true, "quarantined": ["far"], "rules": [\n'
        '  {"site": "*", "provider": "*", "arm": "registry"},\n'
        '  {"site": "chat", "provider": "near", "tenant": "né", "share": 0.05}\n'
        '], "rollout": {"stage": 3}}\n'
    )


REFUSED = [
    (b'{"version": 2, "rules": [{"site": "*", "provider": "*", "arm": "registry", "share": 1}]}', "it has the rule "),
    (
        b'{"version": 2, "rules": [{"site": "*", "provider": "*", "weight": 1}]}',
        "rule 1 has the unknown field 'weight'",
    ),
    (b'{"version": 2, "rules": [{"site": "*", "provider": "*", "share": 2}]}', "it has share 2; write a number"),
    (b'{"version": 2, "rules": [{"site": "*", "provider": "*", "share": 0.5}]}', 'it has a share and no "salt"'),
    (b'{"version": 2, "rules": [], "stage": 1}', "it has the unknown field 'stage'"),
    (b'{"version": 2, "rules": [], "kill": 1}', "it has kill 1; write true or false"),
    (b'{"version": 1, "rules": [], "salt": "s"}', "it has the unknown field 'salt'"),
]


@pytest.mark.parametrize(("content", "problem"), REFUSED)
def test_a_file_of_version_2_that_is_not_whole_is_refused_and_left_as_it_is(content, problem, path):
    path.write_bytes(content)
    for use in (lambda: status(path), lambda: set_share(path, 0.5)):
        with pytest.raises(DamagedSwitchFile) as caught:
            use()
        assert f"switch file {path}: {problem}" in str(caught.value)
    assert path.read_bytes() == content


def test_the_history_has_shares_tenants_and_headers(path):
    set_share(path, 0.05, tenant="acme")
    set_arm(path, "registry", header=("X-Beta", "yes"))
    told = history(path)
    assert [change.rule for change in told] == [
        Rule("*", "*", share=0.05, tenant="acme"),
        Rule("*", "*", "registry", header=("x-beta", "yes")),
    ]
    assert told[1].before == told[0].after


@pytest.mark.parametrize("rule", ['"x"', '{"site": "*", "provider": "*", "arm": "legacy", "header": "x"}', "[1]"])
def test_a_line_of_history_that_has_no_rule_is_passed_over(rule, path):
    line = f'{{"time": "t", "who": "w", "rule": {rule}, "before": [], "after": []}}\n'
    (path.parent / "switch-history.jsonl").write_text(line)
    assert history(path) == ()


def test_what_this_machine_says_is_read_beside_the_switch(path):
    assert said_here(path) == SaidHere()
    (path.parent / "kill").touch()
    (path.parent / "quarantine").write_text("near\n\n far \nnear\n")
    assert said_here(path) == SaidHere(kill=True, quarantined=("far", "near"))


def test_a_quarantine_that_cannot_be_read_is_told(path):
    (path.parent / "quarantine").mkdir()
    with pytest.raises(UnreadableSwitchFile, match="quarantine: it cannot be read"):
        said_here(path)
