"""docs/reference/providers.md: every provider, with what its entry says, and nothing stale."""

import pytest

from cutover_cli._providers_check import STEPS
from cutover_registry.providers import specs

PATH = "docs/reference/providers.md"


@pytest.fixture
def providers_page(pages):
    return pages[PATH]


@pytest.mark.parametrize("name", specs())
def test_a_provider_has_a_section_with_all_of_its_entry(name, providers_page):
    spec = specs()[name]
    section = providers_page.text.split(f"\n## {spec.title}\n")[1].split("\n## ")[0]
    for variable in (*spec.key_env, *spec.settings_env, *spec.unsupported, *spec.limits, *spec.finish_reasons):
        assert f"`{variable}`" in section
    for text in (*spec.deviations, spec.base_url, spec.chat_path, *spec.limits.values()):
        assert text in section
    assert (spec.documentation or "| documentation | none was found |") in section


def test_the_table_has_a_row_for_each(providers_page):
    rows = [line for line in providers_page.text.splitlines() if line.startswith("| [")]
    assert len(rows) == len(specs()) == 22


def test_what_check_says_is_explained(providers_page):
    head = providers_page.text.split("\n## ")[0]
    assert [step for step in STEPS if f"`{step}`" not in head] == []
    assert all(
        f"`{word}`" in head for word in ("providers", "not_configured", "name", "state", "detail", "ok", "failed")
    )
