"""One command at a time in one project."""

import os

import pytest

from cutover_migrate.apply import CommandRunning, FileChange, WriteFailed, commit, recover, undo


@pytest.mark.parametrize("command", ["commit", "undo", "advance", "recover"])
def test_a_second_command_is_refused_and_told_whom_to_wait_for(root, crash, command):
    answers = []

    def meanwhile(step):
        if step == "replace journal.json":
            answers.append(crash(command, root, [FileChange("b.py", None, b"b")]))

    commit(root, [FileChange("a.py", None, b"a")], journal={}, step=meanwhile)
    assert [answer["message"] for answer in answers] == [
        f"another cutover command (process {os.getpid()}) is at work in {root}; "
        "wait until it has ended, then run this again"
    ]
    assert not (root / "b.py").exists()


def test_a_lock_that_does_not_name_its_holder_is_still_a_lock(root, crash):
    def meanwhile(step):
        if step == "replace journal.json":
            (root / ".cutover/lock").write_bytes(b"")
            with pytest.raises(CommandRunning) as caught:
                recover(root)
            assert caught.value.pid is None
            assert "process unknown" in str(caught.value)

    commit(root, [FileChange("a.py", None, b"a")], journal={}, step=meanwhile)


def test_the_lock_of_a_killed_process_is_free(root, crash):
    assert crash("commit", root, [FileChange("a.py", None, b"a")], kill_at=1)["killed"]
    assert (root / ".cutover/lock").exists()
    commit(root, [FileChange("a.py", None, b"a")], journal={})


def test_two_projects_do_not_wait_for_each_other(root, crash):
    other = root.parent / "other"
    other.mkdir()

    def meanwhile(step):
        if step == "replace journal.json":
            assert crash("commit", other, [FileChange("b.py", None, b"b")])["error"] is None

    commit(root, [FileChange("a.py", None, b"a")], journal={}, step=meanwhile)
    assert (other / "b.py").exists()


def test_a_lock_that_is_a_link_is_not_followed(root):
    (root / ".cutover").mkdir()
    (root.parent / "victim").write_bytes(b"precious")
    (root / ".cutover/lock").symlink_to(root.parent / "victim")
    with pytest.raises(WriteFailed):
        commit(root, [FileChange("a.py", None, b"a")], journal={})
    assert (root.parent / "victim").read_bytes() == b"precious"


def test_many_processes_at_once_leave_one_winner(root, crash):
    with_lock = []

    def meanwhile(step):
        with_lock.append(crash("undo", root)["error"])

    commit(root, [FileChange("a.py", None, b"a")], journal={}, step=meanwhile)
    assert set(with_lock) == {"CommandRunning"}
    undo(root)
    assert list(root.iterdir()) == []
