"""Kill, quarantine, release: the half on this machine without a state, the other half without a controller."""

import pytest

from cutover_registry import SwitchSnapshot
from cutover_rollout import UnknownName, end_quarantine, quarantine, said_here
from cutover_rollout.controller import Phase, rollout_from_document
from cutover_rollout.runner import kill_all, quarantine_all, release_all
from cutover_rollout.state import MemoryState, open_state

SAID = {"at": 1_795_000_900.0, "by": "ana", "why": "it burns"}


@pytest.fixture
def switch(tmp_path):
    return tmp_path / "here" / ".cutover" / "switch.json"


def test_a_kill_is_here_and_in_the_state(switch, state, start):
    start(state)
    done = kill_all(switch, state, **SAID)
    assert (done.file, done.version, done.problem) == (switch.with_name("kill"), 2, None)
    assert said_here(switch).kill
    found = state.read().document
    assert found["kill"] is True
    assert rollout_from_document(found).phase is Phase.ROLLED_BACK
    assert [(row.by, row.why) for row in state.history()][1:] == [("ana", "it burns")]


def test_a_kill_needs_no_rollout(switch, state):
    assert kill_all(switch, state, **SAID).version == 1
    assert state.read().document["kill"] is True
    assert release_all(switch, state, None, **SAID).version == 2
    assert state.read().document["kill"] is False


def test_a_kill_is_heeded_where_the_document_was_of_version_1(switch, state):
    rules = [{"site": "*", "provider": "*", "arm": "registry"}]
    state.write({"version": 1, "rules": rules}, expected=state.read(), by="ana", why="by hand")
    quarantine_all(switch, state, "groq", **SAID)
    assert SwitchSnapshot.from_document(state.read().document).quarantined == {"groq"}
    kill_all(switch, state, **SAID)
    assert SwitchSnapshot.from_document(state.read().document).kill
    release_all(switch, state, None, **SAID)
    assert SwitchSnapshot.from_document(state.read().document).arm("chat", "near") == "registry"


def test_what_was_said_before_the_rollout_began_is_lifted_too(switch, state, start):
    kill_all(switch, state, **SAID)
    quarantine_all(switch, state, "groq", **SAID)
    start(state)
    assert state.read().document["kill"] is True
    assert release_all(switch, state, None, **SAID).version == 4
    assert release_all(switch, state, "groq", **SAID).version == 5
    found = state.read().document
    assert (found["kill"], found["quarantined"]) == (False, [])
    assert rollout_from_document(found).running
    again = release_all(switch, state, None, **SAID)
    assert (again.version, again.refused) == (None, "it was not killed")


def test_a_kill_needs_no_state_that_it_understands(switch):
    state = MemoryState()
    state.write({"version": 99, "rollout": {"version": 99}}, expected=state.read(), by="later", why="a later release")
    assert kill_all(switch, state, **SAID).version == 2
    assert state.read().document == {"version": 99, "rollout": {"version": 99}, "rules": [], "kill": True}


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "postgresql://ops:hunter2@127.0.0.1:9/x"])
def test_with_the_state_away_this_machine_is_on_legacy_all_the_same(url, switch):
    done = kill_all(switch, open_state(url), **SAID)
    assert (done.file, done.version) == (switch.with_name("kill"), None)
    assert "no answer" in done.problem
    assert "hunter2" not in done.problem
    assert said_here(switch).kill


def test_with_the_state_away_nothing_is_released(switch):
    away = open_state("redis://127.0.0.1:9/0")
    kill_all(switch, None, **SAID)
    done = release_all(switch, away, None, **SAID)
    assert done.file is None
    assert "no answer" in done.problem
    assert said_here(switch).kill


def test_a_provider_is_quarantined_and_released(switch, state, start):
    start(state)
    assert quarantine_all(switch, state, "groq", **SAID).version == 2
    assert quarantine_all(switch, state, "near", **SAID).version == 3
    assert said_here(switch).quarantined == ("groq", "near")
    assert sorted(state.read().document["quarantined"]) == ["groq", "near"]
    assert release_all(switch, state, "groq", **SAID).version == 4
    assert said_here(switch).quarantined == ("near",)
    assert state.read().document["quarantined"] == ["near"]


def test_a_quarantine_needs_no_rollout(switch, state):
    quarantine_all(switch, state, "groq", **SAID)
    assert state.read().document["quarantined"] == ["groq"]
    release_all(switch, state, "groq", **SAID)
    assert state.read().document["quarantined"] == []


def test_the_quarantine_file_keeps_what_people_wrote_into_it(switch):
    file = quarantine(switch, "groq")
    file.write_bytes(b"# since noon\n near \ngroq\n")
    quarantine(switch, "near")
    assert file.read_bytes() == b"# since noon\n near \ngroq\n"
    assert end_quarantine(switch, "groq")
    assert file.read_bytes() == b"# since noon\n near \n"
    assert not end_quarantine(switch, "groq")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b"])
def test_what_can_be_no_line_is_refused(name, switch):
    with pytest.raises(UnknownName, match="unknown provider"):
        quarantine(switch, name)
    assert not switch.parent.exists()
