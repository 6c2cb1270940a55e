import ast

import pytest

from cutover_cli._plant._config import absolute_reference, read_config
from cutover_cli._plant._sources import Source
from cutover_registry import ProviderRegistry

TEXT = '''\
"""Table — of one gateway."""
SLOTS = {"ask": "ask_{}"}
SITES = {"talk": {"slots": ["ask"], "kept": ["elm"], "values": ["label", "timeout"]}, "live": {"slots": ["more"], "default": "ash"}}
PROVIDER_CONFIGS = {
    "ash": {"module_name": "m.ash", "sites": "*", "slots": {"more": "x as ash_more"}, "values": {"label": "Ä"}, "timeout": 5},
    "b-1": {"module_name": "m.b", "sites": ["talk"], "slots": {}, "values": {"label": "B"}},  # stays
    "elm": {"module_name": "m.elm", "sites": ["talk", "live"], "slots": {"ask": "m.other:ask_elm", "more": ".own"}},
    "new": {"module_name": "m.new"},
    "tree": {"module_name": "m.tree_client", "sites": [], "slots": {"ask": "tree_client.ask", "more": None}},
}
'''  # noqa: E501


@pytest.fixture
def config():
    return read_config(Source("providers.py", TEXT, "utf-8"))


@pytest.fixture
def table_after(config):
    def give(splices):
        text = config.source.spliced(splices)
        assert "# stays" in text
        return {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(text).body[1:]}

    return give


def test_a_site_serves_whom_its_entries_list_save_those_whose_branch_was_kept(config):
    assert config.members("talk") == ("ash", "b-1")
    assert config.members("live") == ("ash", "elm")
    assert (config.default("talk"), config.default("live")) == (None, "ash")


def test_the_table_is_read_as_the_registry_reads_it(config):
    registry = ProviderRegistry.from_mapping(config.tables)
    assert [registry.site(name).keys() for name in ("talk", "live")] == [config.members("talk"), config.members("live")]
    for provider in config.entries:
        references = registry.get(provider).references()
        for slot in ("ask", "more"):
            assert config.reference(provider, slot) == references.get(slot)


def test_a_provider_fills_a_site_with_all_slots_and_values(config):
    assert [name for name in config.entries if config.fills(name, "talk")] == ["ash", "b-1"]
    assert [name for name in config.entries if config.fills(name, "live")] == ["ash", "elm"]


@pytest.mark.parametrize(
    ("provider", "slot", "text"),
    [
        ("b-1", "ask", "m.b:ask_b_1"),
        ("ash", "more", "m.ash:x as ash_more"),
        ("elm", "ask", "m.other:ask_elm"),
        ("elm", "more", ".own"),
        ("tree", "ask", "m:tree_client.ask"),
    ],
)
def test_a_reference_means_the_same_in_another_entry(config, provider, slot, text):
    reference = config.reference(provider, slot)
    assert absolute_reference(reference) == text
    elsewhere = type(reference).parse(text, module_name="somewhere.else")
    assert elsewhere.expression == reference.expression


def test_slots_are_replaced_where_they_are_and_added_where_they_are_not(table_after, config):
    entries = table_after(config.with_slots("elm", {"ask": "one", "new": "two"}))["PROVIDER_CONFIGS"]
    assert entries["elm"]["slots"] == {"ask": "one", "more": ".own", "new": "two"}
    assert table_after(config.with_slots("b-1", {"ask": "one"}))["PROVIDER_CONFIGS"]["b-1"]["slots"] == {"ask": "one"}
    assert table_after(config.with_slots("new", {"ask": "ä"}))["PROVIDER_CONFIGS"]["new"]["slots"] == {"ask": "ä"}


def test_fields_and_defaults_are_set(table_after, config):
    assert table_after(config.with_field("ash", "timeout", 11))["PROVIDER_CONFIGS"]["ash"]["timeout"] == 11
    assert table_after(config.with_field("new", "sites", ["live"]))["PROVIDER_CONFIGS"]["new"]["sites"] == ["live"]
    assert table_after(config.with_default("talk", "b-1"))["SITES"]["talk"]["default"] == "b-1"
    assert table_after(config.with_default("live", "elm"))["SITES"]["live"]["default"] == "elm"


@pytest.mark.parametrize(
    "text", ["SITES = {}\n", "SITES = {}\nPROVIDER_CONFIGS = dict(a=1)\n", 'SITES = {"a": 1}\nPROVIDER_CONFIGS = {}\n']
)
def test_tables_that_are_no_dicts_of_dicts_are_refused(text):
    with pytest.raises(ValueError, match=r"providers.py has no (SITES|PROVIDER_CONFIGS) that is a dict of dicts"):
        read_config(Source("providers.py", text, "utf-8"))
