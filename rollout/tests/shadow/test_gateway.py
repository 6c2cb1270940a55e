"""The whole way: the example gateway with a planted difference, `cutover run --shadow`, a replay of what it found."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from cutover_rollout.shadow import shadow_pairs, shadow_status

EXAMPLES = Path(__file__).parents[3] / "examples"
PLANTED = """
from src.services.http_upstream import auth_headers, build_payload, post_chat


def make_near_next(messages, model, **kwargs):
    return post_chat("near", build_payload(messages, model + "-turbo", kwargs), auth_headers("near"))
"""
ENTRY = '"near": {"timeout": 120, "priority": 11, '
SLOT = '"slots": {"make_request": "src.services.near_next:make_near_next"}, '


@pytest.fixture
def upstream():
    spec = importlib.util.spec_from_file_location("shadow_upstream", EXAMPLES / "fake_upstream.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with module.serve_upstream() as serving:
        yield serving
    del sys.modules[spec.name]


@pytest.fixture
def environment(upstream):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUTOVER_", "PYTEST_", "COV_"))}
    ours = {
        "UPSTREAM_BASE_URL": upstream.url,
        "LOG_LEVEL": "CRITICAL",
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "200",
    }
    return kept | ours


@pytest.fixture
def gateway(tmp_path, environment):
    root = tmp_path / "gateway"
    shutil.copytree(
        EXAMPLES / "legacy_gateway", root, ignore=shutil.ignore_patterns("__pycache__", "*_cache", ".cutover")
    )
    for words in (("plan", ".", "-o", "plan.json"), ("apply", "plan.json")):
        assert cutover(*words, cwd=root, env=environment).returncode == 0
    (root / "src/services/near_next.py").write_text(PLANTED)
    table = root / "src/config/providers.py"
    text = table.read_text()
    assert ENTRY in text
    table.write_text(text.replace(ENTRY, ENTRY + SLOT))
    return root


def cutover(*words, cwd, env):
    return subprocess.run(
        [sys.executable, "-m", "cutover_cli", *words], cwd=cwd, env=env, capture_output=True, text=True
    )


def until(condition):
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def answered(url):
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def ask(url, provider):
    asked = {"model": "llama-3", "provider": provider, "messages": [{"role": "user", "content": "hello there"}]}
    assert httpx.post(f"{url}/v1/chat/completions", json=asked, timeout=30).status_code == 200


def tallied(counts, name):
    return counts.exists() and name in shadow_status(counts).tallies


def test_a_planted_difference_is_found_in_the_shadow_and_replay_shows_it_again(gateway, environment):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = ["--", sys.executable, "-m", "uvicorn", "src.main:app", "--port", str(port), "--log-level", "critical"]
    served = subprocess.Popen(
        [sys.executable, "-m", "cutover_cli", "run", "--no-store", "--shadow", "http", *serve],
        cwd=gateway,
        env=environment,
    )
    counts = gateway / ".cutover/shadow/counts.db"
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answered(f"{url}/"))
        until(lambda: list(gateway.glob(".cutover/shadow/*.lock")))
        ask(url, "groq")
        ask(url, "near")
        until(lambda: tallied(counts, "recorded"))
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(60)
    until(lambda: len(shadow_pairs(counts, until=2**40)) == 2)
    groq, near = shadow_pairs(counts, until=2**40)
    assert (groq.provider, groq.differing, groq.candidate_only) == ("groq", 0, 0)
    assert (near.provider, near.differing, near.candidate_only) == ("near", 1, 1)
    assert tallied(counts, "differs: chat_completions near: request body.model")
    words = ("replay", ".cutover/shadow/mismatches", "--depth", "http", "--only-recorded", "--app", "src.main:app")
    replayed = cutover(*words, cwd=gateway, env=environment)
    assert replayed.returncode == 1
    assert "MISMATCH recorded 1: POST /v1/chat/completions" in replayed.stdout
    assert "llama-3-turbo" in replayed.stdout
