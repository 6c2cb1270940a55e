"""The tables of a configuration module are read as a whole, against each other, or refused."""

from types import ModuleType
from typing import Any

import pytest

from cutover_registry import InvalidEntry, ProviderConfig, ProviderRegistry, SiteConfig, Tables, UnknownSite
from cutover_registry._site_config import Role


def read(**tables: Any) -> Tables:
    return Tables.from_mapping(tables)


def test_nothing_at_all_makes_empty_tables():
    tables = read()
    assert (tables.configs, tables.sites, tables.default_provider, tables.default_timeout) == ({}, {}, None, 30)


def test_a_module_gives_its_tables_and_nothing_else(tables):
    module = ModuleType("providers")
    vars(module).update(tables, AUTO_DETECT_PROVIDERS=["featherless"], something_else=object())
    found = Tables.from_module(module)
    assert list(found.configs) == ["featherless", "near", "huggingface", "openrouter"]
    assert found.aliases == {"hug": "huggingface"}
    assert found.configs["near"].slots["make_request"] == "make_near_request_openai"


def test_a_module_without_entries_is_refused():
    with pytest.raises(InvalidEntry) as caught:
        Tables.from_module(ModuleType("settings"))
    assert str(caught.value) == "module 'settings': has no PROVIDER_CONFIGS; define the dict of entries"


def test_a_mapping_with_a_misspelt_table_is_refused():
    with pytest.raises(InvalidEntry, match="the tables: has unknown fields 'SITE'; known are DEFAULT_PROVIDER"):
        read(SITE={})


REFUSED = [
    ({"PROVIDER_CONFIGS": []}, "PROVIDER_CONFIGS: is [] (list); write a dict"),
    ({"DEFAULT_TIMEOUT": "30"}, "DEFAULT_TIMEOUT: is '30' (str); write seconds, a number above zero"),
    ({"DEFAULT_PROVIDER": ""}, "DEFAULT_PROVIDER: is '' (str); write a non-empty string"),
    ({"PROVIDER_ALIASES": {"hug": None}}, "PROVIDER_ALIASES, 'hug': is None (NoneType); write a non-empty string"),
    ({"SLOTS": {"make": 1}}, "SLOTS, slot 'make': is 1 (int); write a non-empty string"),
    ({"SITES": {"": {}}}, "SITES, a key: is '' (str); write a non-empty string"),
    ({"SITES": {"chat": []}}, "site 'chat': is [] (list); write a dict"),
    ({"SITES": {"chat": {}}}, "site 'chat', slots: is None (NoneType); write a list of strings"),
    (
        {"SITES": {"chat": {"slots": [], "keep": []}}},
        "site 'chat': has unknown fields 'keep'; known are slots, default, kept, kept_slots, lazy, values",
    ),
    ({"SITES": {"chat": {"slots": ["a", "a"]}}}, "site 'chat', slots: has 'a' twice; keep one"),
    (
        {"SITES": {"chat": {"slots": ["name"]}}},
        "site 'chat', slots, an item: is 'name', which has a meaning of its own; choose another word",
    ),
    ({"SITES": {"chat": {"slots": [], "lazy": 1}}}, "site 'chat', lazy: is 1 (int); write True or False"),
    ({"SITES": {"chat": {"slots": [], "default": 1}}}, "site 'chat', default: is 1 (int); write a non-empty string"),
    (
        {"SITES": {"chat": {"slots": [], "default": "x"}}},
        "site 'chat', default: is 'x', which PROVIDER_CONFIGS does not have; add the entry or leave default out",
    ),
    ({"PROVIDER_CONFIGS": {"a": ProviderConfig("b")}}, "provider 'a': has the record of 'b'; use one name for both"),
]


@pytest.mark.parametrize(("tables", "message"), REFUSED, ids=[repr(tables) for tables, _ in REFUSED])
def test_a_table_that_is_not_well_formed_is_refused_with_one_clear_message(tables, message):
    with pytest.raises(InvalidEntry) as caught:
        Tables.from_mapping(tables)
    assert str(caught.value) == message


def test_a_naming_convention_that_gives_no_name_is_refused():
    with pytest.raises(InvalidEntry, match="SLOTS, slot 'make': 'make-x' is not a slot reference"):
        read(SLOTS={"make": "make-{}"})


def test_a_record_may_stand_where_an_entry_stands():
    assert read(PROVIDER_CONFIGS={"near": ProviderConfig("near", timeout=3)}).configs["near"].timeout == 3


def test_a_kept_provider_needs_no_entry():
    assert read(SITES={"chat": {"slots": [], "kept": ["raises-400"]}}).site("chat").kept == ("raises-400",)


def test_a_site_that_is_not_there_is_refused_by_name():
    with pytest.raises(UnknownSite) as caught:
        read(SITES={"chat": {"slots": []}, "stream": {"slots": []}}, PROVIDER_CONFIGS={"near": {"sites": ["chatt"]}})
    assert str(caught.value) == "no site 'chatt'; SITES has: chat, stream; add it or correct the name"
    assert (caught.value.asked, caught.value.known) == ("chatt", ("chat", "stream"))


def test_the_star_needs_no_site_to_be_there():
    assert read(PROVIDER_CONFIGS={"near": {"sites": "*"}}).configs["near"].sites == ("*",)


@pytest.mark.parametrize("sites", ["*", ["chat"]])
def test_a_provider_that_is_listed_for_a_site_and_does_not_fill_it_is_refused(sites):
    with pytest.raises(InvalidEntry) as caught:
        read(
            SITES={"chat": {"slots": ["make", "process"], "values": ["label", "timeout"]}},
            PROVIDER_CONFIGS={"near": {"module_name": "m", "sites": sites, "slots": {"make": "f", "process": None}}},
        )
    assert str(caught.value) == (
        "provider 'near': is listed for site 'chat' and gives no 'process', 'label'; "
        "add them to its slots or values, or leave the site out of its sites"
    )


@pytest.mark.parametrize("entry", [{}, {"sites": []}])
def test_a_provider_that_is_not_listed_need_not_fill_a_site(entry):
    assert read(SITES={"chat": {"slots": ["make"]}}, PROVIDER_CONFIGS={"near": entry}).configs["near"].name == "near"


def test_a_kept_provider_need_not_fill_the_site_where_it_is_kept():
    site = {"slots": ["make"], "kept": ["near"]}
    assert read(SITES={"chat": site}, PROVIDER_CONFIGS={"near": {"sites": "*"}}).configs["near"].sites == ("*",)


CHAT = SiteConfig("chat", ("make",), default="home", kept=("odd",))
FILLS = {"make": "m:f"}


@pytest.mark.parametrize(
    ("config", "role"),
    [
        (ProviderConfig("near", sites=("chat",), slots=FILLS), Role.MEMBER),
        (ProviderConfig("near", sites=("*",), slots=FILLS), Role.MEMBER),
        (ProviderConfig("near", sites=("other",), slots=FILLS), Role.STRANGER),
        (ProviderConfig("near", sites=(), slots=FILLS), Role.STRANGER),
        (ProviderConfig("near", slots=FILLS), Role.CANDIDATE),
        (ProviderConfig("near"), Role.STRANGER),
        (ProviderConfig("home", sites=(), slots=FILLS), Role.NAMED),
        (ProviderConfig("home", sites=("chat",), slots=FILLS), Role.MEMBER),
        (ProviderConfig("home", slots=FILLS), Role.MEMBER),
        (ProviderConfig("home"), Role.NAMED),
        (ProviderConfig("odd", sites=("*",), slots=FILLS), Role.NAMED),
        (ProviderConfig("odd", slots=FILLS), Role.NAMED),
    ],
    ids=repr,
)
def test_how_a_provider_stands_to_a_site(config: ProviderConfig, role: Role):
    assert CHAT.role_of(config) is role


def test_a_registry_reads_a_module_or_a_mapping(tables):
    module = ModuleType("providers")
    vars(module).update(tables)
    one, other = ProviderRegistry.from_module(module), ProviderRegistry.from_mapping(tables)
    assert one.list_providers() == other.list_providers() == ["featherless", "near", "huggingface", "openrouter"]
    assert (one.default_provider, one.default_timeout) == ("openrouter", 30)
