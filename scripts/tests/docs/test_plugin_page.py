"""docs/how-to/write-a-plugin.md and add-a-provider.md: what they show is built, installed and taken in."""

import json
import os
import subprocess
import sys

import pytest

from cutover_registry import ProviderRegistry

PLUGIN, ENTRY = "docs/how-to/write-a-plugin.md", "docs/how-to/add-a-provider.md"
TAKEN_IN = """
import json, sys
from cutover_registry import ProviderRegistry, list_plugins
print(*list_plugins())
registry = ProviderRegistry.from_mapping({"SITES": {"chat": {"slots": ["make_request", "process_response"]}}})
(chat,) = registry.bind({}, "chat")
outcome = {name: str(error) for name, error in registry.load_plugins().items()}
print(json.dumps([outcome, list(chat.keys()), registry.supports("acme", "tools"), "httpx" in sys.modules]))
print(chat.resolve("acme").process_response({"choices": []}))
try:
    chat.resolve("acme").make_request([], "m")
except LookupError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def installed(pages, tmp_path_factory):
    """The folder that the plugin of the page was installed into."""
    project, target = tmp_path_factory.mktemp("acme-for-cutover"), tmp_path_factory.mktemp("site")
    page = pages[PLUGIN]
    (project / "pyproject.toml").write_text(page.fences("toml")[0])
    (project / "acme_for_cutover.py").write_text(page.fences("python")[0])
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", target, project], check=True, capture_output=True
    )
    return target


def test_the_plugin_of_the_page_is_installed_and_taken_in(installed, pages, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "ACME_API_KEY"}
    done = subprocess.run(
        [sys.executable, "-c", TAKEN_IN], env=environment | {"PYTHONPATH": str(installed)}, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    listed, taken, processed, refused = done.stdout.splitlines()
    assert listed == pages[PLUGIN].fences("text")[0].strip()
    assert json.loads(taken) == [{"acme": "None"}, ["acme"], True, False]
    assert processed == "{'choices': []}"
    assert refused == "acme: not configured; set ACME_API_KEY in the environment"


def test_the_entry_with_a_ready_client_joins_its_sites(pages):
    (listing,) = [text for text in pages[ENTRY].fences("python") if "providers.slots" in text]
    entry = eval(f"{{{listing}}}")
    slots = list(entry["groq"]["slots"])
    registry = ProviderRegistry.from_mapping({"SITES": {"chat": {"slots": slots}}, "PROVIDER_CONFIGS": entry})
    (chat,) = registry.bind({}, "chat")
    assert chat.keys() == ("groq",)
    assert [callable(getattr(chat.resolve("groq"), slot)) for slot in slots] == [True] * 3
