"""The kill file is made and taken away; while it is there everything is on legacy."""

import os

import pytest

from cutover_rollout import UnwritableKillFile, end_kill, kill, said_here, set_arm, switch_file_path


def test_a_kill_is_seen_beside_the_switch_and_ends(tmp_path):
    switch = switch_file_path(tmp_path)
    assert not said_here(switch).kill
    assert kill(switch) == kill(switch) == switch.with_name("kill")
    assert said_here(switch).kill
    assert [end_kill(switch), end_kill(switch)] == [True, False]
    assert not said_here(switch).kill


def test_a_kill_leaves_the_rules_as_they_are(tmp_path):
    switch = switch_file_path(tmp_path)
    set_arm(switch, "registry", provider="near")
    before = switch.read_bytes()
    kill(switch)
    assert switch.read_bytes() == before


def test_a_kill_file_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    switch = tmp_path / "file" / "switch.json"
    with pytest.raises(UnwritableKillFile, match="it is as it was") as refused:
        kill(switch)
    assert refused.value.path == switch.with_name("kill")


def test_a_kill_file_that_cannot_be_removed_is_said(tmp_path):
    os.mkdir(tmp_path / "kill")
    with pytest.raises(UnwritableKillFile, match="it is as it was"):
        end_kill(tmp_path / "switch.json")
