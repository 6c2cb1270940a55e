"""A worker that really runs follows the switch, by site and by provider, without being told."""

import json
import os
import selectors
import subprocess
import sys

import pytest

from cutover_rollout import set_arm

PROVIDERS = """
DEFAULT_PROVIDER = "near"
SLOTS = {"make_request": "make_{}_request"}
SITES = {
    "chat": {"slots": ["make_request"], "default": "near"},
    "responses": {"slots": ["make_request"], "default": "near"},
}
PROVIDER_CONFIGS = {
    "near": {"module_name": "clients", "sites": "*"},
    "groq": {"module_name": "clients", "sites": "*"},
}
"""

CLIENTS = """
def make_near_request(messages, model):
    return "near"

def make_groq_request(messages, model):
    return "groq"
"""

WORKER = """
import json, time
from cutover_registry import ProviderRegistry, use_registry
import providers
from clients import make_near_request, make_groq_request

registry = ProviderRegistry.from_module(providers)
CHAT, RESPONSES = registry.bind(globals(), "chat", "responses")

def served_by(site, key):
    if use_registry(site, key):
        assert site.resolve(key).make_request([], "m-1") == key
        return "registry"
    elif key == "near":
        assert make_near_request([], "m-1") == key
    elif key == "groq":
        assert make_groq_request([], "m-1") == key
    return "legacy"

told = None
while True:
    arms = {f"{site.name}/{key}": served_by(site, key) for site in (CHAT, RESPONSES) for key in ("near", "groq")}
    if arms != told:
        told = arms
        print(json.dumps(arms), flush=True)
    time.sleep(0.02)
"""


class Worker:
    def __init__(self, folder):
        for name, text in (("providers", PROVIDERS), ("clients", CLIENTS), ("worker", WORKER)):
            (folder / f"{name}.py").write_text(text)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("CUTOVER_ARM", "CUTOVER_SWITCH_FILE")
        }
        self.process = subprocess.Popen(
            [sys.executable, "worker.py"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        )

    def on_registry(self):
        """Wait for the next change of arms; the places that are on the registry then."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(30), "the worker did not follow"
        return {place for place, arm in json.loads(self.process.stdout.readline()).items() if arm == "registry"}


@pytest.fixture
def worker(tmp_path):
    running = Worker(tmp_path)
    yield running
    running.process.kill()
    running.process.communicate()


def test_a_running_worker_follows_each_turn_of_the_switch(worker, tmp_path):
    path = tmp_path / ".cutover" / "switch.json"
    everything = {"chat/near", "chat/groq", "responses/near", "responses/groq"}
    assert worker.on_registry() == set()
    set_arm(path, "registry", provider="near")
    assert worker.on_registry() == {"chat/near", "responses/near"}
    set_arm(path, "registry", site="chat")
    assert worker.on_registry() == {"chat/near", "chat/groq", "responses/near"}
    set_arm(path, "legacy", site="chat", provider="near")
    assert worker.on_registry() == {"chat/groq", "responses/near"}
    set_arm(path, "registry")
    assert worker.on_registry() == everything
    set_arm(path, "legacy")
    assert worker.on_registry() == set()


def test_a_file_that_is_damaged_by_others_leaves_the_worker_where_it_was(worker, tmp_path):
    path = tmp_path / ".cutover" / "switch.json"
    assert worker.on_registry() == set()
    set_arm(path, "registry", site="chat")
    assert worker.on_registry() == {"chat/near", "chat/groq"}
    path.write_bytes(b'{"version": 1, "rul')
    path.write_bytes(b'{"version": 1, "rules": [{"site": "chat", "provider": "groq", "arm": "registry"}]}')
    set_arm(path, "legacy", site="chat", provider="near")
    assert worker.on_registry() == {"chat/groq"}
