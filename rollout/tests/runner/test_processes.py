"""Two controllers as processes on real states; one is killed in the middle of a stage: never two decisions."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from cutover_rollout.controller import Certified, Phase, begin, rollout_from_document
from cutover_rollout.plan import RolloutPlan, Stage
from cutover_rollout.runner import decide_anyway
from cutover_rollout.state import StateError, open_state
from kill_run import Postgresql, Redis

LEAD = Path(__file__).with_name("lead.py")
STAGES = (Stage("25 %", 0.25, 20, 1000), Stage("50 %", 0.5, 20, 1000), Stage("100 %", 1.0, 20))


@pytest.fixture(params=[None, Postgresql, Redis], ids=["sqlite", "postgresql", "redis"])
def server(request, tmp_path):
    if request.param is None:
        yield f"sqlite:///{tmp_path}/state.db", None
        return
    server = request.param(Path(tempfile.mkdtemp(prefix="cutover-")))
    yield server.url, server
    server.end()


@pytest.fixture
def lead():
    """Start a controller in a process of its own."""
    running = []

    def lead(url, holder, begun):
        command = [sys.executable, str(LEAD), url, holder, str(begun)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "started\n"
        return running[-1]

    yield lead
    for process in running:
        process.kill()
        process.wait(30)
        process.stdout.close()


def begun(state):
    plan = RolloutPlan(stages=STAGES, milestones={4: 0.5})
    decide_anyway(state, lambda before: begin(plan, 0.0, certified=Certified("a-b"), before=before))


def rollout(state):
    try:
        return rollout_from_document(state.read().document)
    except StateError:
        return None


def test_each_stage_is_entered_once_whoever_dies(server, lead, until):
    url, process = server
    state = open_state(url)
    at = time.time()
    begun(state)
    first = lead(url, "first", at)
    until(lambda: state.read().version > 1)
    lead(url, "second", at)
    first.kill()
    until(lambda: rollout(state).stage >= 1)
    if process is not None:
        process.kill()
        process.start()
    until(lambda: (found := rollout(state)) is not None and found.phase is Phase.AT_100, patience=60)
    entered = [row for row in state.history() if row.evidence["action"] in {"begin", "promote"}]
    shares = [rollout_from_document(row.document).share for row in entered]
    assert shares == [0.25, 0.5, 1.0]
    assert [row.version for row in state.history()] == list(range(1, state.read().version + 1))
    state.close()
