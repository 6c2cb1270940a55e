"""Providers by name: registering, aliases, timeouts, loading, and what is said when it fails."""

import re

import pytest

from cutover_registry import (
    CutoverRegistryError,
    DuplicateProvider,
    InvalidEntry,
    ProviderConfig,
    ProviderRegistry,
    ProviderUnavailable,
    UnknownProvider,
)


@pytest.fixture
def empty() -> ProviderRegistry:
    return ProviderRegistry()


def test_a_registered_provider_is_found(empty):
    config = empty.register(ProviderConfig("near"))
    assert empty.get("near") is config
    assert "near" in empty
    assert len(empty) == 1


def test_a_duplicate_is_refused_and_both_sides_are_named(empty):
    empty.register(ProviderConfig("near", "first.client"))
    with pytest.raises(DuplicateProvider) as caught:
        empty.register(ProviderConfig("near", "second.client"))
    assert re.fullmatch(
        r"'near' is registered already: present is ProviderConfig\(name='near', module_name='first\.client'.*\), "
        r"offered was ProviderConfig\(name='near', module_name='second\.client'.*\); "
        r"unregister the first or pass replace=True",
        str(caught.value),
    )
    assert caught.value.name == "near"
    assert empty.get("near").module_name == "first.client"


def test_a_duplicate_is_welcome_with_replace(empty):
    empty.register(ProviderConfig("near", "first.client"))
    empty.register(ProviderConfig("far"))
    empty.register(ProviderConfig("near", "second.client"), replace=True)
    assert empty.get("near").module_name == "second.client"
    assert empty.list_providers() == ["near", "far"]


def test_registering_merges_the_naming_convention(registry, project):
    config = registry.register(ProviderConfig("new-one", project.client("new-one"), sites=()))
    assert config.slots["make_request"] == "make_new_one_request_openai"


def test_an_entry_that_is_not_well_formed_is_refused_at_registration(registry):
    with pytest.raises(InvalidEntry, match="provider 'new': is listed for site 'chat' and gives no 'make_request'"):
        registry.register(ProviderConfig("new", sites=("chat",)))
    assert "new" not in registry


def test_an_unregistered_provider_is_gone(registry):
    gone = registry.unregister("near")
    assert gone.name == "near"
    assert "near" not in registry
    assert registry.register(gone).name == "near"


@pytest.mark.parametrize("name", ["hug", "NEAR", "absent"])
def test_only_an_exact_name_can_be_unregistered(name, registry):
    with pytest.raises(UnknownProvider, match=f"no provider '{name}'; registered are: featherless, near"):
        registry.unregister(name)


def test_an_unknown_provider_is_named_with_those_that_are_known(registry):
    with pytest.raises(UnknownProvider) as caught:
        registry.get("nera")
    assert str(caught.value) == (
        "no provider 'nera'; registered are: featherless, near, huggingface, openrouter; "
        "add an entry or correct the name"
    )
    assert isinstance(caught.value, LookupError)
    assert isinstance(caught.value, CutoverRegistryError)


@pytest.mark.parametrize("name", ["Near", " near", "near ", "", None, 3, ["near"]])
def test_the_lookup_folds_strips_and_guesses_nothing(name, registry):
    with pytest.raises(UnknownProvider):
        registry.get(name)
    assert name not in registry


def test_an_alias_leads_to_its_provider(registry):
    assert registry.get("hug").name == "huggingface"
    assert registry.get_timeout("hug") == 120


def test_an_exact_name_goes_before_an_alias(registry):
    registry.register(ProviderConfig("hug", timeout=7, sites=()))
    assert registry.get("hug").name == "hug"


def test_an_alias_of_nobody_is_unknown(registry):
    registry.add_alias("ghost", "nobody")
    with pytest.raises(UnknownProvider, match="no provider 'ghost'"):
        registry.get("ghost")


def test_an_alias_that_is_taken_is_refused_unless_replaced(registry):
    with pytest.raises(DuplicateProvider) as caught:
        registry.add_alias("hug", "near")
    assert str(caught.value) == (
        "'hug' is registered already: present is an alias of 'huggingface', offered was an alias of 'near'; "
        "unregister the first or pass replace=True"
    )
    registry.add_alias("hug", "huggingface")
    registry.add_alias("hug", "near", replace=True)
    assert registry.get("hug").name == "near"
    registry.remove_alias("hug")
    registry.remove_alias("hug")
    assert registry.normalize("hug") == "hug"


@pytest.mark.parametrize(("alias", "name"), [("", "near"), ("x", ""), (None, "near"), ("x", None)])
def test_an_alias_and_its_name_are_strings(alias, name, registry):
    with pytest.raises(InvalidEntry, match="alias"):
        registry.add_alias(alias, name)


@pytest.mark.parametrize("name", ["near", "HUG", "hug ", "", None, 3, ("hug",)])
def test_normalizing_returns_the_argument_itself_where_no_alias_equals_it(name, registry):
    assert registry.normalize(name) is name


def test_normalizing_goes_one_step_and_no_further(registry):
    registry.add_alias("hf", "hug")
    assert registry.normalize("hf") == "hug"


def test_providers_are_listed_by_priority_then_in_table_order(registry):
    for name, priority in (("last", 100), ("first", 0), ("same", 2)):
        registry.register(ProviderConfig(name, priority=priority, sites=()))
    assert registry.list_providers() == ["first", "featherless", "near", "same", "huggingface", "openrouter", "last"]


def test_timeouts_are_the_own_ones_in_table_order_in_a_new_dict(registry):
    timeouts = registry.timeouts()
    assert list(timeouts.items()) == [("near", 120), ("huggingface", 120)]
    timeouts.clear()
    assert registry.timeouts()


@pytest.mark.parametrize(("name", "seconds"), [("near", 120), ("featherless", 30), ("nobody", 30), ("hug", 120)])
def test_a_timeout_is_the_own_one_or_the_default(name, seconds, registry):
    assert registry.get_timeout(name) == seconds


@pytest.fixture
def broken(registry, project) -> ProviderRegistry:
    module = project.write("broken_client", "raise RuntimeError('no key for broken')\n")
    registry.register(ProviderConfig("broken", module, sites=()))
    return registry


def test_loading_imports_the_modules(registry, project):
    assert registry.load("hug").name == "huggingface"
    assert project.loaded("huggingface_client")
    assert not project.loaded("near_client")


def test_loading_raises_what_the_import_raises_and_records_it(broken):
    with pytest.raises(RuntimeError, match="no key for broken") as caught:
        broken.load("broken")
    assert broken.get_import_errors() == {"broken": caught.value}


def test_loading_an_unknown_provider_records_nothing(registry):
    with pytest.raises(UnknownProvider):
        registry.load("nobody")
    assert registry.get_import_errors() == {}


def test_loading_all_leaves_each_provider_to_itself(broken):
    outcome = broken.load_all()
    assert list(outcome) == ["featherless", "near", "huggingface", "openrouter", "broken"]
    assert [name for name, error in outcome.items() if error is not None] == ["broken"]
    assert str(outcome["broken"]) == "no key for broken"


def test_a_later_success_clears_the_record(broken, project):
    broken.load_all()
    project.write("broken_client", "mended = True\n")
    broken.load("broken")
    assert broken.get_import_errors() == {}


def test_unregistering_clears_the_record(broken):
    broken.load_all()
    broken.unregister("broken")
    assert broken.get_import_errors() == {}


def test_get_or_error_names_the_reason(broken):
    with pytest.raises(ProviderUnavailable) as caught:
        broken.get_or_error("broken")
    assert str(caught.value) == (
        "provider 'broken' is not available: its import failed with RuntimeError: no key for broken; "
        "mend the module or unregister the provider"
    )
    assert caught.value.__cause__ is caught.value.reason
    assert broken.get_or_error("near").name == "near"


@pytest.mark.parametrize(("name", "available"), [("near", True), ("hug", True), ("broken", False), ("nobody", False)])
def test_a_provider_is_available_when_it_is_known_and_imports(name, available, broken):
    assert broken.is_available(name) is available


def test_an_import_error_can_be_recorded_by_hand(registry):
    error = ValueError("x")
    registry.record_import_error("near", error)
    registry.record_import_error("far", "not installed")
    assert registry.get_import_errors()["near"] is error
    assert repr(registry.get_import_errors()["far"]) == "ImportError('not installed')"
    registry.get_import_errors().clear()
    assert len(registry.get_import_errors()) == 2


def test_async_streaming_needs_a_function_for_its_slot(registry, project):
    module = project.write("fast_client", "async def stream(): yield 1\nnothing = None\n")
    for name, reference in {"yes": "stream", "not_callable": "nothing", "absent": "gone", "says_no": None}.items():
        slots = {"make_request_stream_async": reference}
        registry.register(ProviderConfig(name, module, slots=slots, sites=()))
    names = ["yes", "not_callable", "absent", "says_no", "near", "nobody"]
    assert [registry.supports_async_streaming(name) for name in names] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    "source",
    ["import nowhere_at_all", "def (", "raise SystemExit(1)", "def f(): f()\nf()"],
    ids=["ImportError", "SyntaxError", "SystemExit", "endless recursion"],
)
def test_one_broken_provider_leaves_the_others_working(registry, project, source):
    registry.register(ProviderConfig("broken", project.write("broken_client", source), sites=()))
    outcome = registry.load_all()
    assert [name for name, error in outcome.items() if error is not None] == ["broken"]
    assert registry.get_import_errors() == {"broken": outcome["broken"]}
    assert [name for name in registry.list_providers() if registry.is_available(name)] == [
        "featherless",
        "near",
        "huggingface",
        "openrouter",
    ]
    with pytest.raises(ProviderUnavailable, match="provider 'broken' is not available: its import failed with"):
        registry.get_or_error("broken")


def test_an_interrupt_is_not_for_the_registry(registry, project):
    registry.register(ProviderConfig("stopped", project.write("stopped", "raise KeyboardInterrupt"), sites=()))
    with pytest.raises(KeyboardInterrupt):
        registry.load_all()


def test_a_new_entry_whose_import_exits_joins_nothing_and_takes_nobody_down(registry, project):
    (chat,) = registry.bind({}, "chat")
    registry.register(ProviderConfig("broken", project.write("exits", "raise SystemExit(1)")))
    assert "broken" not in chat
    assert isinstance(registry.get_import_errors()["broken"], SystemExit)


def test_loading_lazily_imports_nothing(registry, project):
    assert registry.load_all(lazy=True) == dict.fromkeys(["featherless", "near", "huggingface", "openrouter"])
    assert not project.loaded("near_client")


def test_loading_lazily_gives_the_errors_that_are_known(registry, project):
    registry.register(ProviderConfig("broken", project.write("broken_client", "1 / 0"), sites=()))
    registry.load_all()
    assert isinstance(registry.load_all(lazy=True)["broken"], ZeroDivisionError)


def test_capabilities_are_what_the_entry_says():
    registry = ProviderRegistry.from_mapping(
        {"PROVIDER_ALIASES": {"n": "near"}, "PROVIDER_CONFIGS": {"near": {"capabilities": ["tools", "multimodal"]}}}
    )
    asked = [("near", "tools"), ("n", "multimodal"), ("near", "audio"), ("nobody", "tools")]
    assert [registry.supports(*each) for each in asked] == [True, True, False, False]


def test_a_capability_is_a_word():
    with pytest.raises(InvalidEntry, match="provider 'near', capabilities, an item: is 1"):
        ProviderConfig("near", capabilities=[1])
