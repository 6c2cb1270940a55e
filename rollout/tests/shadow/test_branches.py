"""What a module's source says of its branches: functions and constants in the template's holes, and the rest."""

import sys
import types

import pytest

from cutover_registry import ProviderRegistry
from cutover_rollout.shadow._branches import branches_of

CONFIG = {"SITES": {"chat": {"slots": ["ask"]}}, "PROVIDER_CONFIGS": {}}
ELIF = """
def serve(provider, messages):
    if use_registry(CHAT, provider):
        provider_config = CHAT.resolve(provider)
        raw = send(provider_config.ask, messages, label=provider_config.label, timeout=3)
    elif provider == "near":
        raw = send(ask_near, messages, label="Near AI", timeout=3)
    elif provider in ("groq", "grok"):
        raw = send(clients.ask_groq, messages, label="Groq", timeout=3)
    elif provider == "xai":
        raw = send(ask_xai, messages, label="xAI", timeout=30)
    elif provider == "open" or "open" == provider:
        raw = other()
    else:
        raw = None
    return raw
"""
MATCH = """
def serve(provider, messages):
    match provider:
        case _ if use_registry(CHAT, provider):
            provider_config = CHAT.resolve(provider)
            return provider_config.ask(messages, getattr(client, provider_config.method))
        case "near" | "nearer":
            return ask_near(messages, client.complete)
        case "groq" if messages:
            return ask_groq(messages, client.complete)
"""


@pytest.fixture
def branches(tmp_path):
    def read(source: str):
        path = tmp_path / "routes.py"
        path.write_text(source)
        module = types.ModuleType("shadowed_routes")
        module.__file__ = str(path)
        (module.CHAT,) = ProviderRegistry.from_mapping(CONFIG).bind(vars(module), "chat")
        sys.modules[module.__name__] = module
        try:
            return branches_of(module.__name__, "chat")
        finally:
            del sys.modules[module.__name__]

    return read


def test_the_holes_of_each_branch_are_found(branches):
    found = branches(ELIF)
    assert found.keys() == {"near", "groq", "grok", "xai", "open"}
    assert (found["near"].functions, found["near"].values) == ({"ask_near": "ask"}, {"label": "Near AI"})
    assert found["grok"].functions == {"clients.ask_groq": "ask"}
    assert found["near"].difference == found["groq"].difference == ""


def test_a_branch_that_is_another_program_is_said_with_its_lines(branches):
    found = branches(ELIF)
    assert found["xai"].difference == "the template (line 5) and the branch (line 11) are not the same program"
    assert found["open"].difference


def test_cases_are_read_like_branches_and_guarded_ones_are_left_alone(branches):
    found = branches(MATCH)
    assert found.keys() == {"near", "nearer"}
    assert (found["near"].functions, found["near"].values) == ({"ask_near": "ask"}, {"method": "complete"})
    assert found["near"].difference == ""


@pytest.mark.parametrize("source", ["", "def serve(:", "x = 1", "if use_registry(OTHER, p):\n    pass\n"])
def test_a_module_that_is_written_otherwise_has_no_branches(branches, source):
    assert branches(source) == {}


def test_a_module_that_is_not_there_has_none():
    assert branches_of("no.such.module", "chat") == {}
