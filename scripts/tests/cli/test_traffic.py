"""``record`` and ``replay`` end to end: real servers on loopback, right arms and a wrong one."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from xml.etree import ElementTree

import httpx
import pytest

from cutover_parity import read_certificate

APP = "deskrelay.app:app"
TICKET = {"number": "T-1", "question": "Where?", "tone": "brief", "model": "m", "knobs": {"temperature": 0.2}}


@pytest.fixture(scope="module")
def recording(shell_environment):
    """Run ``cutover record`` while this is open; gives its URL and, afterwards, what it said and its exit code."""

    @contextmanager
    def record(root, out, upstream):
        process = subprocess.Popen(
            [sys.executable, "-m", "cutover_cli", "record", APP, "-o", str(out), "--port", "0"], cwd=root,
            env=shell_environment() | {"DESK_UPSTREAM": upstream}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        ready = process.stderr.readline()
        ended = {"ready": ready}
        try:
            yield ready.split()[0], ended
        finally:
            process.send_signal(signal.SIGINT)
            ended["out"], ended["err"] = process.communicate(timeout=60)
            ended["code"] = process.returncode

    return record


@pytest.fixture(scope="module")
def recorded(recording, migrated, tmp_path_factory, upstream):
    """A migrated desk, and three of its routes recorded: a draft, a live draft, a catalogue."""
    folder = tmp_path_factory.mktemp("recorded")
    root = migrated.copy("relay_desk", "applied", folder / "desk")
    with recording(root, folder / "traffic.jsonl", upstream) as (url, ended), httpx.Client(base_url=url) as client:
        answers = [
            client.post("/drafts", json={**TICKET, "vendor": "groq"}),
            client.post("/drafts/live", json={**TICKET, "vendor": "mistral"}),
            client.get("/vendors/groq/models?floor=9000"),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return root, folder / "traffic.jsonl", ended


@pytest.fixture
def wrong(recorded, tmp_path):
    """A copy of the desk whose registry arm of ``draft`` loses a keyword."""
    root = shutil.copytree(recorded[0], tmp_path / "wrong")
    page = root / "deskrelay" / "web" / "completion.py"
    head, arm, rest = page.read_text().partition("provider_config = DRAFT.resolve(vendor)\n")
    assert arm
    page.write_text(head + arm + rest.replace("            model=ticket.model,\n", "", 1))
    return root


def test_record_says_where_it_listens_and_how_much_it_kept(recorded):
    _, path, ended = recorded
    assert re.fullmatch(
        rf"http://127\.0\.0\.1:\d+ recording to {re.escape(str(path))}; interrupt to stop\n", ended["ready"]
    )
    assert (ended["code"], ended["out"]) == (0, "")
    assert ended["err"] == f"3 routes recorded in {path}\n"


def test_a_recording_can_be_appended_to(recording, recorded, upstream, tmp_path):
    path = shutil.copy(recorded[1], tmp_path / "traffic.jsonl")
    with recording(recorded[0], path, upstream) as (url, ended):
        assert httpx.get(f"{url}/vendors/groq/models").status_code == 200
    assert ended["code"] == 0
    assert len((tmp_path / "traffic.jsonl").read_text().splitlines()) == 1 + 4


def test_both_arms_answer_alike_to_everything_that_is_generated(recorded, cutover):
    root, path, _ = recorded
    ran = cutover("replay", path, "--app", APP, cwd=root)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "replayed at calls depth: desk held to legacy against desk held to registry"
    assert re.match(r"0 mismatches in \d{3} replays: at most 0\.\d+% with 95 % confidence", lines[1])
    assert "  draft: answer 20/20, error 20/20, failover 20/20" in lines


@pytest.mark.parametrize("depth", ["calls", "http"])
def test_the_recorded_routes_alone_are_replayed_at_either_depth(depth, recorded, cutover):
    root, path, _ = recorded
    found = cutover("replay", path, "--app", APP, "--only-recorded", "--depth", depth, "--json", cwd=root).data
    assert found["mismatches"] == []
    assert found["replays"] == 3


def test_the_migrated_tree_is_replayed_against_the_tree_before(recorded, migrated, cutover, tmp_path):
    root, path, _ = recorded
    before = migrated.copy("relay_desk", "legacy", tmp_path / "before")
    finished = migrated.copy("relay_desk", "finished", tmp_path / "finished")
    for tree in (root, finished):
        ran = cutover(
            "replay", path, "--app", APP, "--only-recorded", "--root", tree, "--legacy", before, "--arm", "free"
        )
        assert ran.code == 0, ran
        assert ran.out.startswith(f"replayed at calls depth: before against {tree.name}\n")


def test_a_wrong_registry_arm_is_a_finding_and_the_request_is_shown(recorded, wrong, cutover):
    ran = cutover("replay", recorded[1], "--app", APP, "--only-recorded", cwd=wrong)
    assert ran.code == 1
    assert re.search(r"^MISMATCH recorded 1: POST /drafts$", ran.out, re.MULTILINE)
    shown = next(line for line in ran.out.splitlines() if line.startswith("  request "))
    assert re.search(r'"question":"\w+\?"', shown)
    assert '"vendor":"groq"' in shown
    assert "1 mismatches in 3 replays" in ran.out


def test_a_terminal_gets_the_report_wrapped_under_its_labels(recorded, wrong, on_a_terminal):
    ran = on_a_terminal("replay", recorded[1], "--app", APP, "--only-recorded", cwd=wrong, width=80)
    lines = ran.out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("  request   POST /drafts"))
    assert lines[place + 1].startswith(" " * 12)
    assert lines[place + 1][12] != " "
    assert max(map(len, lines)) <= 80


def test_machines_get_the_same_finding(recorded, wrong, cutover):
    ran = cutover("replay", recorded[1], "--app", APP, "--only-recorded", "--json", cwd=wrong)
    assert ran.code == 1
    assert len(ran.data["mismatches"]) == 1


def test_the_wrong_arm_held_to_legacy_is_right(recorded, wrong, cutover):
    ran = cutover("replay", recorded[1], "--app", APP, "--only-recorded", "--arm", "legacy", cwd=wrong)
    assert ran.code == 0


def test_a_replay_leaves_both_trees_as_they_were(recorded, cutover, tree):
    root, path, _ = recorded
    before = tree(root)
    cutover("replay", path, "--app", APP, "--only-recorded", cwd=root)
    assert tree(root) == before


def test_a_port_that_is_taken_is_told(recorded, cutover, tmp_path, tree):
    before = tree(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        argv = ["record", APP, "-o", tmp_path / "more.jsonl", "--port", port]
        said = cutover(*argv, cwd=recorded[0]).refused()
    assert said == (
        f"127.0.0.1:{port}: cannot listen there (Address already in use); name another with --port (0: any free one)"
    )
    assert tree(tmp_path) == before


def test_a_replay_writes_every_form_of_its_report(recorded, wrong, cutover, tmp_path):
    page, junit, tests = tmp_path / "parity.html", tmp_path / "parity.xml", tmp_path / "found"
    argv = ["--html", page, "--junit", junit, "--counterexamples", tests, "--certificate", tmp_path / "parity.json"]
    ran = cutover("replay", recorded[1], "--app", APP, "--only-recorded", *argv, cwd=wrong)
    assert (ran.code, ran.err) == (1, f"1 failing tests written to {tests}\n")
    assert "1 mismatches in 3 replays" in ran.out
    assert "<!doctype html>" in page.read_text().lower()
    assert ElementTree.parse(junit).find("testsuite").get("failures") == "1"
    (test,) = tests.iterdir()
    assert "CASE = Case(" in test.read_text()
    certificate = read_certificate(tmp_path / "parity.json")
    assert (certificate.cases, certificate.clean) == (3, False)


def test_noise_is_learnt_from_the_legacy_arm_and_used_again(recorded, cutover, tmp_path):
    root, path, _ = recorded
    rules = tmp_path / "noise.json"
    ran = cutover("replay", path, "--app", APP, "--only-recorded", "--learn-noise", rules, cwd=root)
    assert (ran.code, ran.err.splitlines()[0]) == (0, f"0 noise rules written to {rules}")
    assert cutover("replay", path, "--app", APP, "--only-recorded", "--noise", rules, cwd=root).code == 0
    old = {"place": "answer.body.id", "test": "equal length", "reason": "r", "expires": "2020-01-01"}
    rules.write_text(json.dumps({"format": "cutover-noise", "version": 1, "rules": [old]}))
    assert rules.name in cutover("replay", path, "--app", APP, "--noise", rules, cwd=root).refused()


def test_workers_find_what_one_finds(recorded, wrong, cutover):
    argv = ["replay", recorded[1], "--app", APP, "--only-recorded", "--json"]
    assert cutover(*argv, "--workers", 2, cwd=wrong).out == cutover(*argv, cwd=wrong).out


def test_coverage_shows_who_reached_what(recorded, cutover):
    root, path, _ = recorded
    ran = cutover("coverage", path, "--app", APP, "--require", "10%", cwd=root)
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^groq +recorded\+ +generated +generated *$", ran.out, re.MULTILINE)
    assert re.search(r"^\d+ of \d+ cells \(site, key, outcome\) reached: \d by recorded requests, ", ran.out, re.M)
    assert ran.out.endswith("enough: --require 10% is met\n")


@pytest.mark.parametrize("required", ["full", "recorded", "50%"])
def test_coverage_that_is_not_enough_is_a_finding_that_names_the_holes(required, recorded, cutover):
    argv = ["coverage", recorded[1], "--app", APP, "--only-recorded", "--require", required]
    ran = cutover(*argv, cwd=recorded[0])
    assert ran.code == 1
    assert f"NOT ENOUGH for --require {required}; not reached:\n  " in ran.out
    found = cutover(*argv, "--json", cwd=recorded[0])
    assert (found.code, found.data["required"]) == (1, required)
    assert found.data["sites"]["draft"]["groq"]["answer"] == "recorded"
    assert any(hole.startswith("draft: ") for hole in found.data["holes"])


def test_a_requirement_that_says_nothing_is_refused_before_anything_runs(recorded, cutover):
    said = cutover("coverage", "none.jsonl", "--app", APP, "--require", "most", cwd=recorded[0]).refused()
    assert said == "unknown requirement 'most': it is 'full', 'recorded', or a share such as '75%'"


def test_damaged_places_are_told_and_the_rest_is_replayed(recorded, cutover, tmp_path):
    lines = recorded[1].read_text().splitlines(keepends=True)
    (tmp_path / "t.jsonl").write_text("".join([*lines[:2], "no route\n", *lines[2:]]))
    ran = cutover("replay", tmp_path / "t.jsonl", "--app", APP, "--only-recorded", cwd=recorded[0])
    assert ran.code == 0
    assert "0 mismatches in 3 replays" in ran.out
    assert ran.err.startswith(f"left out: {tmp_path / 't.jsonl'}, line 3: not a recorded route (")


def test_a_header_and_a_key_can_be_added(recorded, cutover):
    root, path, _ = recorded
    argv = ["replay", path, "--app", APP, "--header", "authorization=Bearer t", "--key", "an-alias", "--json"]
    report = cutover(*argv, cwd=root)
    assert report.code == 0
    assert report.data["replays"] > 100
    assert cutover("replay", path, "--app", APP, "--header", "bare", cwd=root).code == 2
