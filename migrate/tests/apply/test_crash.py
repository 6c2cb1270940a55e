"""Kill -9 at every step of every command: what the next command finds is the old tree or the new one, byte for byte."""

import itertools

import pytest

from cutover_migrate.apply import FileChange, NothingToRecover, commit, recover, undo

CHANGES = (
    FileChange("src/chat.py", b"if a:\r\n    pass\r\nlast", b"if new:\r\n    pass\r\nelif a:\r\n    pass\r\nlast"),
    FileChange("src/neu/größe.py", None, b"x = 1\n"),
    FileChange("old.txt", b"goes\n", None),
    FileChange("linked.py", b"behind\n", b"behind the link\n"),
)
FINISH = (
    FileChange("src/chat.py", CHANGES[0].after, b"if new:\r\n    pass\r\nlast"),
    FileChange("src/neu/größe.py", b"x = 1\n", b"x = 2\n"),
    FileChange("more/made.py", None, b"y = 1\n"),
)


@pytest.fixture
def root(quick_folder):
    """An empty project."""
    (quick_folder / "project").mkdir()
    return quick_folder / "project"


@pytest.fixture
def start(root, put):
    """The tree before any command."""
    put({"src/chat.py": CHANGES[0].before, "old.txt": b"goes\n", "real/behind.py": b"behind\n", "other.bin": b"\0\xff"})
    (root / "linked.py").symlink_to("real/behind.py")
    (root / "src/chat.py").chmod(0o750)
    (root / "old.txt").chmod(0o600)
    return root


@pytest.fixture
def applied(start):
    """The tree after apply, with an edit made since."""
    commit(start, CHANGES, journal={"sites": []})
    (start / "src/chat.py").write_bytes(b"# edited\r\n" + CHANGES[0].after)
    return start


@pytest.fixture
def case(request, snapshot, copy_tree, crash, quick_folder):
    """A command on a tree: a fresh copy of the tree to run it on, and the snapshots before and after."""
    fixture, command, changes = request.param
    template = copy_tree(request.getfixturevalue(fixture), quick_folder / "template")
    done = copy_tree(template, quick_folder / "done")
    answer = crash(command, done, changes)
    assert answer["error"] is None

    class Case:
        before, after = snapshot(template), snapshot(done)
        steps = answer["steps"]

        def fresh(self):
            return copy_tree(template, quick_folder / "work")

        def run(self, root, **more):
            return crash(command, root, changes, **more)

    assert Case.before != Case.after
    return Case()


EVERY_COMMAND = pytest.mark.parametrize(
    "case",
    [("start", "commit", CHANGES), ("applied", "advance", FINISH), ("applied", "undo", ())],
    indirect=True,
    ids=["commit", "advance", "undo"],
)


@EVERY_COMMAND
def test_killed_at_any_step_leaves_the_old_tree_or_the_new_one(case, crash, snapshot):
    ends = []
    for kill_at in range(1, case.steps + 1):
        root = case.fresh()
        assert case.run(root, kill_at=kill_at)["killed"]
        answer = crash("recover", root)
        assert answer["error"] is None, (kill_at, answer)
        found = snapshot(root)
        assert found in (case.before, case.after), (kill_at, set(found.items()) ^ set(case.before.items()))
        ends.append(found == case.after)
        assert recover(root) == NothingToRecover()
    assert ends == sorted(ends)
    assert len(set(ends)) == 2


@EVERY_COMMAND
def test_a_recovery_that_is_killed_too_is_completed_by_the_next(case, crash, snapshot):
    for kill_at in range(2, case.steps + 1, 17):
        for second in itertools.count(1, 5):
            root = case.fresh()
            case.run(root, kill_at=kill_at)
            if not crash("recover", root, kill_at=second)["killed"]:
                break
            assert crash("recover", root)["error"] is None
            assert snapshot(root) in (case.before, case.after)


@EVERY_COMMAND
def test_the_next_command_recovers_by_itself(case, crash, snapshot):
    for kill_at in range(1, case.steps + 1, 7):
        root = case.fresh()
        case.run(root, kill_at=kill_at)
        answer = case.run(root)
        assert answer["error"] in {None, "WrongState", "FileChanged", "JournalMissing"}
        assert snapshot(root) == case.after
        assert not list(root.rglob("*.tmp"))


@EVERY_COMMAND
def test_a_full_disk_at_any_step_puts_everything_back(case, snapshot):
    for fail_at in range(1, case.steps + 1, 2):
        root = case.fresh()
        answer = case.run(root, fail_at=fail_at)
        assert answer["error"] in {None, "WriteFailed"}, (fail_at, answer)
        if answer["error"] is None:
            recover(root)
        assert snapshot(root) == (case.after if answer["error"] is None else case.before), fail_at


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_interrupted_from_within_at_any_step_everything_is_old_or_new(start, snapshot, error):
    steps, ends = [], []
    before = snapshot(start)
    commit(start, CHANGES, journal={}, step=steps.append)
    after = snapshot(start)
    undo(start)
    for number in range(len(steps)):
        countdown = iter(range(number, -1, -1))

        def interrupt(_, countdown=countdown):
            if next(countdown, None) == 0:
                raise error

        with pytest.raises(error):
            commit(start, CHANGES, journal={}, step=interrupt)
        recover(start)
        ends.append(snapshot(start) == after)
        assert ends[-1] or snapshot(start) == before
        if ends[-1]:
            undo(start)
    assert ends == sorted(ends)
    assert len(set(ends)) == 2


@EVERY_COMMAND
def test_killed_while_putting_back_leaves_work_that_the_next_command_completes(case, crash, snapshot):
    for fail_at in range(case.steps // 2, case.steps + 1, 13):
        for kill_at in itertools.count(fail_at + 1, 4):
            root = case.fresh()
            if not case.run(root, fail_at=fail_at, kill_at=kill_at)["killed"]:
                break
            assert crash("recover", root)["error"] is None
            assert snapshot(root) in (case.before, case.after)
