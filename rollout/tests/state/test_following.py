"""What a worker makes of what it reads: never a raised share that nobody decided."""

import pytest

from cutover_registry import SwitchRule, SwitchSnapshot, bucket_of, route_key
from cutover_registry._route import current_route
from cutover_rollout.state import Versioned
from cutover_rollout.state._following import LEGACY, take

WHERE = "sqlite:///state.db"
KEPT = SwitchSnapshot((SwitchRule("chat", "near", share=0.05),), salt="s", quarantined=frozenset({"groq"}))


def _document(share, **more):
    rule = {"site": "chat", "provider": "near", "share": share}
    return {"version": 2, "salt": "s", "rules": [rule], "kill": False, "quarantined": [], "rollout": {}, **more}


def _taken(found, *, trusted=None, kept=KEPT):
    return take(found, kept=kept, trusted=trusted, where=WHERE)


@pytest.mark.parametrize("trusted", [None, Versioned(2, {}, "a"), Versioned(3, {}, "a"), Versioned(9, {}, "another")])
def test_what_was_decided_is_taken_whole(trusted):
    taken = _taken(Versioned(3, _document(0.25), "a"), trusted=trusted)
    assert taken.problem is None
    assert taken.switch == SwitchSnapshot((SwitchRule("chat", "near", share=0.25),), salt="s")


def test_a_state_in_which_nothing_was_decided_is_legacy():
    assert _taken(Versioned()).switch == LEGACY
    assert _taken(Versioned(4, {}, "a")).switch == LEGACY


@pytest.mark.parametrize("found", [Versioned(), Versioned(0, {}, "b")])
def test_a_state_that_forgot_everything_changes_nothing(found):
    taken = _taken(found, trusted=Versioned(7, {}, "a"))
    assert taken.switch == KEPT
    assert taken.problem == "it went back from version 7 to 0"


def _served(switch):
    """The shares of buckets, in hundredths, that take the registry arm."""
    by_bucket = {int(bucket_of(f"user-{n}", salt="s") * 100): f"user-{n}" for n in range(2000)}
    found = set()
    for bucket, user in by_bucket.items():
        with route_key(user):
            if switch.arm("chat", "near", current_route()) == "registry":
                found.add(bucket)
    return found


@pytest.mark.parametrize(("share", "served"), [(1.0, 5), (0.25, 5), (0.05, 5), (0.02, 2), (0.0, 0)])
def test_a_state_that_went_back_raises_no_share_and_lowers_it(share, served):
    taken = _taken(Versioned(2, _document(share), "a"), trusted=Versioned(7, {}, "a"))
    assert _served(taken.switch) == set(range(served))
    assert taken.problem == "it went back from version 7 to 2"


def test_of_two_states_that_went_back_the_later_one_counts_and_none_raises():
    first = _taken(Versioned(2, _document(0.02), "a"), trusted=Versioned(7, {}, "a"))
    second = _taken(Versioned(3, _document(0.04), "a"), trusted=Versioned(7, {}, "a"), kept=first.switch)
    assert _served(second.switch) == set(range(4))
    third = _taken(Versioned(8, _document(0.25), "a"), trusted=Versioned(7, {}, "a"), kept=second.switch)
    assert _served(third.switch) == set(range(25))


def test_kill_and_quarantine_are_taken_from_a_state_that_went_back():
    found = Versioned(2, _document(1.0, kill=True, quarantined=["near"]), "a")
    taken = _taken(found, trusted=Versioned(7, {}, "a"))
    assert taken.switch.kill
    assert taken.switch.quarantined == {"groq", "near"}


@pytest.mark.parametrize(
    "document",
    [{"version": 3, "rules": []}, {"rules": 1}, _document(7), _document(1.0, surprise=1), _document(1.0, salt="")],
)
def test_a_document_that_is_not_understood_changes_nothing(document):
    taken = _taken(Versioned(8, document, "a"), trusted=Versioned(7, {}, "a"))
    assert taken.switch == KEPT
    assert taken.problem.startswith("version 8 is not understood: ")


def test_kill_is_taken_from_a_document_that_is_not_understood():
    assert _taken(Versioned(8, {"version": 3, "rules": [], "kill": True}, "a")).switch.kill
    assert not _taken(Versioned(8, {"version": 3, "rules": [], "kill": 1}, "a")).switch.kill


def test_a_kill_stays_while_the_state_is_not_understood():
    killed = SwitchSnapshot(KEPT.rules, salt="s", kill=True)
    assert _taken(Versioned(8, {"version": 3}, "a"), kept=killed).switch == killed
