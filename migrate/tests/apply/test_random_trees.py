"""Random trees, changes and edits: undo gives every byte back, and edits of whole files apart are kept."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutover_migrate.apply import EditConflict, FileChange, advance, commit, recover, undo

NAMES = st.sampled_from(["a", "b.py", "d/a", "d/ü.py", "d/e/f", "g/h/i/j", "d/e/k.txt"])
DATA = st.one_of(st.binary(max_size=20), st.lists(st.sampled_from([b"x\n", b"y\r\n", b"z"]), max_size=8).map(b"".join))
TREES = st.dictionaries(NAMES, DATA, max_size=7)
PLANS = st.dictionaries(NAMES, st.none() | DATA, max_size=5)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def write(root, tree):
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def changes_of(plan, tree):
    return [FileChange(name, tree.get(name), after) for name, after in plan.items()]


def refusal_of_undo(root):
    try:
        undo(root)
    except EditConflict as error:
        return error
    return None


@QUICK
@given(TREES, PLANS)
def test_undo_gives_every_byte_back(quick_place, snapshot, tree, plan):
    with quick_place() as name:
        root = Path(name)
        write(root, tree)
        before = snapshot(root)
        commit(root, changes_of(plan, tree), journal={})
        for path, after in plan.items():
            assert ((root / path).read_bytes() if (root / path).exists() else None) == after
        undo(root)
        assert snapshot(root) == before


@QUICK
@given(TREES, PLANS, PLANS)
def test_undo_after_finish_gives_every_byte_back(quick_place, snapshot, tree, plan, finish):
    with quick_place() as name:
        root = Path(name)
        write(root, tree)
        before = snapshot(root)
        commit(root, changes_of(plan, tree), journal={})
        applied = {path: data for path, data in (tree | plan).items() if data is not None}
        advance(root, changes_of(finish, applied), journal={})
        undo(root)
        assert snapshot(root) == before


@QUICK
@given(TREES, PLANS, TREES)
def test_edits_made_since_are_kept_or_the_undo_is_refused_whole(quick_place, snapshot, tree, plan, edits):
    with quick_place() as name:
        root = Path(name)
        write(root, tree)
        commit(root, changes_of(plan, tree), journal={})
        write(root, edits)
        edited = snapshot(root)
        refusal = refusal_of_undo(root)
        if refusal is not None:
            assert set(refusal.paths) <= set(plan) & set(edits)
            assert snapshot(root) == edited
            return
        for path, data in edits.items():
            assert path in plan or (root / path).read_bytes() == data
        for path in set(plan) - set(edits):
            assert ((root / path).read_bytes() if (root / path).exists() else None) == tree.get(path)


@QUICK
@given(TREES, PLANS, st.data())
def test_killed_anywhere_the_tree_is_the_old_one_or_the_new_one(crash, quick_place, snapshot, tree, plan, data):
    with quick_place() as name:
        root, changes = Path(name), changes_of(plan, tree)
        write(root, tree)
        before = snapshot(root)
        steps = []
        commit(root, changes, journal={}, step=steps.append)
        after = snapshot(root)
        undo(root)
        crash("commit", root, changes, kill_at=data.draw(st.integers(1, len(steps))))
        crash("recover", root, kill_at=data.draw(st.integers(1, len(steps))))
        recover(root)
        assert snapshot(root) in (before, after)
