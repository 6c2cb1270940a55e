"""A 23rd provider is one client module and one entry; the lines that a migrated gateway promises work."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = '''"""Acme: speaks the protocol of the others."""

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat


def make_acme_request_openai(messages, model, **kwargs):
    return post_chat("acme", build_payload(messages, model, kwargs), auth_headers("acme"))


def process_acme_response(response):
    return {**response, "system_fingerprint": "by acme"}


def make_acme_request_openai_stream(messages, model, **kwargs):
    return stream_chat("acme", build_payload(messages, model, kwargs), auth_headers("acme"))
'''
ENTRY = '    "acme": {"timeout": 90, "priority": 23, "auto_detect": True, "module_name": "src.services.acme_client"},\n'
PROMISED = """
import sys
sys.path.insert(0, "")
messages, model, options = [{"role": "user", "content": "Hi"}], "openrouter/m", {"temperature": 0.2}

from src.services.provider_loader import load_all_providers, load_provider, get_provider_or_error
from src.services.provider_registry import ProviderConfig, ProviderRegistry, get_provider_registry
from src.config.providers import PROVIDER_CONFIGS, DEFAULT_PROVIDER, AUTO_DETECT_PROVIDERS
load_all_providers(); get_provider_registry().get("openrouter").make_request(messages, model, **options)
"""
MORE = """
answer = get_provider_registry().get("openrouter").make_request(messages, model, **options)
print(answer["choices"][0]["message"]["content"])
print(len(PROVIDER_CONFIGS), DEFAULT_PROVIDER, AUTO_DETECT_PROVIDERS[0])
print(isinstance(get_provider_registry(), ProviderRegistry), isinstance(get_provider_or_error("groq"), ProviderConfig))
print(load_provider("hug").name)
"""


@pytest.fixture
def python(shell_environment, upstream):
    """Run this Python in a tree, with the fake upstream; give what it printed."""

    def run(*argv, cwd):
        ran = subprocess.run(
            [sys.executable, *map(str, argv)], cwd=cwd, text=True, capture_output=True, check=False,
            env=shell_environment() | {"UPSTREAM_BASE_URL": upstream},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


@pytest.fixture
def drive(python):
    """Ask a gateway for a provider at each endpoint, plain and streamed."""

    def drive(root, provider):
        return json.loads(python(Path(__file__).with_name("drive_gateway.py"), provider, cwd=root))

    return drive


def add_acme(root, entry=ENTRY):
    (root / "src" / "services" / "acme_client.py").write_text(CLIENT)
    table = root / "src" / "config" / "providers.py"
    head, mark, rest = table.read_text().partition("PROVIDER_CONFIGS = {\n")
    entries, end, after = rest.partition("\n}\n")
    assert mark
    assert end
    table.write_text(f"{head}{mark}{entries}\n{entry}}}\n{after}")
    return root


def test_before_it_is_entered_it_takes_the_default_arm(migrated, drive, tmp_path):
    seen = drive(migrated.copy("legacy_gateway", "finished", tmp_path / "g"), "acme")
    assert "acme" not in {provider for provider, _ in seen["asked"]}


def test_it_is_called_at_each_of_the_four_sites(migrated, drive, tmp_path):
    seen = drive(add_acme(migrated.copy("legacy_gateway", "finished", tmp_path / "g")), "acme")
    assert [status for status, _ in seen["answers"]] == [200] * 4
    assert seen["asked"] == [["acme", False], ["acme", True], ["acme", False], ["acme", True]]


def test_its_own_functions_see_the_answer(migrated, drive, tmp_path):
    seen = drive(add_acme(migrated.copy("legacy_gateway", "finished", tmp_path / "g")), "acme")
    plain = json.loads(seen["answers"][0][1])
    assert "acme" in plain["choices"][0]["message"]["content"]
    assert "data: [DONE]" in seen["answers"][1][1]


def test_its_timeout_and_auto_detection_are_those_of_its_entry(migrated, drive, tmp_path):
    root = migrated.copy("legacy_gateway", "finished", tmp_path / "g")
    before = drive(root, "groq")
    seen = drive(add_acme(root), "acme")
    assert seen["timeouts"] == {"acme": 90, "huggingface": 120, "groq": None}
    assert "acme" not in before["auto_detect"]
    assert seen["auto_detect"] == [*before["auto_detect"], "acme"]


def test_one_that_may_not_be_detected_is_not(migrated, drive, tmp_path):
    entry = ENTRY.replace('"auto_detect": True', '"auto_detect": False').replace('"timeout": 90, ', "")
    seen = drive(add_acme(migrated.copy("legacy_gateway", "finished", tmp_path / "g"), entry), "acme")
    assert "acme" not in seen["auto_detect"]
    assert seen["timeouts"]["acme"] is None
    assert len(seen["asked"]) == 4


def test_the_certificate_says_that_it_is_new(migrated, cutover, tmp_path):
    root = add_acme(migrated.copy("legacy_gateway", "finished", tmp_path / "g"))
    ran = cutover("verify", cwd=root)
    assert ran.code == 0
    assert ran.out.count("added acme at ") == 4
    assert len(cutover("verify", "--json", cwd=root).data["additions"]) == 4


def test_one_whose_client_is_broken_takes_nobody_with_it(migrated, drive, tmp_path):
    root = add_acme(migrated.copy("legacy_gateway", "finished", tmp_path / "g"))
    (root / "src" / "services" / "acme_client.py").write_text("import a_package_that_is_not_there\n")
    seen = drive(root, "groq")
    assert [status for status, _ in seen["answers"]] == [200] * 4
    assert {provider for provider, _ in seen["asked"]} == {"groq"}


@pytest.mark.parametrize("state", ["applied", "finished"])
def test_the_promised_lines_work_as_they_stand(state, migrated, python, tmp_path):
    root = migrated.copy("legacy_gateway", state, tmp_path / "g")
    said = python("-c", PROMISED + MORE, cwd=root).splitlines()
    assert said[0].startswith("openrouter on m heard ")
    assert said[1:] == ["22 openrouter huggingface", "True True", "huggingface"]
