"""A slot is read when the call happens: patching, monkeypatching and reloading reach the registry arm."""

import importlib
from unittest.mock import patch

import pytest

from cutover_registry import hold_arm

CONFIG = """
SLOTS = {"make_request": "make_{}_request"}
SITES = {"chat": {"slots": ["make_request"]}}
PROVIDER_CONFIGS = {
    "near": {"module_name": "PKG.near_client", "sites": ["chat"]},
    "far": {"module_name": "PKG.far_client", "sites": ["chat"], "slots": {"make_request": "far_client.make_request"}},
}
"""
GATEWAY = """
from cutover_registry import ProviderRegistry, use_registry
from PKG import providers
{imports}

registry = ProviderRegistry.from_module(providers)
(CHAT,) = registry.bind(globals(), "chat")

def chat(provider):
    if use_registry(CHAT, provider):
        provider_config = CHAT.resolve(provider)
        return provider_config.make_request()
    elif provider == "near":
        return make_near_request()
    elif provider == "far":
        return far_client.make_request()
"""
APPLIED = "from PKG.near_client import make_near_request\nfrom PKG import far_client"


@pytest.fixture(params=[APPLIED, ""], ids=["legacy imports stay", "legacy imports are gone"])
def gateway(request, project):
    project.write("near_client", "def make_near_request(): return 'near 1'\n")
    project.write("far_client", "def make_request(): return 'far 1'\n")
    project.write("providers", CONFIG)
    project.write("gateway", GATEWAY.format(imports=request.param))
    return project.load("gateway")


@pytest.fixture(params=["legacy", "registry"])
def arm(request):
    with hold_arm(request.param):
        yield request.param


def test_both_arms_call_the_same(gateway, arm):
    assert (gateway.chat("near"), gateway.chat("far"), gateway.chat("nobody")) == ("near 1", "far 1", None)


def test_a_patch_of_the_gateways_name_reaches_the_call(gateway, arm):
    with patch(f"{gateway.__name__}.make_near_request", return_value="patched"):
        assert gateway.chat("near") == "patched"
    assert gateway.chat("near") == "near 1"


def test_a_patch_of_the_module_behind_a_path_reaches_the_call(gateway, arm):
    with patch(f"{gateway.far_client.__name__}.make_request", return_value="patched"):
        assert gateway.chat("far") == "patched"
    assert gateway.chat("far") == "far 1"


def test_a_patch_of_the_clients_own_name_reaches_neither_arm(gateway, arm, project):
    with patch(f"{project.name('near_client')}.make_near_request", return_value="patched"):
        assert gateway.chat("near") == "near 1"


def test_a_monkeypatched_name_reaches_the_call(gateway, arm, monkeypatch):
    monkeypatch.setattr(gateway, "make_near_request", lambda: "monkey")
    assert gateway.chat("near") == "monkey"


def test_a_deleted_name_raises_the_name_error_of_the_legacy_read(gateway, arm, monkeypatch):
    monkeypatch.delattr(gateway, "make_near_request")
    with pytest.raises(NameError, match=r"^name 'make_near_request' is not defined$"):
        gateway.chat("near")


def test_a_deleted_attribute_behind_a_path_raises_the_legacy_attribute_error(gateway, arm, monkeypatch):
    monkeypatch.delattr(gateway.far_client, "make_request")
    with pytest.raises(AttributeError, match=r"^module '.*far_client' has no attribute 'make_request'$"):
        gateway.chat("far")


def test_reloading_a_client_alone_changes_a_path_and_not_a_name(gateway, arm, project):
    project.write("near_client", "def make_near_request(): return 'near 22'\n")
    project.write("far_client", "def make_request(): return 'far 22'\n")
    importlib.reload(project.load("near_client"))
    importlib.reload(project.load("far_client"))
    assert (gateway.chat("near"), gateway.chat("far")) == ("near 1", "far 22")


def test_reloading_client_and_gateway_binds_anew(gateway, arm, project):
    project.write("near_client", "def make_near_request(): return 'near 22'\n")
    importlib.reload(project.load("near_client"))
    importlib.reload(gateway)
    assert gateway.chat("near") == "near 22"


def test_reloading_the_gateway_keeps_both_arms_alike(gateway, arm):
    before = gateway.CHAT
    importlib.reload(gateway)
    assert gateway.CHAT is not before
    assert (gateway.chat("near"), gateway.chat("far")) == ("near 1", "far 1")


REGISTRY_MODULE = """
from cutover_registry import ProviderRegistry
from PKG import providers
registry = ProviderRegistry.from_module(providers)
"""
FINISHED = """
from PKG.provider_registry import registry
(CHAT,) = registry.bind(globals(), "chat")
"""


def test_reloading_a_finished_gateway_of_a_lasting_registry_binds_anew(project):
    project.write("near_client", "def make_near_request(): return 'near 1'\n")
    project.write("far_client", "def make_request(): return 'far 1'\n")
    project.write("providers", CONFIG)
    project.write("provider_registry", REGISTRY_MODULE)
    project.write("gateway", FINISHED)
    gateway = project.load("gateway")
    project.write("near_client", "def make_near_request(): return 'near 22'\n")
    importlib.reload(project.load("near_client"))
    assert gateway.CHAT.resolve("near").make_request() == "near 1"
    importlib.reload(gateway)
    assert gateway.CHAT.resolve("near").make_request() == "near 22"
    assert gateway.make_near_request() == "near 22"


def test_reloading_a_finished_gateway_leaves_a_patch_in_place(project):
    project.write("near_client", "def make_near_request(): return 'near 1'\n")
    project.write("far_client", "def make_request(): return 'far 1'\n")
    project.write("providers", CONFIG)
    project.write("provider_registry", REGISTRY_MODULE)
    project.write("gateway", FINISHED)
    gateway = project.load("gateway")
    with patch.object(gateway, "make_near_request", lambda: "patched"):
        importlib.reload(gateway)
        assert gateway.CHAT.resolve("near").make_request() == "patched"
