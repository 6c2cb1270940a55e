"""The switch file, field by field: what each version may say, and how all else is refused."""

import json
import math
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_registry import InvalidSwitch, SwitchRule, SwitchSnapshot, bucket_of

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/switch.schema.json").read_text())
NEAR = {"site": "*", "provider": "near"}


def document(*rules, **fields):
    return {"version": 2, "salt": "9f86d081", "rules": list(rules)} | fields


def test_every_field_is_read():
    header = {"name": "X-Beta", "value": "yes"}
    said = document(
        {**NEAR, "arm": "registry"},
        {**NEAR, "share": 0.05, "tenant": "acme", "header": header},
        kill=True,
        quarantined=["far", "groq"],
        rollout={"stage": 3},
    )
    assert SwitchSnapshot.from_document(said) == SwitchSnapshot(
        rules=(
            SwitchRule("*", "near", "registry"),
            SwitchRule("*", "near", share=0.05, tenant="acme", header=("x-beta", "yes")),
        ),
        salt="9f86d081",
        kill=True,
        quarantined=frozenset({"far", "groq"}),
    )
    jsonschema.validate(said, SCHEMA)


def test_what_is_left_out_is_nothing_special():
    assert SwitchSnapshot.from_document({"version": 2, "rules": []}) == SwitchSnapshot()


def test_version_1_is_written_wherever_it_says_it_all():
    plain = SwitchSnapshot((SwitchRule("chat", "near", "registry"),))
    assert json.loads(plain.to_text())["version"] == 1
    for more in ({"salt": "s"}, {"kill": True}, {"quarantined": frozenset({"near"})}):
        assert json.loads(SwitchSnapshot(plain.rules, **more).to_text())["version"] == 2
    for rule in (SwitchRule(share=0), SwitchRule(tenant="acme"), SwitchRule(header=("x", "1"))):
        assert json.loads(SwitchSnapshot((rule,)).to_text())["version"] == 2


REFUSED = [
    (document(x=1), "has the unknown field 'x'; known are version, salt, rules, kill, quarantined, rollout"),
    (document(7), "has the rule 7; it is an object"),
    (
        document({**NEAR, "arm": "legacy", "weight": 1}),
        f"has the rule {NEAR | {'arm': 'legacy', 'weight': 1}!r} with the unknown field 'weight'; "
        "known are site, provider, tenant, header, arm, share",
    ),
    (document(NEAR), f"has the rule {NEAR!r}; a rule has site, provider, and arm or share"),
    (
        document({"site": "*", "arm": "legacy"}),
        "has the rule {'site': '*', 'arm': 'legacy'}; a rule has site, provider, and arm or share",
    ),
    (
        document({**NEAR, "arm": "registry", "share": 1}),
        f"has the rule {NEAR | {'arm': 'registry', 'share': 1}!r}; a rule has site, provider, and arm or share",
    ),
    (
        document({**NEAR, "site": "", "arm": "legacy"}),
        f"has the rule {NEAR | {'site': '', 'arm': 'legacy'}!r}; a rule has site, provider, and arm or share",
    ),
    (
        document({**NEAR, "arm": "legacy", "tenant": None}),
        f"has the rule {NEAR | {'arm': 'legacy', 'tenant': None}!r}; leave out what is null",
    ),
    (document({**NEAR, "arm": "canary"}), "has arm 'canary'; write 'legacy' or 'registry'"),
    *(
        (document({**NEAR, "share": share}), f"has share {share!r}; write a number from 0 to 1")
        for share in (-0.1, 1.1, 5, math.nan, math.inf, True, "0.5", [1])
    ),
    *(
        (
            document({**NEAR, "arm": "legacy", "tenant": tenant}),
            f"has tenant {tenant!r}; write a tenant's name, or leave it out for every one",
        )
        for tenant in ("", "*", 7)
    ),
    *(
        (
            document({**NEAR, "arm": "legacy", "header": header}),
            f"has header {header!r}; a header has name and value, and nothing else",
        )
        for header in ("x: y", {"name": "x"}, {"name": "x", "value": "y", "any": 1}, ["x", "y"])
    ),
    *(
        (
            document({**NEAR, "arm": "legacy", "header": {"name": name, "value": value}}),
            f"has header {(name, value)!r}; write the name of a header and the value that it has",
        )
        for name, value in (("", "y"), ("x y", "y"), ("x", 7), ("x", " y"), (7, "y"))
    ),
    (document(salt="x" * 65), "has a salt that is no text of at most 64 bytes"),
    (document(salt="\u20ac" * 22), "has a salt that is no text of at most 64 bytes"),
    (document(salt=7), "has a salt that is no text of at most 64 bytes"),
    (
        {"version": 2, "rules": [{**NEAR, "share": 0.5}]},
        'has a share and no "salt"; write one, and keep it while there are shares',
    ),
    (document(kill="yes"), "has kill 'yes'; write true or false"),
    (document(kill=1), "has kill 1; write true or false"),
    (document(quarantined="near"), "has quarantined 'near'; write a list of providers"),
    (document(quarantined=["near", 7]), "has quarantined ['near', 7]; write a list of providers"),
    (document(quarantined=[""]), "has quarantined ['']; write a list of providers"),
    (document(rollout=[]), "has rollout []; it is an object"),
]


@pytest.mark.parametrize(("said", "problem"), REFUSED, ids=repr)
def test_a_document_that_is_not_understood_is_refused_whole(said, problem):
    with pytest.raises(InvalidSwitch) as caught:
        SwitchSnapshot.from_document(said, source="switch.json")
    assert str(caught.value) == f"switch.json: {problem}"
    assert (caught.value.source, caught.value.problem) == ("switch.json", problem)


BEYOND_A_SCHEMA = ("nan", "\u20ac")  # a schema counts characters, not bytes, and compares no number that is none


@pytest.mark.parametrize(
    "said", [said for said, _ in REFUSED if not any(word in str(said) for word in BEYOND_A_SCHEMA)], ids=repr
)
def test_the_schema_refuses_it_too(said):
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(said)


def test_the_rules_of_version_1_know_nothing_of_version_2():
    with pytest.raises(InvalidSwitch, match="a rule has site, provider and arm, and nothing else"):
        SwitchSnapshot.from_document({"version": 1, "rules": [{**NEAR, "share": 0.5}]})


def test_a_text_that_nests_too_deep_is_refused_like_any_other():
    with pytest.raises(InvalidSwitch, match="is not JSON"):
        SwitchSnapshot.from_text("[" * 100_000)


@pytest.mark.parametrize(
    ("given_", "problem"),
    [
        ({"arm": "legacy", "share": 0.5}, "has arm 'legacy' and share 0.5; write one of the two"),
        ({"share": 2}, "has share 2; write a number from 0 to 1"),
        ({"header": "x"}, "has header 'x'; write the name of a header and the value that it has"),
    ],
)
def test_a_rule_that_is_none_cannot_be_made(given_, problem):
    with pytest.raises(InvalidSwitch) as caught:
        SwitchRule(**given_)
    assert str(caught.value) == f"switch rule: {problem}"


def test_a_state_with_a_share_and_no_salt_cannot_be_made():
    with pytest.raises(InvalidSwitch, match='has a share and no "salt"'):
        SwitchSnapshot((SwitchRule(share=0.5),))
    assert SwitchSnapshot((SwitchRule(share=0),)).arm("chat", "near") == "legacy"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["version", "salt", "rules", "kill", "quarantined", "rollout", "site", "provider", "share"])


@settings(deadline=None)
@given(st.dictionaries(FIELDS, ANYTHING).map(lambda more: document({**NEAR, "share": 0.5}) | more))
def test_any_document_is_read_or_refused_and_the_schema_agrees(said):
    try:
        SwitchSnapshot.from_document(said)
    except InvalidSwitch:
        return
    if said["version"] == 2:
        assert jsonschema.Draft202012Validator(SCHEMA).is_valid(said)


def test_the_examples_of_the_page_are_read_and_pass_the_schema():
    page = (Path(__file__).parents[3] / "docs/reference/switch.md").read_text()
    (example,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(SwitchSnapshot.from_text(example).rules) == 3
    jsonschema.validate(json.loads(example), SCHEMA)
    ((salt, shown),) = re.findall(r'^print\(bucket_of\("user-1", salt="(\w+)"\)\)  # (\S+)$', page, re.MULTILINE)
    assert repr(bucket_of("user-1", salt=salt)) == shown
