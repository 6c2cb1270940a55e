"""Commit: all changes and the journal, or a refusal that names the file and has written nothing."""

import json
import os
import stat

import pytest

from cutover_migrate.apply import (
    Committed,
    FileChange,
    FileChanged,
    PathRefused,
    TargetExists,
    WriteFailed,
    WrongState,
    commit,
    read_journal,
    recover,
    undo,
)


@pytest.fixture
def refused(root, snapshot):
    """Commit changes that must be refused; gives the message, after checking that the tree is untouched."""

    def run(kind, *changes):
        before = snapshot(root)
        with pytest.raises(kind) as caught:
            commit(root, changes, journal={})
        assert snapshot(root) == before
        return caught.value

    return run


def test_files_are_written_created_and_removed(root, put):
    put({"a.py": b"old\n", "gone.py": b"x"})
    changes = [
        FileChange("a.py", b"old\n", b"new\n"),
        FileChange("src/b.py", None, b"b"),
        FileChange("gone.py", b"x", None),
    ]
    assert commit(root, changes, journal={}) == Committed(("a.py",), ("src/b.py",), ("gone.py",), ("src",))
    assert (root / "a.py").read_bytes() == b"new\n"
    assert (root / "src/b.py").read_bytes() == b"b"
    assert not (root / "gone.py").exists()


def test_the_journal_and_both_copies_are_kept(root, put):
    put({"src/a.py": b"old\n"})
    commit(root, [FileChange("src/a.py", b"old\n", b"new\n")], journal={"sites": [{"name": "chat"}]})
    assert (root / ".cutover/originals/src/a.py").read_bytes() == b"old\n"
    assert (root / ".cutover/applied/src/a.py").read_bytes() == b"new\n"
    written = json.loads((root / ".cutover/journal.json").read_text())
    assert written["version"] == 1
    assert written["state"] == "applied"
    assert written["sites"] == [{"name": "chat"}]
    assert [file["path"] for file in written["files"]] == ["src/a.py"]


def test_nothing_else_is_left_in_the_folder(root):
    commit(root, [FileChange("a.py", None, b"a")], journal={})
    assert sorted(path.name for path in (root / ".cutover").iterdir()) == ["applied", "journal.json"]


@pytest.mark.parametrize("data", [b"a\r\nb\r\n", b"no end", b"", b"\xff\x00\xfe", "é\u2028x\n".encode()])
def test_bytes_arrive_as_they_are(root, data):
    commit(root, [FileChange("a", None, data)], journal={})
    assert (root / "a").read_bytes() == data


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o664])
def test_the_mode_of_a_file_is_kept_through_commit_and_undo(root, put, mode):
    put({"a.py": b"old"})
    (root / "a.py").chmod(mode)
    commit(root, [FileChange("a.py", b"old", b"new")], journal={})
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == mode
    undo(root)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == mode


def test_a_removed_file_comes_back_with_its_mode(root, put):
    put({"a.py": b"old"})
    (root / "a.py").chmod(0o751)
    commit(root, [FileChange("a.py", b"old", None)], journal={})
    undo(root)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o751


def test_copies_of_a_private_file_are_private(root, put):
    put({"a.py": b"secret"})
    (root / "a.py").chmod(0o600)
    commit(root, [FileChange("a.py", b"secret", b"secret 2")], journal={})
    for folder in ("originals", "applied"):
        assert stat.S_IMODE((root / ".cutover" / folder / "a.py").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_keeps_the_owner_of_a_file(root, put):
    put({"a.py": b"old"})
    os.chown(root / "a.py", 65534, 65534)
    commit(root, [FileChange("a.py", b"old", b"new")], journal={})
    assert ((root / "a.py").stat().st_uid, (root / "a.py").stat().st_gid) == (65534, 65534)


@pytest.mark.parametrize("name", ["größe.py", "日本/語.py", "with space.py", "semi;colon", os.fsdecode(b"raw-\xff.py")])
def test_any_file_name_goes_through_commit_and_undo(root, snapshot, name):
    commit(root, [FileChange(name, None, b"x")], journal={})
    assert (root / name).read_bytes() == b"x"
    assert read_journal(root).files[0].path == name
    undo(root)
    assert snapshot(root) == {}


def test_a_change_that_changes_nothing_is_left_out(root, put, snapshot):
    put({"a.py": b"same"})
    assert commit(root, [FileChange("a.py", b"same", b"same")], journal={}) == Committed((), (), (), ())
    assert read_journal(root).files == ()
    undo(root)
    assert list(snapshot(root)) == ["a.py"]


def test_a_link_inside_the_project_is_written_through_and_stays_a_link(root, put):
    put({"real/a.py": b"old"})
    (root / "a.py").symlink_to("real/a.py")
    commit(root, [FileChange("a.py", b"old", b"new")], journal={})
    assert (root / "a.py").is_symlink()
    assert (root / "real/a.py").read_bytes() == b"new"


def test_a_project_reached_by_a_link_is_the_project(root, put):
    put({"a.py": b"old"})
    link = root.parent / "link"
    link.symlink_to(root)
    commit(str(link), [FileChange("a.py", b"old", b"new")], journal={})
    assert (root / "a.py").read_bytes() == b"new"


def test_a_file_changed_since_the_plan_is_refused_by_name(put, refused):
    put({"a.py": b"edited", "b.py": b"fine", "c.py": b"edited"})
    changes = [FileChange(name, b"fine", b"new") for name in ("a.py", "b.py", "c.py")]
    error = refused(FileChanged, *changes)
    assert error.paths == ("a.py", "c.py")
    assert str(error) == (
        "changed since the plan was made: a.py, c.py; nothing was written; make a new plan and apply that"
    )


def test_a_file_that_went_away_since_the_plan_is_refused(refused):
    assert refused(FileChanged, FileChange("a.py", b"old", b"new")).paths == ("a.py",)


def test_a_target_that_exists_is_refused_by_name(put, refused):
    put({"a.py": b"mine"})
    error = refused(TargetExists, FileChange("new.py", None, b"n"), FileChange("a.py", None, b"new"))
    assert str(error) == (
        "to be created, but there already: a.py; nothing was written; "
        "move them away, or choose other folders with `cutover plan --services FOLDER --config FOLDER`"
    )


@pytest.mark.parametrize("path", ["../a", "/etc/x", "a/../b", "./a", "", "a//b", "a/", "a\0b"])
def test_a_path_that_is_not_plain_is_refused(refused, path):
    assert "relative to the project root" in str(refused(PathRefused, FileChange(path, None, b"x")))


@pytest.mark.parametrize("path", [".cutover/journal.json", ".cutover/txn/commit", ".cutover/switch.json"])
def test_the_folder_of_the_commands_is_not_part_of_the_project(refused, path):
    assert str(refused(PathRefused, FileChange(path, None, b"x"))) == (
        f"refused to write '{path}': .cutover is not part of the project; nothing was written"
    )


def test_a_link_out_of_the_project_is_refused(root, refused):
    (root.parent / "outside").mkdir()
    (root.parent / "outside/a.py").write_bytes(b"old")
    (root / "file.py").symlink_to("../outside/a.py")
    (root / "folder").symlink_to("../outside")
    assert "leads out of the project" in str(refused(PathRefused, FileChange("file.py", b"old", b"new")))
    assert "leads out of the project" in str(refused(PathRefused, FileChange("folder/new.py", None, b"new")))


def test_a_link_into_the_folder_of_the_commands_is_refused(root, put, refused):
    put({".cutover/switch.json": b"{}"})
    (root / "link").symlink_to(".cutover")
    assert "it leads into .cutover" in str(refused(PathRefused, FileChange("link/switch.json", b"{}", b"x")))


def test_links_that_lead_nowhere_are_refused(root, refused):
    (root / "dangling").symlink_to("missing")
    (root / "loop").symlink_to("loop")
    for name in ("dangling", "loop"):
        assert "a link that leads nowhere" in str(refused(PathRefused, FileChange(name, None, b"x")))


def test_what_is_no_plain_file_is_refused(root, put, refused):
    put({"folder/a": b"", "file": b""})
    os.mkfifo(root / "pipe")
    assert "a folder is there" in str(refused(PathRefused, FileChange("folder", None, b"x")))
    assert "no plain file" in str(refused(PathRefused, FileChange("pipe", None, b"x")))
    assert "file is a file, not a folder" in str(refused(PathRefused, FileChange("file/a", None, b"x")))
    assert "name too long" in str(refused(PathRefused, FileChange("a" * 300, None, b"x")))


def test_two_changes_to_one_file_are_refused(root, put, refused):
    put({"a.py": b"old"})
    (root / "b.py").symlink_to("a.py")
    change = FileChange("a.py", b"old", b"new")
    assert "the same file as 'a.py'" in str(refused(PathRefused, change, change))
    assert "the same file as 'a.py'" in str(refused(PathRefused, change, FileChange("b.py", b"old", b"new")))


def test_a_file_below_another_file_of_the_plan_is_refused(refused):
    error = refused(PathRefused, FileChange("a", None, b"x"), FileChange("a/b", None, b"x"))
    assert "a is to be a file, not a folder" in str(error)


def test_a_folder_of_the_commands_that_is_a_link_is_refused(root, refused):
    (root / ".cutover").symlink_to(root.parent)
    assert "must be a folder" in str(refused(PathRefused, FileChange("a.py", None, b"x")))


def test_a_root_that_is_no_folder_is_refused(root):
    with pytest.raises(PathRefused, match="is not a folder"):
        commit(root / "missing", [], journal={})


def test_a_second_apply_is_refused(root, snapshot):
    commit(root, [FileChange("a.py", None, b"a")], journal={})
    before = snapshot(root)
    with pytest.raises(WrongState) as caught:
        commit(root, [FileChange("b.py", None, b"b")], journal={})
    assert str(caught.value) == (
        ".cutover/journal.json: cannot apply: this project is applied; "
        "run `cutover undo` first, then plan and apply again"
    )
    assert snapshot(root) == before


def test_other_files_in_the_folder_stay(root, put, snapshot):
    put({".cutover/recordings/one.bin": b"1", ".cutover/switch.json": b"{}"})
    before = snapshot(root)
    commit(root, [FileChange("a.py", None, b"a")], journal={})
    undo(root)
    assert snapshot(root) == before


def test_what_a_lost_journal_left_is_written_over(root, put, snapshot):
    put({"a.py": b"old", ".cutover/originals/a.py": b"stale", ".cutover/applied/b.py": b"stale"})
    commit(root, [FileChange("a.py", b"old", b"new")], journal={})
    undo(root)
    assert set(snapshot(root)) == {"a.py"}


def test_an_edit_made_while_writing_is_kept_and_everything_else_put_back(root, put, snapshot):
    put({"a.py": b"a", "b.py": b"b"})

    def edit_b_when_a_is_replaced(step):
        if step == "replace a.py":
            (root / "b.py").write_bytes(b"edited")

    changes = [FileChange("a.py", b"a", b"A"), FileChange("b.py", b"b", b"B")]
    with pytest.raises(FileChanged) as caught:
        commit(root, changes, journal={}, step=edit_b_when_a_is_replaced)
    assert caught.value.paths == ("b.py",)
    assert {name: entry[2] for name, entry in snapshot(root).items()} == {"a.py": b"a", "b.py": b"edited"}


def test_what_the_system_refuses_is_told_and_everything_put_back(root, put, snapshot):
    put({"a.py": b"a", "b.py": b"b"})
    before = snapshot(root)

    def full(step):
        if step == "replace b.py":
            raise OSError(28, "No space left on device")

    changes = [FileChange("a.py", b"a", b"A"), FileChange("b.py", b"b", b"B"), FileChange("n/c.py", None, b"c")]
    with pytest.raises(WriteFailed) as caught:
        commit(root, changes, journal={}, step=full)
    assert str(caught.value) == (
        "apply failed ([Errno 28] No space left on device); every file is as it was; "
        "remove the cause, then run apply again"
    )
    assert snapshot(root) == before


def test_all_is_durable_before_the_mark_that_makes_it_count(root, put):
    put({"a.py": b"a"})
    steps = []
    commit(root, [FileChange("a.py", b"a", b"A")], journal={}, step=steps.append)
    mark = steps.index("open commit")
    opened = sum(step.startswith("open ") for step in steps[:mark])
    assert sum(step.startswith("sync ") and not step.startswith("sync folder") for step in steps[:mark]) == opened
    assert steps[mark - 3 : mark] == ["sync folder old", "sync folder new", "sync folder txn"]
    assert not any(step.startswith("replace") for step in steps[:mark])
    assert steps.index("replace a.py") < steps.index("replace journal.json") < steps.index("replace txn-done")


def test_recovering_where_nothing_happened_writes_nothing(root, snapshot):
    recover(root)
    assert snapshot(root) == {}
