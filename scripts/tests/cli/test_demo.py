"""``cutover demo``: the whole journey, its facts, and the files that it leaves."""

import json
import re
import subprocess
import sys
import time

import pytest

from cutover_telemetry.overview import View, overview
from cutover_telemetry.store import Store

FILES = {
    ".cutover-demo", "certificate.json", "faulty", "gateway", "legacy", "plan.json", "replay-calls.json",
    "replay-fault.json", "replay-http.json", "report.html", "rollout-promoted",
    "rollout-regression", "summary.json", "telemetry.db", "telemetry.json",
    "traffic.jsonl",
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(shell_environment, tmp_path_factory):
    """One run of the demo: its process, its folder, its seconds."""
    folder = tmp_path_factory.mktemp("demo") / "journey"
    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "cutover_cli", "demo", "-d", str(folder)], env=shell_environment(80),
        text=True, capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    return ran, folder, time.monotonic() - started


@pytest.mark.slow
def test_the_demo_ends_well_and_says_where_its_files_are(demo):
    ran, folder, _ = demo
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    said = " ".join(ran.stdout.split())
    assert "10/10 undo: byte for byte" in said
    assert "all as it must be" in said
    assert f"what it made is in {folder}" in said
    assert {path.name for path in folder.iterdir()} - {"telemetry.db-shm", "telemetry.db-wal"} == FILES


@pytest.mark.slow
def test_the_summary_has_the_facts(demo):
    facts = json.loads((demo[1] / "summary.json").read_text())
    assert facts["scan"] == {"found": 7, "template": 4, "lift": 0, "partial": 0, "refuse": 3, "unaccounted": 0}
    assert facts["lines"]["share_gone"] >= 0.85
    assert facts["certificate"] is True
    assert facts["replay_calls"]["mismatches"] == facts["replay_http"]["mismatches"] == 0
    assert facts["replay_calls"]["pairs"] == facts["replay_http"]["pairs"] > 500
    assert facts["fault"]["caught"] is True
    assert facts["fault"]["certificate_refused"] is True
    assert set(facts["switch_seconds"]) == {"on", "off"}
    assert facts["latency_ratio"] > 0
    assert facts["undone"] is True


@pytest.mark.slow
def test_the_rehearsals_end_as_they_must_and_the_page_showed_it_while_they_ran(demo):
    facts = json.loads((demo[1] / "summary.json").read_text())
    taken_back, promoted = facts["rollout_regression"], facts["rollout_promoted"]
    assert taken_back["phase"] == "rolled back"
    assert "worse" in taken_back["why"] or "answers nothing" in taken_back["why"]
    assert promoted["phase"] == "done"
    stages = ["shadow", "1 %", "5 %", "25 %", "50 %"]
    assert [f"{stage}: collecting" in promoted["shown"] for stage in stages] == [True] * 5
    assert promoted["shown"][-1] == "100 %: done"
    assert taken_back["shown"][-1].endswith(": rolled back")


@pytest.mark.slow
def test_the_demo_shows_each_step_with_its_figures(demo):
    shown = demo[0].stdout
    pairs = int(re.search(r"calls depth: (\d+) pairs", shown)[1])
    for text in (
        "7 found = 4 template + 0 lift + 0 partial + 3 refused, 0 unaccounted",
        "fireworks kept: bodies-differ (line 883)",
        "certified (applied), under: ",
        "19 routes recorded, plain, streamed, failing and failing over",
        f"{pairs} pairs, {pairs} identical, 0 mismatches",
        "100% of site × key × outcome reached",
        "planted: ",
        "caught by ",
        "MISMATCH ",
        "the certificate of that tree: refused",
        "the latest route that failed over: ",
        "latency of the registry arm against the legacy arm",
        "the running gateway followed the switch: on after ",
        "every file is as it was, byte for byte",
    ):
        assert text in shown, text


@pytest.mark.slow
def test_the_demo_leaves_the_gateway_as_it_was_and_the_fault_beside_it(demo, tree):
    folder = demo[1]
    assert tree(folder / "gateway") == tree(folder / "legacy")
    assert (folder / "faulty" / ".cutover" / "journal.json").is_file()
    assert json.loads((folder / "certificate.json").read_text())["sites"]


@pytest.mark.slow
def test_the_demo_may_run_again_in_its_own_folder(demo, cutover):
    assert (demo[1] / ".cutover-demo").is_file()
    said = cutover("demo", "-d", demo[1] / "gateway").refused()
    assert "exists and is not a demo's folder" in said


@pytest.mark.slow
def test_the_store_and_the_report_hold_what_was_served(demo):
    shown = overview(Store.of(demo[1] / "telemetry.db"), View.last(3600))
    seen = json.loads((demo[1] / "telemetry.json").read_text())
    assert shown.stored.attempts == sum(row["attempts"] for row in seen["summary"]["providers"])
    assert {each.arm for each in shown.arms.curves} - {"mixed"} == {"legacy", "registry"}
    assert "failovers cost" in (demo[1] / "report.html").read_text(encoding="utf-8")
