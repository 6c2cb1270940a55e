"""Finish: a second step on top of the applied one, with edits made in between."""

import pytest

from cutover_migrate.apply import (
    EditConflict,
    FileChange,
    FileChanged,
    JournalMissing,
    WrongState,
    advance,
    commit,
    read_journal,
    undo,
)

BEFORE = b"head\n\nif a:\n    one()\nelif b:\n    two()\n\ntail\n"
APPLIED = b"head\n\nif new:\n    both()\nelif a:\n    one()\nelif b:\n    two()\n\ntail\n"
FINISHED = b"head\n\nboth()\n\ntail\n"


@pytest.fixture
def applied(root, put):
    """A project in state "applied"."""
    put({"a.py": BEFORE})
    commit(
        root, [FileChange("a.py", BEFORE, APPLIED), FileChange("conf.py", None, b"conf\n")], journal={"sites": ["s"]}
    )
    return root


def test_the_second_step_is_written_and_the_state_is_finished(applied):
    result = advance(applied, [FileChange("a.py", APPLIED, FINISHED)], journal={"more": 1})
    assert result.written == ("a.py",)
    assert (applied / "a.py").read_bytes() == FINISHED
    journal = read_journal(applied)
    assert journal.state == "finished"
    assert journal.details == {"sites": ["s"], "more": 1}
    assert (applied / ".cutover/originals/a.py").read_bytes() == BEFORE
    assert (applied / ".cutover/applied/a.py").read_bytes() == FINISHED


def test_a_step_may_leave_the_project_applied(applied):
    advance(applied, [FileChange("a.py", APPLIED, FINISHED)], journal={}, state="applied")
    assert read_journal(applied).state == "applied"
    advance(applied, [FileChange("a.py", FINISHED, b"x")], journal={})
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE


@pytest.mark.parametrize("plan_saw_the_edit", [False, True])
def test_edits_made_in_between_are_in_both_the_result_and_the_undone_file(applied, plan_saw_the_edit):
    edited = APPLIED.replace(b"tail", b"tail 2")
    (applied / "a.py").write_bytes(edited)
    seen = plan_saw_the_edit
    change = FileChange("a.py", edited if seen else APPLIED, FINISHED.replace(b"tail", b"tail 2") if seen else FINISHED)
    advance(applied, [change], journal={})
    assert (applied / "a.py").read_bytes() == FINISHED.replace(b"tail", b"tail 2")
    assert undo(applied).merged == ()
    assert (applied / "a.py").read_bytes() == BEFORE.replace(b"tail", b"tail 2")


def test_edits_before_and_after_finish_both_survive_undo(applied):
    (applied / "a.py").write_bytes(APPLIED.replace(b"tail", b"tail 2"))
    advance(applied, [FileChange("a.py", APPLIED, FINISHED)], journal={})
    (applied / "a.py").write_bytes((applied / "a.py").read_bytes().replace(b"head", b"head 2"))
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE.replace(b"tail", b"tail 2").replace(b"head", b"head 2")


def test_edits_in_what_finish_removes_are_refused_with_their_line(applied, snapshot):
    (applied / "a.py").write_bytes(APPLIED.replace(b"two()", b"two(2)"))
    before = snapshot(applied)
    with pytest.raises(EditConflict) as caught:
        advance(applied, [FileChange("a.py", APPLIED, FINISHED)], journal={})
    assert str(caught.value) == (
        "finish would lose edits that were made since; nothing was written:\n"
        "  a.py:3: edited since, where this command has to write\n"
        "take these edits out by hand, then run finish again"
    )
    assert snapshot(applied) == before


def test_edits_that_the_plan_saw_but_undo_could_not_give_back_are_refused(applied):
    edited = APPLIED.replace(b"    both()", b"    both(1)")
    (applied / "a.py").write_bytes(edited)
    with pytest.raises(EditConflict):
        advance(applied, [FileChange("a.py", edited, FINISHED.replace(b"both()", b"both(1)"))], journal={})


def test_edits_that_only_the_finished_file_can_hold_conflict_at_undo_not_at_finish(applied):
    other = APPLIED.replace(b"    both()\n", b"    both()\n    also()\n")
    finished = APPLIED.replace(b"tail", b"end")
    (applied / "a.py").write_bytes(other)
    advance(applied, [FileChange("a.py", APPLIED, finished)], journal={})
    assert (applied / "a.py").read_bytes() == other.replace(b"tail", b"end")
    with pytest.raises(EditConflict):
        undo(applied)


def test_a_file_that_is_neither_what_was_applied_nor_what_is_there_is_refused(applied):
    with pytest.raises(FileChanged, match=r"a\.py"):
        advance(applied, [FileChange("a.py", b"other", FINISHED)], journal={})


@pytest.mark.parametrize("plan_saw_the_edit", [False, True])
def test_a_created_file_that_was_edited_is_merged_and_undo_asks(applied, plan_saw_the_edit):
    (applied / "conf.py").write_bytes(b"mine\nconf\n")
    change = FileChange("conf.py", b"conf\n", b"conf\nmore\n")
    if plan_saw_the_edit:
        change = FileChange("conf.py", b"mine\nconf\n", b"mine\nconf\nmore\n")
    advance(applied, [change], journal={})
    assert (applied / "conf.py").read_bytes() == b"mine\nconf\nmore\n"
    with pytest.raises(EditConflict, match=r"conf\.py: edited since, and would be removed"):
        undo(applied)
    undo(applied, force=True)
    assert not (applied / "conf.py").exists()


def test_a_created_file_may_be_removed_and_is_then_forgotten(applied):
    advance(applied, [FileChange("conf.py", b"conf\n", None)], journal={})
    assert read_journal(applied).file("conf.py") is None
    assert not (applied / ".cutover/applied/conf.py").exists()
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE


def test_a_file_first_touched_by_finish_is_undone_too(applied, put, snapshot):
    put({"b.py": b"b"})
    advance(applied, [FileChange("b.py", b"b", b"B"), FileChange("new/c.py", None, b"c")], journal={})
    assert read_journal(applied).folders == ("new",)
    undo(applied)
    assert {name: entry[2] for name, entry in snapshot(applied).items()} == {"a.py": BEFORE, "b.py": b"b"}


def test_a_file_first_touched_by_finish_must_be_as_planned(applied, put):
    put({"b.py": b"edited"})
    with pytest.raises(FileChanged, match=r"b\.py"):
        advance(applied, [FileChange("b.py", b"b", b"B")], journal={})


def test_a_file_that_someone_finished_by_hand_is_fine(applied):
    (applied / "a.py").write_bytes(FINISHED)
    advance(applied, [FileChange("a.py", APPLIED, FINISHED)], journal={})
    undo(applied)
    assert (applied / "a.py").read_bytes() == BEFORE


def test_finish_needs_an_apply(root):
    with pytest.raises(JournalMissing):
        advance(root, [], journal={})
    assert list(root.iterdir()) == []


def test_finish_happens_once(applied):
    advance(applied, [], journal={})
    with pytest.raises(WrongState, match="cannot finish: this project is finished; there is nothing left to finish"):
        advance(applied, [], journal={})
