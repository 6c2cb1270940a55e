"""One entry makes one immutable record, or one clear refusal."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace
from enum import Enum

import pytest

from cutover_registry import InvalidEntry, ProviderConfig


class Name(str, Enum):  # noqa: UP042  its hash is not its value's
    NEAR = "near"


def test_an_entry_of_nothing_has_the_defaults():
    config = ProviderConfig.from_entry("near", {})
    assert (config.name, config.module_name, config.timeout) == ("near", None, None)
    assert (config.priority, config.auto_detect, config.sites, config.lazy) == (100, False, None, False)
    assert (dict(config.slots), dict(config.values)) == ({}, {})


def test_an_entry_of_everything_keeps_everything():
    entry = {
        "timeout": 12.5,
        "priority": 3,
        "auto_detect": True,
        "module_name": "src.near_client",
        "sites": ["chat", "stream"],
        "slots": {"make_request": "make", "process_response": None},
        "values": {"label": "Near AI"},
        "lazy": True,
    }
    config = ProviderConfig.from_entry("near", entry)
    assert config.sites == ("chat", "stream")
    assert {field: getattr(config, field) for field in entry} == entry | {"sites": ("chat", "stream")}


def test_the_star_means_every_site():
    assert ProviderConfig.from_entry("near", {"sites": "*"}).sites == ("*",)
    assert ProviderConfig.from_entry("near", {"sites": ["*"]}).sites == ("*",)


def test_no_site_at_all_is_not_the_same_as_saying_nothing():
    assert ProviderConfig.from_entry("near", {"sites": []}).sites == ()
    assert ProviderConfig.from_entry("near", {}).sites is None


def test_the_kind_of_number_of_a_timeout_is_kept():
    assert repr(ProviderConfig("near", timeout=30).timeout) == "30"
    assert repr(ProviderConfig("near", timeout=30.0).timeout) == "30.0"


REFUSED = [
    (
        {"time_out": 3},
        "provider 'near': has unknown fields 'time_out'; known are timeout, priority, auto_detect, "
        "module_name, sites, slots, values, lazy, capabilities",
    ),
    ({"timeout": 0}, "provider 'near', timeout: is 0 (int); write seconds, a number above zero"),
    ({"timeout": -1.5}, "provider 'near', timeout: is -1.5 (float); write seconds, a number above zero"),
    ({"timeout": float("nan")}, "provider 'near', timeout: is nan (float); write seconds, a number above zero"),
    ({"timeout": float("inf")}, "provider 'near', timeout: is inf (float); write seconds, a number above zero"),
    ({"timeout": True}, "provider 'near', timeout: is True (bool); write seconds, a number above zero"),
    ({"timeout": "30"}, "provider 'near', timeout: is '30' (str); write seconds, a number above zero"),
    ({"priority": "1"}, "provider 'near', priority: is '1' (str); write an int"),
    ({"priority": True}, "provider 'near', priority: is True (bool); write an int"),
    ({"auto_detect": 1}, "provider 'near', auto_detect: is 1 (int); write True or False"),
    ({"lazy": "yes"}, "provider 'near', lazy: is 'yes' (str); write True or False"),
    ({"module_name": ""}, "provider 'near', module_name: is '' (str); write a non-empty string"),
    (
        {"module_name": ".near"},
        "provider 'near', module_name: is '.near'; write a dotted absolute module such as 'src.services.near_client'",
    ),
    (
        {"module_name": "src/near.py"},
        "provider 'near', module_name: is 'src/near.py'; write a dotted absolute module "
        "such as 'src.services.near_client'",
    ),
    ({"sites": "chat"}, "provider 'near', sites: is 'chat' (str); write a list of strings"),
    ({"sites": [1]}, "provider 'near', sites, an item: is 1 (int); write a non-empty string"),
    ({"sites": ["chat", "chat"]}, "provider 'near', sites: has 'chat' twice; keep one"),
    ({"sites": ["*", "chat"]}, "provider 'near', sites: mixes '*' with names; write '*' alone or the names"),
    ({"slots": ["make"]}, "provider 'near', slots: is ['make'] (list); write a dict"),
    ({"slots": {1: "make"}}, "provider 'near', slots, a key: is 1 (int); write a non-empty string"),
    (
        {"slots": {"make-it": "m"}},
        "provider 'near', slots, a slot: is 'make-it'; write an identifier that does not begin with an underscore",
    ),
    (
        {"slots": {"_make": "m"}},
        "provider 'near', slots, a slot: is '_make'; write an identifier that does not begin with an underscore",
    ),
    (
        {"slots": {"timeout": "m"}},
        "provider 'near', slots, a slot: is 'timeout', which has a meaning of its own; choose another word",
    ),
    ({"slots": {"make": 1}}, "provider 'near', slots, slot 'make': is 1 (int); write a non-empty string"),
    (
        {"slots": {"make": "a b"}, "module_name": "m"},
        "provider 'near', slot 'make': 'a b' is not a slot reference; write "
        "'fn', 'attr as fn', 'pkg.mod:attr', 'pkg.mod:attr as fn', 'x_client.attr' or '.fn'",
    ),
    (
        {"slots": {"make": "fn"}},
        "provider 'near', slot 'make': 'fn' needs a module_name; add the field or write 'pkg.mod:fn'",
    ),
    (
        {"values": {"name": 1}},
        "provider 'near', values, a value: is 'name', which has a meaning of its own; choose another word",
    ),
    (
        {"values": {"timeout": 1}},
        "provider 'near', values, a value: is 'timeout', which has a meaning of its own; choose another word",
    ),
    ({"slots": {"x": "m:f"}, "values": {"x": 1}}, "provider 'near': has 'x' as slot and as value; rename one"),
]


@pytest.mark.parametrize(("entry", "message"), REFUSED, ids=[repr(entry) for entry, _ in REFUSED])
def test_an_entry_that_is_not_well_formed_is_refused_with_one_clear_message(entry, message):
    with pytest.raises(InvalidEntry) as caught:
        ProviderConfig.from_entry("near", entry)
    assert str(caught.value) == message
    assert caught.value.where + ": " + caught.value.problem == message


@pytest.mark.parametrize("name", ["", None, 1, Name.NEAR, b"near"])
def test_a_name_is_a_plain_string(name):
    with pytest.raises(InvalidEntry, match=r"a provider name: is .*; write a non-empty string"):
        ProviderConfig(name)


@pytest.mark.parametrize("entry", [None, [], "near", 3])
def test_an_entry_is_a_dict(entry):
    with pytest.raises(InvalidEntry, match=r"provider 'near': is .*; write a dict"):
        ProviderConfig.from_entry("near", entry)


@pytest.mark.parametrize("name", ["Near AI", "NEAR", " near ", "near/x", "größe", "google-vertex", "a.b"])
def test_any_spelling_of_a_key_is_allowed_where_no_convention_needs_it(name):
    assert ProviderConfig(name, "m", slots={"make": "fn"}).name == name


def test_a_record_cannot_be_changed():
    config = ProviderConfig("near", slots={"make": "m:f"})
    with pytest.raises(FrozenInstanceError):
        config.timeout = 3
    with pytest.raises(TypeError):
        config.slots["make"] = "other"


def test_a_record_does_not_follow_the_entry_that_it_was_made_from():
    entry = {"slots": {"make": "m:f"}, "sites": ["chat"]}
    config = ProviderConfig.from_entry("near", entry)
    entry["slots"]["make"] = "m:g"
    entry["sites"].append("stream")
    assert (config.slots["make"], config.sites) == ("m:f", ("chat",))


def test_equal_entries_make_equal_records_with_one_hash():
    one, other = (ProviderConfig("near", "m", values={"label": "Near"}) for _ in range(2))
    assert one == other
    assert len({one, other, replace(one, values={"label": "Else"})}) == 2


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda config: pickle.loads(pickle.dumps(config))])
def test_a_record_can_be_copied_and_pickled(duplicate):
    config = ProviderConfig("near", "m", timeout=3, sites=("chat",), slots={"make": None}, values={"label": [1]})
    assert duplicate(config) == config


def test_the_convention_fills_what_is_left_unsaid_and_nothing_else():
    config = ProviderConfig("google-vertex", "m", slots={"process": None, "make_async": "special"})
    merged = config.with_convention({"make": "make_{}", "process": "process_{}"})
    assert dict(merged.slots) == {"make": "make_google_vertex", "process": None, "make_async": "special"}
    assert merged.with_convention({"make": "make_{}", "process": "process_{}"}) == merged


def test_the_convention_says_nothing_of_a_provider_without_a_module():
    config = ProviderConfig("near")
    assert config.with_convention({"make": "make_{}"}) is config


def test_a_name_that_the_convention_cannot_spell_is_refused():
    with pytest.raises(InvalidEntry, match="provider 'near ai', slot 'make': 'make_near ai' is not a slot reference"):
        ProviderConfig("near ai", "m").with_convention({"make": "make_{}"})


def test_its_modules_are_its_own_first_then_those_of_its_slots():
    config = ProviderConfig("near", "m", slots={"a": "other:f", "b": "fn", "c": "other:g", "d": None})
    assert config.modules() == ("m", "other")
    assert ProviderConfig("near").modules() == ()
    assert ProviderConfig("near", slots={"make": ".own"}).modules() == ()


def test_reading_a_slot_imports_it_at_that_moment(project):
    config = ProviderConfig("near", project.client("near"), slots={"make": "make_near_request_openai"})
    assert not project.loaded("near_client")
    assert config.make([], "llama") == ("near", "request", "llama")
    project.load("near_client").make_near_request_openai = "patched"
    assert config.make == "patched"


def test_reading_a_value_gives_the_constant():
    assert ProviderConfig("near", values={"label": "Near AI"}).label == "Near AI"


def test_reading_anything_else_names_provider_and_slots():
    config = ProviderConfig("near", "m", slots={"make": "fn", "process": None}, values={"label": 1})
    with pytest.raises(AttributeError) as caught:
        _ = config.mkae
    assert str(caught.value) == "provider 'near' has no slot or value 'mkae'; it has: make, label"
    with pytest.raises(AttributeError, match="has no slot or value 'process'"):
        _ = config.process


def test_reading_a_private_name_is_a_plain_attribute_error():
    with pytest.raises(AttributeError, match="'ProviderConfig' object has no attribute '_x'"):
        _ = ProviderConfig("near")._x
