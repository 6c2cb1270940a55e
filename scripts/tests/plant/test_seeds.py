import os

import pytest

from cutover_cli._plant import KINDS, KINDS_ON_REQUEST, NothingApplicable, plant
from cutover_migrate import verify_cutover
from cutover_parity import report_text

SEEDS = range(0, 50, 1 if os.environ.get("CUTOVER_FUZZ") else 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fault_of_any_seed_is_caught_by_replay_and_refused_by_the_certificate(nursery, seed):
    outcome = nursery.outcome(seed)
    assert not outcome.verified.valid, str(outcome)
    assert outcome.caught, str(outcome)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("legacy_gateway", "lost-rest"),
        ("legacy_gateway", "other-exception"),
        ("relay_desk", "other-exception"),
    ],
)
def test_a_fault_on_request_is_caught_where_the_traffic_can_show_it(nursery, example, name, kind):
    outcome = nursery.look(example(name), "applied", seed=7, kind=kind).result()
    assert outcome.planted.kind == kind
    assert outcome.caught, str(outcome)
    assert not outcome.verified.valid


@pytest.mark.parametrize("name", ["legacy_gateway", "relay_desk"])
@pytest.mark.parametrize(("state", "depth"), [("applied", "calls"), ("finished", "calls"), ("finished", "http")])
def test_a_tree_without_a_fault_has_no_mismatch_and_a_valid_certificate(example, name, state, depth):
    ours = example(name)
    report = ours.replay(ours.tree(state), state, depth=depth)
    assert report.clean, report_text(report)
    assert report.replays > 150
    assert verify_cutover(ours.tree(state)).valid


def test_every_kind_occurs_among_the_seeds(nursery, tmp_path):
    kinds = set()
    for seed in range(50):
        example, state = nursery.bed(seed)
        kinds.add(plant(example.copy(state, tmp_path / str(seed)), seed).kind)
    assert kinds == set(KINDS)


def test_kinds_that_need_their_own_traffic_are_never_picked_by_a_seed():
    assert not set(KINDS) & set(KINDS_ON_REQUEST)


@pytest.mark.parametrize("name", ["legacy_gateway", "relay_desk"])
def test_each_kind_can_be_asked_for_where_the_example_has_a_place_for_it(example, tmp_path, name):
    nowhere = {}
    for kind in [*KINDS, *KINDS_ON_REQUEST]:
        for state in ("applied", "finished"):
            tree = example(name).copy(state, tmp_path / f"{kind}-{state}")
            try:
                assert plant(tree, 1, kind=kind).kind == kind
            except NothingApplicable:
                nowhere.setdefault(kind, []).append(state)
    without = {"relay_desk": {"widened-set": ["applied", "finished"], "lost-rest": ["applied", "finished"]}}
    assert nowhere == {"changed-default": ["applied"], **without.get(name, {})}
