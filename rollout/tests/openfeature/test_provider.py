"""Our switch behind an OpenFeature client: values, variants, reasons and errors, and that it says what is served."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from cutover_registry import (
    ProviderRegistry,
    SwitchRule,
    SwitchSnapshot,
    bucket_of,
    follow_switch,
    hold_arm,
    route_key,
    use_registry,
)
from cutover_rollout.openfeature import ARM_FLAG, SwitchProvider

SALT = "a salt of the tests"
INSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) < 0.1)
OUTSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) > 0.9)
TABLES = {"SITES": {"chat": {"slots": []}}, "PROVIDER_CONFIGS": {"near": {"sites": "*"}}}
CHAT = ProviderRegistry.from_mapping(TABLES).site("chat")
TENTH = SwitchRule("chat", "near", share=0.1)


@pytest.fixture
def client():
    api.set_provider_and_wait(SwitchProvider())
    return api.get_client()


@pytest.fixture
def say():
    def saying(*rules, **state):
        follow_switch(SwitchSnapshot(rules, **{"salt": SALT, **state}))

    return saying


@pytest.mark.parametrize(
    ("rules", "state", "key", "more", "arm", "reason", "because"),
    [
        ([], {}, None, {}, "legacy", Reason.DEFAULT, "no rule"),
        ([SwitchRule(arm="registry")], {}, None, {}, "registry", Reason.TARGETING_MATCH, "arm"),
        ([SwitchRule(arm="registry"), SwitchRule("chat")], {}, INSIDE, {}, "legacy", Reason.TARGETING_MATCH, "arm"),
        ([TENTH], {}, INSIDE, {}, "registry", Reason.SPLIT, "share"),
        ([TENTH], {}, OUTSIDE, {}, "legacy", Reason.SPLIT, "share"),
        ([TENTH], {}, None, {}, "legacy", Reason.DEFAULT, "no key"),
        ([TENTH], {}, INSIDE, {"provider": "groq"}, "legacy", Reason.DEFAULT, "no rule"),
        ([TENTH], {}, None, {"tenant": "acme"}, "legacy", Reason.DEFAULT, "no key"),
        ([SwitchRule(share=0.0)], {}, INSIDE, {}, "legacy", Reason.TARGETING_MATCH, "share"),
        ([SwitchRule(arm="registry", tenant="acme")], {}, None, {"tenant": "acme"}, "registry",
         Reason.TARGETING_MATCH, "arm"),
        ([SwitchRule(arm="registry", tenant="acme")], {}, INSIDE, {"tenant": "b"}, "legacy",
         Reason.DEFAULT, "no rule"),
        ([SwitchRule(arm="registry", header=("X-Beta", "yes"))], {}, None, {"headers": {"X-Beta": "yes"}}, "registry",
         Reason.TARGETING_MATCH, "arm"),
        ([SwitchRule(arm="registry")], {"kill": True}, INSIDE, {}, "legacy", Reason.DISABLED, "kill"),
        ([TENTH], {"quarantined": frozenset({"near"})}, INSIDE, {}, "legacy", Reason.DISABLED, "quarantine"),
    ],
)  # fmt: skip
def test_the_arm_comes_with_its_reason(rules, state, key, more, arm, reason, because, client, say, context):
    say(*rules, **state)
    found = client.get_string_details(ARM_FLAG, "neither", context(key, **more))
    assert (found.value, found.variant, found.reason, found.error_code) == (arm, arm, reason, None)
    assert found.flag_metadata["because"] == because
    said = client.get_boolean_details(ARM_FLAG, arm == "legacy", context(key, **more))
    assert (said.value, said.variant, said.reason) == (arm == "registry", arm, reason)


def test_the_share_that_decided_is_in_the_metadata(client, say, context):
    say(TENTH)
    assert client.get_string_details(ARM_FLAG, "", context(INSIDE)).flag_metadata == {"because": "share", "share": 0.1}


def test_a_held_arm_is_static(client, say, context):
    say(TENTH)
    with hold_arm("registry"):
        found = client.get_string_details(ARM_FLAG, "", context())
    assert (found.value, found.reason) == ("registry", Reason.STATIC)


def test_inside_a_served_route_the_route_s_own_key_decides_and_a_targeting_key_goes_before_it(client, say, context):
    say(TENTH, SwitchRule("chat", "groq", "registry", tenant="acme"))
    with route_key(INSIDE, tenant="acme"):
        assert client.get_boolean_value(ARM_FLAG, False, context())
        assert client.get_boolean_value(ARM_FLAG, False, context(provider="groq"))
        assert not client.get_boolean_value(ARM_FLAG, True, context(OUTSIDE))
    assert not client.get_boolean_value(ARM_FLAG, True, context())


def test_it_answers_coroutines_too(client, say, context):
    say(TENTH)
    assert asyncio.run(client.get_string_value_async(ARM_FLAG, "", context(INSIDE))) == "registry"


def test_a_process_without_a_bound_site_reads_its_switch_file(tmp_path, context, until):
    file = tmp_path / ".cutover" / "switch.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 1, "rules": [{"site": "*", "provider": "near", "arm": "registry"}]}))
    api.set_provider_and_wait(SwitchProvider(flag="arm"), "ops")
    client = api.get_client("ops")
    assert client.get_string_value("arm", "", context()) == "registry"
    (file.parent / "kill").touch()
    until(lambda: client.get_string_value("arm", "", context()) == "legacy")
    assert client.get_string_details("arm", "", context()).reason == Reason.DISABLED


@pytest.mark.parametrize(
    ("flag", "more", "code", "message"),
    [
        ("other", {}, ErrorCode.FLAG_NOT_FOUND, "there is no flag 'other' here, the switch answers 'cutover-arm'"),
        (ARM_FLAG, {"site": None}, ErrorCode.INVALID_CONTEXT,
         "the evaluation context has site None; give the name of a site"),
        (ARM_FLAG, {"provider": 3}, ErrorCode.INVALID_CONTEXT,
         "the evaluation context has provider 3; give the name of a provider"),
        (ARM_FLAG, {"tenant": 3}, ErrorCode.INVALID_CONTEXT,
         "the evaluation context has tenant 3; a tenant is text"),
        (ARM_FLAG, {"headers": ["x"]}, ErrorCode.INVALID_CONTEXT,
         "the evaluation context has headers ['x']; they are an object of texts"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_an_error_and_the_caller_s_default(flag, more, code, message, client, context):
    found = client.get_string_details(flag, "mine", context(**more))
    assert (found.value, found.reason) == ("mine", Reason.ERROR)
    assert (found.error_code, found.error_message) == (code, message)


def test_an_arm_is_neither_a_number_nor_an_object(client, context):
    asked = [
        client.get_integer_details(ARM_FLAG, 3, context()),
        client.get_float_details(ARM_FLAG, 3.0, context()),
        client.get_object_details(ARM_FLAG, {"a": 3}, context()),
    ]
    assert [found.value for found in asked] == [3, 3.0, {"a": 3}]
    assert {found.error_code for found in asked} == {ErrorCode.TYPE_MISMATCH}
    assert asked[0].error_message == "flag 'cutover-arm' is a boolean or a string, not an integer"


def test_an_arm_that_is_none_in_the_environment_is_said_at_once(monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", "neither")
    with pytest.raises(Exception, match="CUTOVER_ARM: has arm 'neither'"):
        api.set_provider_and_wait(SwitchProvider(), "wrong")


NAMES = st.sampled_from(["*", "chat", "other"])
PROVIDERS = st.sampled_from(["*", "near", "groq"])
TENANTS = st.sampled_from(["acme", "b"])
SAID = st.sampled_from([{"arm": "registry"}, {"arm": "legacy"}, {"share": 0}, {"share": 0.5}, {"share": 1}])
RULES = st.builds(
    lambda site, provider, said, tenant, header: SwitchRule(site, provider, **said, tenant=tenant, header=header),
    NAMES, PROVIDERS, SAID, st.none() | TENANTS, st.none() | st.just(("x-beta", "yes")),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    rules=st.lists(RULES, max_size=5),
    key=st.none() | st.sampled_from([f"user-{n}" for n in range(20)]),
    tenant=st.none() | TENANTS,
    headers=st.sampled_from([{}, {"X-Beta": "yes"}, {"X-Beta": "no"}]),
)
def test_it_always_says_what_the_site_serves_and_a_reason_that_fits(rules, key, tenant, headers):
    follow_switch(SwitchSnapshot(tuple(rules), salt=SALT))
    asked = {"site": "chat", "provider": "near", "headers": headers} | ({"tenant": tenant} if tenant else {})
    found = SwitchProvider().resolve_boolean_details(ARM_FLAG, False, EvaluationContext(key, asked))
    with route_key(key, tenant=tenant, headers=headers):
        assert found.value == use_registry(CHAT, "near")
    expected = {"arm": None, "share": None, "no key": False, "no rule": False}[found.flag_metadata["because"]]
    assert expected is None or found.value is expected
    if found.reason == Reason.SPLIT:
        assert found.value == (bucket_of(key, salt=SALT) < found.flag_metadata["share"])
