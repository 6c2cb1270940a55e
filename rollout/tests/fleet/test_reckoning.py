"""The reckoning finds what must not happen, and nothing where all is well."""

import time

import pytest

from cutover_registry import bucket_of
from cutover_rollout.state import Decision
from kill_run import Answer, Outcome, climbed, doubled, raised, returned, shared, turn_of

SALT = shared(0)["salt"]
USERS = sorted((f"user-{number}" for number in range(50)), key=lambda user: bucket_of(user, salt=SALT))
LOW, HIGH = USERS[0], USERS[-1]


def _answer(at, *, registry, worker=0, user=LOW):
    return Answer(worker, "near", user, registry, at)


def test_a_worker_was_on_legacy_with_the_first_answer_after_its_last_of_the_registry_arm():
    steady = [_answer(10.1, registry=True), _answer(10.2, registry=False), _answer(10.3, registry=False)]
    back = [_answer(10.1, registry=False), _answer(10.2, registry=True), _answer(10.4, registry=False)]
    told = turn_of([steady, back], 10.0)
    assert told.seconds == pytest.approx([0.2, 0.4])
    assert told.wrong == []


def test_a_worker_that_stays_on_or_is_silent_is_wrong():
    told = turn_of([[_answer(10.1, registry=True)], []], 10.0)
    assert told.seconds == []
    assert told.wrong == [f"worker {worker} is still on the registry arm" for worker in (0, 1)]


def test_an_answer_of_the_registry_arm_while_everything_was_killed_is_wrong():
    quiet = [(10.0, 11.0)]
    assert (
        returned([_answer(9.9, registry=True), _answer(10.5, registry=False), _answer(11.1, registry=True)], quiet)
        == []
    )
    assert returned([_answer(10.5, registry=True)], quiet) == [
        f"worker 0 served {LOW} by the registry arm while killed"
    ]


@pytest.fixture
def decisions():
    """10 % at second 10, 90 % at second 20, killed at second 30."""
    offset = time.time() - time.monotonic()
    documents = [shared(0.1), shared(0.9), {**shared(0.9), "kill": True}]
    return [
        Decision(number, number * 10 + offset, "ops", "stage", {}, document)
        for number, document in enumerate(documents, 1)
    ]


@pytest.mark.parametrize(("user", "at"), [(LOW, 12), (LOW, 25), (LOW, 31)])
def test_answers_inside_the_share_that_was_decided_are_explained(decisions, user, at):
    assert raised([_answer(at, registry=True, user=user)], decisions, since=0, lag=2) == []


@pytest.mark.parametrize(("user", "at"), [(LOW, 5), (HIGH, 12), (HIGH, 25), (LOW, 33)])
def test_answers_before_above_and_long_after_what_was_decided_are_not(decisions, user, at):
    (told,) = raised([_answer(at, registry=True, user=user)], decisions, since=0, lag=2)
    assert told.startswith(f"worker 0 served {user} by the registry arm: ")
    assert raised([_answer(at, registry=False, user=user)], decisions, since=0, lag=2) == []
    assert raised([_answer(at, registry=True, user=user)], decisions, since=at + 1, lag=2) == []


def test_an_audit_with_a_version_twice_or_left_out_is_wrong(decisions):
    assert doubled(decisions) == []
    assert doubled([]) == []
    assert doubled([*decisions, decisions[-1]]) == ["the audit has the versions [1, 2, 3, 3]"]
    assert doubled(decisions[1:]) == ["the audit has the versions [2, 3]"]


def _at(stage):
    return Decision(1, 0.0, "controller", "why", {}, {"rollout": {"stage": stage}})


@pytest.mark.parametrize("stages", [[], [0], [0, 0, 1], [0, 1, 1, 2]])
def test_stages_one_after_the_other_are_fine(stages):
    assert climbed([_at(stage) for stage in stages]) == []


@pytest.mark.parametrize("stages", [[1], [0, 2], [0, 1, 0, 1], [0, 1, 0]])
def test_a_stage_left_out_taken_twice_or_gone_back_to_is_wrong(stages):
    assert climbed([_at(stage) for stage in stages]) == [f"the stages were {stages}"]


def test_an_outcome_holds_its_limit_at_the_99th_percentile_and_allows_nothing_wrong():
    outcome = Outcome("a kill", 1.0, [0.1] * 99 + [5.0])
    assert not outcome.held
    assert Outcome("a kill", 1.0, [0.1] * 199 + [5.0]).held
    assert not Outcome("a kill", 1.0).held
    assert not Outcome("a kill", 1.0, [0.1], ["worker 0"]).held
    assert outcome.quantile(0.5) == 0.1
