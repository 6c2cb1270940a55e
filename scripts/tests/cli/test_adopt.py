"""``finish --adopt-failover`` end to end: replayed, written, proved; and not written where the replay differs."""

import json

import httpx
import pytest

from cutover_parity import recording_server

APP = "src.main:app"
ADOPT = ("finish", "--adopt-failover")
PAIRS = 40
BREAKER = """
from cutover_registry.failover import CircuitBreaker, Policy

from src.services.provider_registry import get_provider_registry

get_provider_registry().failover_policy = Policy(breaker=CircuitBreaker(failures=1, cooldown=3600))
"""


@pytest.fixture
def finished(migrated, tmp_path):
    """The example gateway, its cutover finished."""
    return migrated.copy("legacy_gateway", "finished", tmp_path / "gateway")


def test_the_loops_of_the_example_are_adopted_after_a_clean_replay(run, finished):
    ran = run(*ADOPT, "--app", APP, "--cases", PAIRS, "--json", cwd=finished)
    assert ran.code == 0, ran
    assert ran.data["outcome"] == "adopted"
    assert ran.data["written"] == ["src/routes/chat.py"]
    assert (len(ran.data["adopted"]), ran.data["refused"]) == (4, [])
    assert [(each["replays"], each["counts"]["mismatch"]) for each in ran.data["replays"]] == [(PAIRS, 0)]
    verified = run("verify", "--json", cwd=finished).data
    assert (verified["valid"], verified["stage"], len(verified["adopted"]["loops"])) == (True, "finished", 4)
    assert "4 failover loops adopted" in run("verify", cwd=finished).out


def test_recordings_are_varied_and_replayed_too(run, finished, upstream, tmp_path):
    recording = tmp_path / "traffic.jsonl"
    asked = {"model": "m", "provider": "groq", "messages": [{"role": "user", "content": "hi"}]}
    server = recording_server(APP, root=finished, out=recording, env={"UPSTREAM_BASE_URL": upstream})
    with server as base, httpx.Client(base_url=base, timeout=60) as client:
        client.post("/v1/chat/completions", json=asked)
        client.post("/v1/chat/completions", json={**asked, "stream": True})
    ran = run(*ADOPT, "--app", APP, "--cases", 10, "--recordings", recording, "--json", cwd=finished)
    assert (ran.code, ran.data["outcome"]) == (0, "adopted"), ran
    made_up, recorded = ran.data["replays"]
    assert (made_up["counts"]["mismatch"], recorded["counts"]["mismatch"]) == (0, 0)
    assert recorded["replays"] > 10


def test_a_tree_with_both_arms_is_finished_and_adopted_in_one_go(run, migrated, tmp_path, tree):
    legacy = migrated.copy("legacy_gateway", "legacy", tmp_path / "legacy")
    root = migrated.copy("legacy_gateway", "applied", tmp_path / "gateway")
    ran = run(*ADOPT, "--app", APP, "--cases", 5, cwd=root, width=200)
    assert ran.code == 0, ran
    assert "the legacy arm is gone" in ran.out
    assert "replayed: 5 pairs, no difference between finished and adopted" in ran.out
    assert "4 loops go over the registry's routes" in ran.out
    assert run("undo", cwd=root).code == 0
    gone = {path for path in tree(root) if path.startswith(".cutover")}
    assert {path: data for path, data in tree(root).items() if path not in gone} == tree(legacy)


def test_where_the_replay_differs_nothing_is_written(run, finished, tree):
    """The application turns a breaker on: what LEGACY assumes is false, and only running it tells."""
    main = finished / "src" / "services" / "failover_settings.py"
    main.write_text(BREAKER)
    app = finished / "src" / "main.py"
    app.write_text(app.read_text() + "\nimport src.services.failover_settings  # noqa: E402, F401\n")
    before = tree(finished)
    ran = run(*ADOPT, "--app", APP, "--cases", PAIRS, cwd=finished)
    assert ran.code == 1, ran
    assert "the replay is not clean, so nothing was written" in ran.out
    assert tree(finished) == before


def test_by_the_proof_alone_nothing_is_run(run, finished):
    (finished / "src" / "main.py").write_text("raise SystemExit('the application was started')\n")
    ran = run(*ADOPT, "--no-replay", "--json", cwd=finished)
    assert (ran.code, ran.data["outcome"], ran.data["replays"]) == (0, "adopted", [])


def test_adopting_twice_is_nothing(run, finished):
    assert run(*ADOPT, "--no-replay", cwd=finished).code == 0
    ran = run(*ADOPT, "--no-replay", "--json", cwd=finished)
    assert (ran.code, ran.data["outcome"], ran.data["adopted"]) == (0, "nothing_adopted", [])


def test_a_gateway_without_loops_says_so(run, migrated, tmp_path):
    root = migrated.copy("relay_desk", "finished", tmp_path / "desk")
    ran = run(*ADOPT, "--no-replay", cwd=root)
    assert (ran.code, "no loop was adopted" in ran.out) == (0, True)


def test_a_loop_that_stays_is_told_with_its_code_and_fact(run, finished):
    chat = finished / "src" / "routes" / "chat.py"
    text = chat.read_text()
    old = "provider_chain = enforce_model_failover_rules(original_model, provider_chain)\n"
    assert text.count(old) == 2
    chat.write_text(text.replace(old, f"{old}    provider_chain = iter(provider_chain)\n"))
    ran = run(*ADOPT, "--no-replay", cwd=finished, width=200)
    assert ran.code == 0, ran
    assert "stays: chain-generator" in ran.out
    assert "`provider_chain` is `iter(provider_chain)`; to unlock it: make it a list before the loop" in ran.out
    codes = {loop["code"] for loop in json.loads(run(*ADOPT, "--no-replay", "--json", cwd=finished).out)["refused"]}
    assert codes == {"chain-generator"}


@pytest.mark.parametrize("options", [(), ("--app", APP, "--no-replay")])
def test_either_an_application_or_no_replay_is_named(run, finished, options):
    ran = run(*ADOPT, *options, cwd=finished)
    assert ran.code == 2
    assert "name it with --app module:attribute" in ran.err
