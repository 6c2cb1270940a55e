"""Undo: every byte as before, edits made since kept, or a refusal that has changed nothing."""

import pytest

from cutover_migrate.apply import (
    EditConflict,
    FileChange,
    JournalDamaged,
    JournalMissing,
    PathRefused,
    Undone,
    advance,
    commit,
    undo,
)

BEFORE = b"import a\n\n\ndef f():\n    if x:\n        pass\n\n\ndef g():\n    return 1\n"
AFTER = BEFORE.replace(b"    if x:\n", b"    if new:\n        pass\n    elif x:\n")


@pytest.fixture
def applied(root, put):
    """A project with one file changed, one created in a new folder and one removed."""
    put({"a.py": BEFORE, "gone.py": b"gone\n"})
    changes = [
        FileChange("a.py", BEFORE, AFTER),
        FileChange("src/new/b.py", None, b"b\n"),
        FileChange("gone.py", b"gone\n", None),
    ]
    commit(root, changes, journal={})
    return root


@pytest.fixture
def refused(applied, snapshot):
    """Undo what must be refused; gives the error, after checking that the tree is untouched."""

    def run(**options):
        before = snapshot(applied)
        with pytest.raises(EditConflict) as caught:
            undo(applied, **options)
        assert snapshot(applied) == before
        return caught.value

    return run


def test_every_byte_is_as_before_and_nothing_is_left(root, put, snapshot):
    put({"a.py": b"x\r\ny", "keep/other": b"\0"})
    before = snapshot(root)
    commit(root, [FileChange("a.py", b"x\r\ny", b"z"), FileChange("n/e/w.py", None, b"")], journal={"sites": []})
    assert undo(root) == Undone(restored=("a.py",), removed=("n/e/w.py",), merged=())
    assert snapshot(root) == before


def test_undo_takes_back_what_finish_did_as_well(applied, snapshot):
    advance(applied, [FileChange("a.py", AFTER, b"finished\n"), FileChange("later/c.py", None, b"c")], journal={})
    undo(applied)
    assert {name: entry[2] for name, entry in snapshot(applied).items()} == {"a.py": BEFORE, "gone.py": b"gone\n"}


def test_a_second_undo_says_that_there_is_nothing(applied, snapshot):
    undo(applied)
    before = snapshot(applied)
    with pytest.raises(JournalMissing) as caught:
        undo(applied)
    assert str(caught.value) == (
        ".cutover/journal.json: there is no journal, so nothing was applied here; `cutover apply` writes one"
    )
    assert snapshot(applied) == before


def test_apply_and_undo_can_be_repeated(applied, snapshot):
    undo(applied)
    commit(applied, [FileChange("a.py", BEFORE, AFTER)], journal={})
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE


def test_edits_made_elsewhere_in_the_file_are_kept(applied):
    (applied / "a.py").write_bytes(AFTER.replace(b"return 1", b"return 2"))
    assert undo(applied).merged == ("a.py",)
    assert (applied / "a.py").read_bytes() == BEFORE.replace(b"return 1", b"return 2")


def test_edits_made_where_undo_has_to_write_refuse_the_whole_undo(applied, refused):
    (applied / "a.py").write_bytes(AFTER.replace(b"if new:", b"if new and y:"))
    error = refused()
    assert error.conflicts == (("a.py", 5, "edited since, where this command has to write"),)
    assert str(error) == (
        "undo would lose edits that were made since; nothing was written:\n"
        "  a.py:5: edited since, where this command has to write\n"
        "take these edits out by hand, then run undo again"
    )


def test_force_does_not_write_over_conflicting_edits(applied, refused):
    (applied / "a.py").write_bytes(AFTER.replace(b"if new:", b"if new and y:"))
    refused(force=True)


def test_created_files_that_were_edited_are_refused_by_name(applied, refused):
    (applied / "src/new/b.py").write_bytes(b"b\nmine\n")
    assert str(refused()) == (
        "undo would lose edits that were made since; nothing was written:\n"
        "  src/new/b.py: edited since, and would be removed\n"
        "take these edits out by hand, or force it (edited new files go, removed files come back), then run undo again"
    )


def test_all_that_stands_in_the_way_is_named_at_once(applied, refused):
    (applied / "a.py").write_bytes(AFTER.replace(b"if new:", b"if new and y:"))
    (applied / "src/new/b.py").write_bytes(b"mine")
    assert refused().paths == ("a.py", "src/new/b.py")


def test_force_removes_created_files_that_were_edited(applied):
    (applied / "src/new/b.py").write_bytes(b"mine")
    assert undo(applied, force=True).removed == ("src/new/b.py",)
    assert not (applied / "src").exists()


def test_a_created_file_that_is_gone_is_fine(applied):
    (applied / "src/new/b.py").unlink()
    undo(applied)
    assert not (applied / "src").exists()


def test_a_changed_file_that_is_gone_is_refused_and_restored_by_force(applied, refused):
    (applied / "a.py").unlink()
    assert "a.py: removed since" in str(refused())
    undo(applied, force=True)
    assert (applied / "a.py").read_bytes() == BEFORE


def test_a_removed_file_that_was_made_again_is_never_written_over(applied, refused):
    (applied / "gone.py").write_bytes(b"another\n")
    assert "gone.py: made again since this program removed it" in str(refused(force=True))


def test_a_file_that_was_already_put_back_by_hand_is_fine(applied):
    (applied / "a.py").write_bytes(BEFORE)
    (applied / "gone.py").write_bytes(b"gone\n")
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE


def test_a_created_folder_with_something_else_in_it_stays(applied, snapshot):
    (applied / "src/mine.py").write_bytes(b"mine")
    undo(applied)
    assert {"src", "src/mine.py"} <= set(snapshot(applied))
    assert "src/new" not in snapshot(applied)


def test_cached_bytecode_does_not_keep_a_created_folder(applied):
    cache = applied / "src/new/__pycache__"
    cache.mkdir()
    (cache / "b.cpython-311.pyc").write_bytes(b"\0")
    undo(applied)
    assert not (applied / "src").exists()


def test_what_only_looks_like_cached_bytecode_stays(applied):
    cache = applied / "src/new/__pycache__"
    cache.mkdir()
    (cache / "notes.txt").write_bytes(b"mine")
    undo(applied)
    assert (cache / "notes.txt").read_bytes() == b"mine"


def test_a_folder_that_has_become_a_link_is_left_alone(applied):
    outside = applied.parent / "outside"
    (outside / "__pycache__").mkdir(parents=True)
    (applied / "src/new/b.py").unlink()
    (applied / "src/new").rmdir()
    (applied / "src/new").symlink_to(outside)
    with pytest.raises(PathRefused, match="leads out of the project"):
        undo(applied)
    assert (outside / "__pycache__").is_dir()


def test_the_switch_file_goes_with_what_it_switched(applied, put, snapshot):
    put({".cutover/switch.json": b"{}"})
    undo(applied)
    assert ".cutover" not in snapshot(applied)


def test_a_requirement_added_below_ours_survives(root, put):
    put({"requirements.txt": b"a"})
    commit(root, [FileChange("requirements.txt", b"a", b"a\nprovider-cutover>=0.1\n")], journal={})
    put({"requirements.txt": b"a\nprovider-cutover>=0.1\nmine\n"})
    undo(root)
    assert (root / "requirements.txt").read_bytes() == b"a\nmine\n"


@pytest.mark.parametrize("copy", ["originals/a.py", "applied/a.py"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_copy_refuses_the_undo(applied, snapshot, copy, damage):
    path = applied / ".cutover" / copy
    path.write_bytes(b"damaged") if damage == "changed" else path.unlink()
    before = snapshot(applied)
    with pytest.raises(JournalDamaged) as caught:
        undo(applied)
    assert str(caught.value).startswith(f".cutover/{copy}: damaged, or not written by cutover (")
    assert snapshot(applied) == before


def test_a_link_among_the_copies_is_not_followed(applied):
    (applied / "mine.py").write_bytes(b"mine")
    (applied / ".cutover/originals/mine.py").symlink_to(applied / "mine.py")
    undo(applied)
    assert (applied / "mine.py").read_bytes() == b"mine"
