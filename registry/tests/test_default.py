"""The process-wide registry follows the plain tables of the door, and the door's functions act on it."""

from collections.abc import Iterator

import pytest

import cutover_registry
from cutover_registry import (
    AUTO_DETECT_PROVIDERS,
    DEFAULT_PROVIDER,
    PROVIDER_ALIASES,
    PROVIDER_CONFIGS,
    DuplicateProvider,
    InvalidEntry,
    ProviderConfig,
    ProviderUnavailable,
    UnknownProvider,
    get_provider_or_error,
    get_provider_registry,
    get_provider_timeout,
    load_all_providers,
    load_provider,
    normalize_provider_name,
    register_provider,
)


@pytest.fixture(autouse=True)
def empty_tables() -> Iterator[None]:
    yield
    for table in (PROVIDER_CONFIGS, PROVIDER_ALIASES, AUTO_DETECT_PROVIDERS):
        table.clear()
    assert len(get_provider_registry()) == 0


def test_it_is_empty_at_first_and_always_the_same():
    assert get_provider_registry() is get_provider_registry()
    assert get_provider_registry().list_providers() == []
    assert get_provider_registry().default_provider == DEFAULT_PROVIDER == "openrouter"


def test_an_entry_in_the_table_is_a_provider(project):
    PROVIDER_CONFIGS["near"] = {"module_name": project.client("near"), "timeout": 120}
    assert get_provider_registry().get("near").make_request([], "m") == ("near", "request", "m")
    assert get_provider_timeout("near") == 120


def test_a_changed_entry_is_taken_and_an_unchanged_one_is_left():
    PROVIDER_CONFIGS["near"] = {"timeout": 1}
    PROVIDER_CONFIGS["far"] = {"timeout": 1}
    far = get_provider_registry().get("far")
    PROVIDER_CONFIGS["near"]["timeout"] = 2
    assert get_provider_timeout("near") == 2
    assert get_provider_registry().get("far") is far


def test_an_entry_that_leaves_the_table_is_gone():
    PROVIDER_CONFIGS["near"] = {}
    assert "near" in get_provider_registry()
    del PROVIDER_CONFIGS["near"]
    assert "near" not in get_provider_registry()


def test_an_entry_that_is_not_well_formed_is_refused_when_it_is_read():
    PROVIDER_CONFIGS["near"] = {"time": 3}
    with pytest.raises(InvalidEntry, match="provider 'near': has unknown fields 'time'"):
        get_provider_registry()


def test_a_registered_provider_is_in_the_tables():
    config = ProviderConfig("near", auto_detect=True)
    register_provider(config)
    register_provider(ProviderConfig("far"))
    assert PROVIDER_CONFIGS["near"] is config
    assert AUTO_DETECT_PROVIDERS == ["near"]
    register_provider(config, replace=True)
    assert AUTO_DETECT_PROVIDERS == ["near"]


def test_a_duplicate_is_refused_also_against_the_table():
    PROVIDER_CONFIGS["near"] = {"timeout": 1}
    with pytest.raises(DuplicateProvider, match="'near' is registered already"):
        register_provider(ProviderConfig("near"))
    assert PROVIDER_CONFIGS["near"] == {"timeout": 1}


def test_a_provider_that_the_registry_was_given_directly_stays():
    get_provider_registry().register(ProviderConfig("direct"))
    PROVIDER_CONFIGS["near"] = {}
    assert get_provider_registry().list_providers() == ["direct", "near"]
    get_provider_registry().unregister("direct")


def test_an_entry_that_the_registry_lost_is_no_trouble():
    PROVIDER_CONFIGS["near"] = {}
    get_provider_registry().unregister("near")
    del PROVIDER_CONFIGS["near"]
    assert "near" not in get_provider_registry()


def test_aliases_follow_their_table():
    PROVIDER_CONFIGS["huggingface"] = {"timeout": 120}
    PROVIDER_ALIASES["hug"] = "huggingface"
    assert (normalize_provider_name("hug"), get_provider_timeout("hug")) == ("huggingface", 120)
    PROVIDER_ALIASES["hug"] = "other"
    assert normalize_provider_name("hug") == "other"
    del PROVIDER_ALIASES["hug"]
    assert normalize_provider_name("hug") == "hug"


@pytest.mark.parametrize("name", [None, 3, "HUG", "nobody"])
def test_normalizing_anything_else_returns_it(name):
    assert normalize_provider_name(name) is name


def test_the_door_loads_providers(project):
    PROVIDER_CONFIGS["near"] = {"module_name": project.client("near")}
    PROVIDER_CONFIGS["broken"] = {"module_name": project.name("absent")}
    outcome = load_all_providers()
    assert outcome["near"] is None
    assert isinstance(outcome["broken"], ModuleNotFoundError)
    assert load_provider("near") is get_provider_or_error("near")
    with pytest.raises(ModuleNotFoundError):
        load_provider("broken")
    with pytest.raises(ProviderUnavailable, match="provider 'broken' is not available"):
        get_provider_or_error("broken")
    with pytest.raises(UnknownProvider, match="no provider 'nobody'; registered are: near, broken"):
        get_provider_or_error("nobody")


def test_a_timeout_of_nobody_is_the_default():
    assert get_provider_timeout("nobody") == 30


def test_the_tables_are_the_doors_own():
    assert cutover_registry.PROVIDER_CONFIGS is PROVIDER_CONFIGS
