"""The table of providers: what an entry may say, and that reading it costs and loads little."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from cutover_registry import providers
from cutover_registry.providers import CAPABILITIES, Dialect, ProviderSpec, slots, specs
from cutover_registry.providers._places import Places, filled, without
from cutover_registry.providers.errors import NotConfigured


def test_the_door_and_its_list_of_names_agree():
    assert providers.__all__ == sorted(
        providers.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(providers, name) for name in providers.__all__)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        specs()["new"] = specs()["near"]
    with pytest.raises(FrozenInstanceError):
        specs()["near"].base_url = "https://evil.example"


def test_names_are_those_that_tables_of_gateways_have():
    for name in specs():
        assert name == name.lower()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_every_provider_has_functions_for_tables():
    for name in specs():
        functions = getattr(slots, name.replace("-", "_"))
        assert functions.name == name
        assert callable(functions.make_request_stream)


def test_keys_of_two_providers_are_never_in_one_variable():
    variables = [variable for spec in specs().values() for variable in spec.key_env]
    assert len(variables) == len(set(variables))


def test_a_place_in_an_address_is_one_that_is_read():
    for spec in specs().values():
        assert ("{" in spec.base_url) == bool(spec.settings_env), spec.name


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"capabilities": ("stream", "telepathy")}, "provider 'near': unknown capability 'telepathy'; known are ("),
        ({"base_url": "near.ai/v1"}, "provider 'near': base_url is 'near.ai/v1'; write https://… with no / at its end"),
        ({"base_url": "https://near.ai/"}, "provider 'near': base_url is 'https://near.ai/'; write https://…"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(spec, fields, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is asserted
        spec(**fields)
    assert str(caught.value).startswith(message)


def test_a_common_dialect_leaves_everything_alone():
    body, answer = {"model": "m", "messages": []}, {"choices": []}
    dialect = Dialect()
    assert dialect.body(body) is body
    assert (dialect.answer(answer), dialect.chunk(answer)) == (answer, answer)
    assert (dialect.settings({}), dialect.key({}, ("A",)), dialect.has_key({}, ("A",))) == ({}, None, False)
    assert not dialect.waits({})


def test_every_dialect_leaves_what_is_common_alone():
    completion = {"id": "c", "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}
    chunk = {"id": "c", "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]}
    body = {"model": "a/m", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}], "tools": []}
    for spec in specs().values():
        assert spec.dialect.answer(completion) == completion, spec.name
        assert spec.dialect.chunk(chunk) == chunk, spec.name
        assert spec.dialect.body(body) == body, spec.name
        assert spec.dialect.error({"error": {"message": "m"}}) == {"message": "m"}, spec.name


@pytest.mark.parametrize(
    "data", [None, [], "text", 3, {}, {"error": None}, {"errors": []}, {"status": 1}, {"detail": [1]}]
)
def test_no_dialect_falls_over_an_error_of_another_shape(data):
    for spec in specs().values():
        spec.dialect.error(data)


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": []}, [], {"data": [{}]}, {"result": [{}]}])
def test_a_list_without_models_is_empty(data):
    for spec in specs().values():
        assert spec.dialect.models(data) == [], spec.name


@pytest.mark.parametrize("messages", [None, "text", [None], ["text"], [{"content": None}], [{"content": [None, {}]}]])
def test_messages_of_another_shape_go_out_as_they_are(messages):
    for spec in specs().values():
        assert spec.dialect.body({"model": "a/m", "messages": messages})["messages"] == messages, spec.name


def test_leaving_out_changes_nothing_of_the_callers():
    image = {"type": "image_url", "image_url": {"url": "u", "detail": "low"}}
    body = {"messages": ({"role": "user", "name": "n", "content": [image]},)}
    assert without(body, "name", of="message")["messages"] == [{"role": "user", "content": [image]}]
    assert without(body, "detail", of="image_url")["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "u"}}
    ]
    assert image["image_url"]["detail"] == "low"


def test_a_place_is_filled_by_the_first_variable_that_is_set():
    places = Places("near", {"account": ("A", "B")})
    assert places.settings({"A": "", "B": "two"}) == {"account": "two"}
    assert places.settings({"A": "one", "B": "two"}) == {"account": "one"}
    with pytest.raises(KeyError) as caught:
        places.settings({})
    assert caught.value.args == ("A", "B")
    assert filled("near", {}, ("A",), "else") == "else"
    with pytest.raises(NotConfigured, match="A is to stand in a URL"):
        filled("near", {"A": "a/b"}, ("A",))


def test_listing_loads_nothing_that_fetches():
    script = "import sys; from cutover_registry.providers import specs; specs(); "
    script += "print([m for m in ('urllib.request', 'http.client', 'hashlib', 'httpx', 'asyncio') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {"[]", "['asyncio']"}


def test_capabilities_are_named_once():
    assert len(CAPABILITIES) == len(set(CAPABILITIES))
    assert ProviderSpec.__doc__ is not None
