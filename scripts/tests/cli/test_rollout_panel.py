"""What the dashboard shows of the switch of a folder, and its kill: through the real command, with the token."""

import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from cutover_cli._rollout_certified import certified_of
from cutover_cli._rollout_options import where_of
from cutover_rollout import said_here, set_share
from cutover_rollout.controller import begin
from cutover_rollout.plan import RolloutPlan, Stage
from cutover_rollout.runner import decide_anyway
from cutover_rollout.state import open_state
from cutover_telemetry.store import Store

TOKEN = "a-token-of-the-test-that-is-long"


@pytest.fixture
def served(tmp_path, shell_environment):
    """The dashboard of a folder as a command serves it; gives its address."""
    running = []

    def served(*options):
        (tmp_path / "token").write_text(TOKEN)
        process = subprocess.Popen(
            [sys.executable, "-m", "cutover_cli", "dashboard", "telemetry.db", "--port", "0", *options], cwd=tmp_path,
            env=shell_environment() | {"COLUMNS": "200"}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        return re.search(r"http://\S+", process.stderr.readline())[0]

    yield served
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def post(url, name, **headers):
    return httpx.post(f"{url}/api/actions/{name}", json={}, headers=headers)


def test_whoever_knows_the_token_can_kill_and_release(served, tmp_path):
    switch = tmp_path / ".cutover" / "switch.json"
    set_share(switch, 0.25, provider="near")
    url = served("--token-file", "token")
    asked = {"authorization": f"Bearer {TOKEN}"}
    assert post(url, "put-everything-on-legacy").status_code == 401
    assert not said_here(switch).kill
    answer = post(url, "put-everything-on-legacy", **asked)
    assert (answer.status_code, answer.json()["done"]) == (200, "put-everything-on-legacy")
    assert said_here(switch).kill
    assert post(url, "let-the-rules-decide-again", **asked).json()["result"] == {"changed": True}
    assert not said_here(switch).kill


def test_without_a_token_nothing_can_be_done(served, tmp_path):
    set_share(tmp_path / ".cutover" / "switch.json", 0.25, provider="near")
    url = served()
    assert post(url, "put-everything-on-legacy").status_code == 403
    assert not os.path.lexists(tmp_path / ".cutover" / "kill")


def test_a_release_that_failed_says_why(served, tmp_path):
    (tmp_path / ".cutover" / "kill").mkdir(parents=True)
    url = served("--token-file", "token")
    answer = post(url, "let-the-rules-decide-again", authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 409
    assert "it is as it was" in answer.json()["error"]


def test_a_rollout_is_shown_and_can_be_paused_and_rolled_back(served, tmp_path):
    state = open_state(f"sqlite:///{tmp_path}/.cutover/state.db")
    plan = RolloutPlan(stages=(Stage("half", 0.5, 1), Stage("all", 1.0, 1)), certificate=False)
    code = certified_of(where_of(tmp_path, None, None), None, None)
    decide_anyway(state, lambda before: begin(plan, time.time(), certified=code, before=before, by="ana", why="monday"))
    Store.open(tmp_path / "telemetry.db")
    url = served("--token-file", "token")
    shown = httpx.get(f"{url}/api/overview").json()["rollout"]
    assert (shown["phase"], shown["stage"], shown["share"]) == ("collecting", "half", 0.5)
    assert shown["now"]["why"].startswith("0 of 1 minutes")
    assert [row["by"] for row in shown["history"]] == ["ana"]
    asked = {"authorization": f"Bearer {TOKEN}"}
    assert post(url, "pause").status_code == 401
    assert post(url, "pause", **asked).json()["result"] == {"decision": 2}
    again = post(url, "pause", **asked)
    assert (again.status_code, "paused already" in again.json()["error"]) == (409, True)
    assert post(url, "resume", **asked).status_code == 200
    assert post(url, "roll-back", **asked).status_code == 200
    page = httpx.get(url).text
    assert "rolled back" in page
    assert post(url, "put-everything-on-legacy", **asked).json()["result"]["decision"] == 5
    assert said_here(tmp_path / ".cutover" / "switch.json").kill
    assert [row.by for row in state.history()] == ["ana", *["dashboard"] * 4]


def test_a_rollout_that_begins_while_the_page_is_open_is_found(served, cutover, tmp_path):
    Store.open(tmp_path / "telemetry.db")
    url = served("--token-file", "token")
    asked = {"authorization": f"Bearer {TOKEN}"}
    none = post(url, "roll-back", **asked)
    assert (none.status_code, "no rollout is known here" in none.json()["error"]) == (409, True)
    plan = 'certificate = false\n[[stages]]\nname = "half"\nshare = 0.5\nminutes = 1\n[[stages]]\nname = "all"\n'
    (tmp_path / "plan.toml").write_text(plan + "share = 1.0\nminutes = 1\n")
    state = f"sqlite:///{tmp_path}/elsewhere.db"
    assert cutover("rollout", "start", "--plan", "plan.toml", "--state", state).code == 0
    assert httpx.get(f"{url}/api/overview").json()["rollout"]["stage"] == "half"
    assert post(url, "put-everything-on-legacy", **asked).json()["result"]["decision"] == 2
    assert open_state(state).read().document["kill"] is True


def test_where_no_rollout_is_known_a_kill_says_how_far_it_reaches(served, tmp_path):
    url = served("--token-file", "token")
    answer = post(url, "put-everything-on-legacy", authorization=f"Bearer {TOKEN}")
    assert answer.json()["result"]["reach"].startswith("Only workers on this machine were told")


def test_a_kill_of_this_machine_alone_is_not_told_as_everybody_s(served, tmp_path):
    Store.open(tmp_path / "telemetry.db")
    state = open_state(f"sqlite:///{tmp_path}/.cutover/state.db")
    plan = RolloutPlan(stages=(Stage("half", 0.5, 1), Stage("all", 1.0, 1)), certificate=False)
    decide_anyway(state, lambda before: begin(plan, time.time(), before=before, by="ana", why="monday"))
    url = served("--token-file", "token")
    (tmp_path / ".cutover" / "kill").touch()
    shown = httpx.get(f"{url}/api/overview").json()["rollout"]
    assert (shown["killed"], shown["killed_here"], shown["share"]) == (False, True, 0.5)
    assert "Killed on this machine alone" in httpx.get(url).text
    held = post(url, "let-the-rules-decide-again", authorization=f"Bearer {TOKEN}")
    assert (held.status_code, "its rollout goes on with 50 %" in held.json()["error"]) == (409, True)


def test_damaged_settings_do_not_keep_the_button_from_this_machine(served, tmp_path):
    url = served("--token-file", "token")
    (tmp_path / "cutover.toml").write_text("<<<<<<<")
    assert post(url, "put-everything-on-legacy", authorization=f"Bearer {TOKEN}").status_code == 200
    assert said_here(tmp_path / ".cutover" / "switch.json").kill


def test_the_first_line_names_the_project(shell_environment, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover_cli", "dashboard", "--port", "0", "--root", str(other)], cwd=tmp_path,
        env=shell_environment() | {"COLUMNS": "200"}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert f"with the switch and rollout of {other}: http://" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
