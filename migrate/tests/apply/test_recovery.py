"""Recovery of what cannot be settled by itself, or was not written by us."""

import json

import pytest

from cutover_migrate.apply import (
    FileChange,
    NothingToRecover,
    RecoveryBlocked,
    RollbackFailed,
    RolledBack,
    RolledForward,
    commit,
    recover,
    undo,
)

CHANGES = (FileChange("a.py", b"a", b"A"), FileChange("b.py", b"b", b"B"), FileChange("n/c.py", None, b"c"))


@pytest.fixture
def interrupted(root, put, crash):
    """A project whose apply was killed at the named step."""

    def kill(name):
        put({"a.py": b"a", "b.py": b"b"})
        steps = []
        commit(root, CHANGES, journal={}, step=steps.append)
        undo(root)
        assert crash("commit", root, CHANGES, kill_at=steps.index(name) + 1)["killed"]
        return root

    return kill


@pytest.fixture
def half_done(interrupted):
    """A project whose apply was killed between its first and its second file."""
    return interrupted("replace b.py")


def test_work_that_was_not_complete_goes_back(interrupted):
    root = interrupted("open commit")
    assert recover(root) == RolledBack("", ())
    assert not (root / ".cutover").exists()
    assert (root / "a.py").read_bytes() == b"a"


def test_work_that_was_complete_goes_forward_and_says_what(half_done):
    assert recover(half_done) == RolledForward("apply", ("a.py", "b.py", "n/c.py"))
    assert (half_done / "b.py").read_bytes() == b"B"
    assert recover(half_done) == NothingToRecover()


def test_a_file_that_someone_changed_meanwhile_blocks_by_name_and_is_not_lost(half_done, snapshot):
    (half_done / "b.py").write_bytes(b"edited")
    with pytest.raises(RecoveryBlocked) as caught:
        recover(half_done)
    assert str(caught.value) == (
        "a command was interrupted here, and b.py has been changed since by someone else; save your version elsewhere, "
        "put the copy .cutover/txn/old/1 or .cutover/txn/new/1 in its place, then run the command again"
    )
    assert (half_done / "b.py").read_bytes() == b"edited"


def test_what_the_message_says_unblocks(half_done):
    (half_done / "b.py").write_bytes(b"edited")
    with pytest.raises(RecoveryBlocked):
        recover(half_done)
    (half_done / "b.py").write_bytes((half_done / ".cutover/txn/old/1").read_bytes())
    assert recover(half_done) == RolledForward("apply", ("a.py", "b.py", "n/c.py"))


def test_putting_back_that_fails_is_told_and_done_by_the_next_command(root, put, snapshot):
    put({"a.py": b"a", "b.py": b"b"})
    before = snapshot(root)
    broken = []

    def fail_from_b_on(step):
        if broken or step == "replace b.py":
            broken.append(step)
            if step != "replace abort":
                raise OSError(5, "Input/output error")

    with pytest.raises(RollbackFailed) as caught:
        commit(root, CHANGES, journal={}, step=fail_from_b_on)
    assert "the next cutover command puts every file back first" in str(caught.value)
    assert recover(root) == RolledBack("apply", ("a.py", "b.py", "n/c.py"))
    assert snapshot(root) == before


def test_a_change_meanwhile_blocks_putting_back_too(root, put):
    put({"a.py": b"a", "b.py": b"b"})

    def edit_and_fail(step):
        if step == "replace b.py":
            (root / "a.py").write_bytes(b"edited")
            raise OSError(5, "Input/output error")

    with pytest.raises(RollbackFailed, match=r"a\.py has been changed since"):
        commit(root, CHANGES, journal={}, step=edit_and_fail)
    with pytest.raises(RecoveryBlocked, match=r"a\.py has been changed since"):
        recover(root)
    assert (root / "a.py").read_bytes() == b"edited"


def test_a_system_that_refuses_recovery_is_told(half_done):
    def refuse(step):
        raise OSError(30, "Read-only file system")

    with pytest.raises(RecoveryBlocked, match=r"cannot be settled .*Read-only file system.*; remove the cause"):
        recover(half_done, step=refuse)
    assert isinstance(recover(half_done), RolledForward)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"version": 9, "id": "000000000000"}', b'{"version": 1, "id": "../x"}']
)
def test_a_damaged_manifest_is_told(half_done, text):
    (half_done / ".cutover/txn/manifest.json").write_bytes(text)
    with pytest.raises(RecoveryBlocked, match=r"manifest\.json is damaged .*; compare the copies"):
        recover(half_done)


@pytest.mark.parametrize(
    "change",
    [
        {"target": "../outside.py"},
        {"target": "/outside.py"},
        {"target": "link/outside.py"},
        {"before": ["x"]},
        {"owner": {"mode": "x"}},
        {"surprise": 1},
    ],
)
def test_a_manifest_that_leads_out_of_the_project_is_never_followed(half_done, change):
    (half_done / "link").symlink_to(half_done.parent)
    path = half_done / ".cutover/txn/manifest.json"
    manifest = json.loads(path.read_text())
    manifest["entries"][1] |= change
    path.write_text(json.dumps(manifest))
    with pytest.raises(RecoveryBlocked, match="damaged"):
        recover(half_done)
    assert not (half_done.parent / "outside.py").exists()


def test_a_damaged_staged_copy_is_never_written(half_done):
    (half_done / ".cutover/txn/new/1").write_bytes(b"damaged")
    with pytest.raises(RecoveryBlocked) as caught:
        recover(half_done)
    assert str(caught.value) == (
        "a command was interrupted here, and b.py cannot be written, as its copy .cutover/txn/new/1 is damaged; "
        "compare the copies in .cutover/txn/old with the project by hand, then remove .cutover/txn"
    )
    assert (half_done / "b.py").read_bytes() == b"b"


def test_folders_that_lead_out_of_the_project_are_never_followed(half_done):
    path = half_done / ".cutover/txn/manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"remove_folders": ["../project2"]}))
    with pytest.raises(RecoveryBlocked, match="damaged"):
        recover(half_done)


@pytest.mark.parametrize("left", ["empty folder", "lock", "swept"])
def test_what_a_process_that_ended_very_early_or_late_left_is_cleared(root, put, snapshot, left):
    (root / ".cutover").mkdir()
    if left == "lock":
        put({".cutover/lock": b"12345"})
    if left == "swept":
        put({".cutover/txn-done/new/0": b"x"})
    assert recover(root) == NothingToRecover()
    assert snapshot(root) == {}


def test_a_folder_with_other_things_in_it_is_left_alone(root, put, snapshot):
    put({".cutover/switch.json": b"{}"})
    before = snapshot(root)
    assert recover(root) == NothingToRecover()
    assert snapshot(root) == before


def test_a_file_where_the_folder_should_be_is_left_alone(root, put):
    put({".cutover": b"mine"})
    assert recover(root) == NothingToRecover()
    assert (root / ".cutover").read_bytes() == b"mine"
