"""Kill, quarantine and release at two in the morning: wrong folder, wrong state, damaged settings, half of it told."""

import os
import sqlite3
from contextlib import closing

import pytest

from cutover_cli._rollout_options import _who
from cutover_rollout import said_here, started_here
from cutover_rollout.state import open_state

PLAN = """
certificate = false
[[stages]]
name = "half"
share = 0.5
minutes = 1
[[stages]]
name = "all"
share = 1.0
minutes = 1
"""


@pytest.fixture
def root(tmp_path):
    top = tmp_path / "gateway"
    top.mkdir()
    (top / "cutover.toml").write_text('[rollout]\nplan = "plan.toml"\n')
    (top / "plan.toml").write_text(PLAN)
    return top


@pytest.fixture
def rollout(cutover, root):
    def rollout(*asked, cwd=root, **options):
        return cutover("rollout", *asked, cwd=cwd, **options)

    return rollout


@pytest.fixture
def begun(rollout):
    ran = rollout("start")
    assert ran.code == 0, ran
    return ran


def killed_here(root):
    return said_here(root / ".cutover" / "switch.json").kill


def document(root, name="default"):
    return open_state(f"sqlite:///{root}/.cutover/state.db", name=name).read().document


def test_in_a_folder_without_a_cutover_a_kill_asks_whether_it_is_the_right_one(rollout, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = rollout("kill", cwd=empty)
    assert ran.code == 1
    assert ran.out.startswith("on this machine only, killed: everything is on the legacy arm for workers that read ")
    assert ran.err == f"no cutover is applied here ({empty}): is this the gateway's root?\n"
    assert [path.name for path in (empty / ".cutover").iterdir()] == ["kill"]


def test_where_a_switch_file_alone_is_used_a_kill_of_this_machine_is_all(rollout, root):
    (root / ".cutover").mkdir()
    ran = rollout("kill")
    assert (ran.code, ran.err) == (0, "")
    assert "for workers that read" in ran.out
    assert killed_here(root)


@pytest.mark.parametrize("action", [["kill"], ["quarantine", "near"]])
def test_a_state_that_is_not_there_is_not_made(action, begun, rollout, root, tmp_path):
    ran = rollout(*action, "--state", f"sqlite:///{tmp_path}/deep/stat.db")
    assert ran.code == 1
    assert (
        f"the state was not told (there is no file {tmp_path}/deep/stat.db; do the workers follow another one?)"
        in ran.err
    )
    assert not (tmp_path / "deep").exists()
    assert (root / ".cutover" / action[0]).exists()


def test_a_name_that_nobody_wrote_is_said(begun, rollout, root):
    for decision in (1, 2):
        ran = rollout("kill", "--name", "prd", "--json")
        assert (ran.code, ran.data["decision"]) == (1, decision)
        [doubt] = ran.data["doubts"]
        assert doubt.endswith("(prd): nobody may be following it")
    assert not document(root).get("kill")


def test_the_name_of_the_mark_counts_also_where_the_settings_name_the_state(cutover, root):
    (root / "cutover.toml").write_text('[rollout]\nplan = "plan.toml"\nstate = "sqlite:///.cutover/state.db"\n')
    assert cutover("rollout", "start", "--name", "two", cwd=root).code == 0
    ran = cutover("rollout", "kill", cwd=root)
    assert (ran.code, ran.err) == (0, "")
    assert document(root, "two")["kill"] is True
    assert document(root) == {}


def test_that_the_mark_speaks_of_another_state_is_said(cutover, root, tmp_path):
    assert cutover("rollout", "start", cwd=root).code == 0
    (root / "cutover.toml").write_text(f'[rollout]\nstate = "sqlite:///{tmp_path}/other.db"\n')
    ran = cutover("rollout", "status", cwd=root)
    assert "a rollout was started here with the state sqlite:///" in ran.err
    assert "this is another one" in ran.err


DAMAGES = {
    "settings that are not TOML": ("cutover.toml", "<<<<<<< HEAD\n", "not TOML"),
    "a mistyped setting": ("cutover.toml", '[rollout]\nstat = "x"\n', "there is no setting 'rollout.stat'"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_settings_do_not_keep_a_kill_from_the_state_of_the_mark(damage, begun, rollout, root):
    name, text, said = DAMAGES[damage]
    (root / name).write_text(text)
    ran = rollout("kill")
    assert ran.code == 1
    assert said in ran.err
    assert killed_here(root)
    assert document(root)["kill"] is True


def test_a_damaged_mark_does_not_keep_a_kill_from_this_machine(begun, rollout, root):
    mark = root / ".cutover" / "rollout.json"
    mark.write_text("")
    ran = rollout("kill")
    assert ran.code == 1
    assert f"{mark}: it is not JSON; say `--state URL`, or remove it" in ran.err
    assert killed_here(root)
    mark.unlink()
    assert rollout("kill").code == 0


def test_with_damaged_settings_the_name_of_the_mark_counts_for_a_typed_state_too(cutover, root):
    assert cutover("rollout", "start", "--name", "two", cwd=root).code == 0
    (root / "cutover.toml").write_text("<<<<<<< HEAD\n")
    ran = cutover("rollout", "kill", "--state", f"sqlite:///{root}/.cutover/state.db", cwd=root)
    assert ran.code == 1
    assert document(root, "two")["kill"] is True


def test_a_start_that_is_told_its_state_writes_a_damaged_mark_anew(rollout, root):
    mark = root / ".cutover" / "rollout.json"
    mark.parent.mkdir()
    mark.write_text("{")
    assert "`cutover rollout start --state URL` writes it anew" in rollout("start").refused()
    state = f"sqlite:///{root}/.cutover/state.db"
    assert rollout("start", "--state", state).code == 0
    assert started_here(root).state == state


def test_a_kill_file_that_cannot_be_made_does_not_keep_it_from_the_state(begun, rollout, root):
    switch = root / "file" / "switch.json"
    (root / "file").write_text("")
    ran = rollout("kill", env={"CUTOVER_SWITCH_FILE": str(switch)})
    assert ran.code == 1
    assert "killed: everything is on the legacy arm for workers that follow the state" in ran.out
    assert f"this machine: kill file {switch.with_name('kill')}" in ran.err
    assert document(root)["kill"] is True


def test_a_quarantine_file_that_cannot_be_written_does_not_keep_it_from_the_state(begun, rollout, root):
    (root / ".cutover" / "quarantine").mkdir()
    ran = rollout("quarantine", "near", "--json")
    assert (ran.code, ran.data["file"], ran.data["decision"]) == (1, None, 2)
    assert f"quarantine file {root / '.cutover' / 'quarantine'}" in ran.data["unwritten"]
    assert document(root)["quarantined"] == ["near"]


def test_a_release_that_cannot_be_written_here_is_told_to_the_state_and_says_what_is_left(begun, rollout, root):
    assert rollout("quarantine", "near").code == 0
    here = root / ".cutover" / "quarantine"
    here.unlink()
    here.mkdir()
    ran = rollout("release", "near")
    assert (ran.code, document(root)["quarantined"]) == (1, [])
    assert ran.out.startswith("released for workers that follow the state: the quarantine of near")
    assert f"this machine: quarantine file {here}" in ran.err
    assert rollout("kill").code == 0
    assert rollout("release").code == 0
    assert not (root / ".cutover" / "kill").exists()


def locked(root):
    holding = sqlite3.connect(root / ".cutover" / "state.db", isolation_level=None)
    holding.execute("BEGIN EXCLUSIVE")
    return closing(holding)


def test_a_release_after_half_a_kill_does_not_bring_the_share_back(begun, rollout, root):
    with locked(root):
        ran = rollout("kill")
    assert ran.code == 1
    assert ran.out.startswith("on this machine only, killed: everything is on the legacy arm for workers that read ")
    assert "Its rollout goes on as it was: once it answers, say it again" in ran.err
    held = rollout("release")
    assert (held.code, held.out) == (1, "")
    assert "its rollout goes on with 50 %" in held.err
    assert killed_here(root)
    assert rollout("kill").code == 0
    assert rollout("release").code == 0
    assert not killed_here(root)
    assert document(root).get("kill", False) is False


def test_by_force_it_does(begun, rollout, root):
    (root / ".cutover" / "kill").touch()
    assert rollout("release", "--force").code == 0
    assert not killed_here(root)


def test_a_release_that_the_state_does_not_hear_of_leaves_everything(begun, rollout, root):
    assert rollout("kill").code == 0
    with locked(root):
        ran = rollout("release")
    assert ran.code == 1
    assert "`cutover switch release` ends what this machine's file says" in ran.err
    assert killed_here(root)


@pytest.mark.parametrize("asked", [["release"], ["release", "nobody"]])
def test_where_nothing_was_said_nothing_is_released(asked, begun, rollout):
    ran = rollout(*asked)
    assert (ran.code, ran.out.startswith("nothing to release: ")) == (0, True)


def test_a_release_makes_no_state(rollout, root, tmp_path):
    assert rollout("release").out == "nothing to release: nobody said the kill\n"
    ran = rollout("release", "--state", f"sqlite:///{tmp_path}/gone.db", "--json")
    assert (ran.code, ran.data["decision"]) == (1, None)
    assert f"there is no file {tmp_path}/gone.db" in ran.data["doubts"][0]
    assert not (tmp_path / "gone.db").exists()
    assert not (root / ".cutover").exists()


def test_a_release_writes_nothing_where_nothing_was_said_in_a_state_without_a_rollout(begun, rollout, root):
    assert rollout("release", "--name", "bare").out == "nothing to release: nobody said the kill\n"
    assert open_state(f"sqlite:///{root}/.cutover/state.db", name="bare").read().version == 0


def test_the_providers_of_the_plan_are_known_too(rollout, root):
    (root / "plan.toml").write_text(f'providers = ["near", "groq"]{PLAN}')
    assert rollout("start").code == 0
    assert rollout("quarantine", "near").code == 0
    ran = rollout("quarantine", "[red]naer")
    assert ran.code == 1
    assert ran.err == "it was written all the same, but no provider '[red]naer' is known here; there are groq, near\n"


def test_a_mistyped_provider_is_quarantined_with_a_question(cutover, applied):
    ran = cutover("rollout", "quarantine", "gama", "--json", cwd=applied)
    assert ran.code == 1
    assert (
        ran.data["doubts"][-1]
        == "it was written all the same, but no provider 'gama' is known here; did you mean gamma?"
    )
    assert said_here(applied / ".cutover" / "switch.json").quarantined == ("gama",)


def test_a_plan_with_mistyped_names_is_told(cutover, applied):
    plan = applied / "plan.toml"
    plan.write_text(f'providers = ["alpha", "gama"]\nsites = ["nosite"]{PLAN}')
    ran = cutover("rollout", "plan", "--plan", plan, cwd=applied)
    assert ran.code == 1
    first, second = ran.err.splitlines()
    assert first == "no provider 'gama' is known here; did you mean gamma?"
    assert second.startswith("no site 'nosite' is known here; there are ")
    begun = cutover("rollout", "start", "--plan", plan, "--json", cwd=applied)
    assert (begun.code, begun.data["doubts"]) == (0, [first, second])


def test_of_a_plan_whose_names_are_known_nothing_is_said(cutover, applied):
    plan = applied / "plan.toml"
    plan.write_text(f'providers = ["alpha"]{PLAN}')
    ran = cutover("rollout", "plan", "--plan", plan, cwd=applied)
    assert (ran.code, ran.err) == (0, "")


def test_the_history_names_the_provider(begun, rollout, root):
    rollout("quarantine", "near", "--why", "slow")
    rollout("release", "near")
    rows = open_state(f"sqlite:///{root}/.cutover/state.db").history()
    told = [(row.evidence["action"], row.evidence["provider"], row.why) for row in rows[1:]]
    assert told == [("quarantine", "near", "slow"), ("release", "near", "released by hand")]


def test_so_it_does_where_no_rollout_was_begun(begun, rollout, root):
    for asked in (["kill"], ["quarantine", "near"], ["release", "near"]):
        rollout(*asked, "--name", "bare")
    rows = open_state(f"sqlite:///{root}/.cutover/state.db", name="bare").history()
    assert [(row.evidence["action"], row.evidence.get("provider")) for row in rows] == [
        ("kill", None), ("quarantine", "near"), ("release", "near"),
    ]  # fmt: skip


def test_somebody_without_a_name_is_told_by_number(monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert _who() == f"user {os.getuid()}"
