"""Read-only files and folders, as a user for whom mode bits count."""

import os

import pytest

from cutover_migrate.apply import FileChange, commit

CHANGES = (FileChange("src/a.py", b"a", b"A"), FileChange("src/new/b.py", None, b"b"))


@pytest.fixture
def root(open_folder):
    """A project that any user may enter."""
    project = open_folder / "project"
    (project / "src").mkdir(parents=True)
    (project / "src/a.py").write_bytes(b"a")
    return project


@pytest.fixture
def refused(root, as_nobody, snapshot):
    """Commit where it must be refused; gives the message, after checking that the tree is untouched."""

    def run(path, mode, *, command="commit", changes=CHANGES):
        (root / path).chmod(mode)
        before = snapshot(root)
        answer = as_nobody(command, root, changes=changes)
        assert answer["error"] == "NotWritable", answer
        assert snapshot(root) == before
        (root / path).chmod(0o755)
        return answer["message"]

    return run


def test_a_writable_project_is_written(root, as_nobody):
    assert as_nobody("commit", root, changes=CHANGES)["error"] is None
    assert (root / "src/a.py").read_bytes() == b"A"


def test_a_read_only_file_is_refused_by_name(refused):
    assert refused("src/a.py", 0o444) == (
        "cannot write src/a.py (read-only file); nothing was written; make them writable or run as their owner"
    )


def test_an_unreadable_file_is_refused_by_name(refused):
    assert "src/a.py (read-only file)" in refused("src/a.py", 0o200)


def test_a_read_only_folder_is_refused_by_name(refused):
    assert "cannot write src (read-only folder)" in refused("src", 0o555)


def test_a_folder_that_cannot_be_listed_is_refused(refused):
    assert "src (read-only folder)" in refused("src", 0o333)


def test_a_read_only_root_is_refused_though_the_files_could_be_written(refused, root):
    assert f"cannot write {root} (read-only folder)" in refused(".", 0o555)


def test_a_read_only_folder_of_the_commands_is_refused(refused, root):
    (root / ".cutover").mkdir()
    assert "cannot write .cutover (read-only folder)" in refused(".cutover", 0o555)


def test_undo_is_refused_where_a_file_has_become_read_only(refused, root):
    commit(root, CHANGES, journal={})
    assert "src/a.py (read-only file)" in refused("src/a.py", 0o444, command="undo", changes=())


def test_recovery_needs_no_right_to_write_where_there_is_nothing_to_recover(root, as_nobody):
    root.chmod(0o555)
    assert as_nobody("recover", root)["outcome"] == "NothingToRecover"
    root.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_that_could_not_keep_its_owner_is_refused(root, crash, snapshot):
    for path in (root, root / "src"):
        path.chmod(0o777)
    (root / "src/a.py").chmod(0o666)
    before = snapshot(root)
    answer = crash("commit", root, CHANGES, uid=65534)
    assert answer["error"] == "NotWritable"
    assert "src/a.py (belongs to user 0, and only that user can keep it so)" in answer["message"]
    assert snapshot(root) == before
