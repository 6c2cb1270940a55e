"""Evidence out of real stores, written by the real writer: whole minutes, each once, and the same after a restart."""

from dataclasses import replace
from random import Random

import pytest

from cutover_rollout.controller import (
    Action,
    Evidence,
    PairMinute,
    RouteMinute,
    StoreEvidence,
    Verdict,
    look,
    rollout_from_document,
    switch_document,
)
from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.judge import Counts, Metric
from cutover_telemetry.store import ForeignFile, Limits, Store

SECOND = 1_000_000_000
BEGAN = 1_760_000_040
MINUTE = BEGAN // 60


@pytest.fixture
def store(tmp_path):
    """A store whose writer writes when it is told to; its clock stands two hours later."""
    made = Store.open(tmp_path / "telemetry.db", Limits(interval=3600), clock=lambda: (BEGAN + 7200) * SECOND)
    yield made
    assert made.writer().close()


@pytest.fixture
def write(store):
    """Write routes of one attempt: (seconds after the beginning, arm, error), each taking a while."""

    def put(*routes, provider="groq", site="chat", into=None):
        writer = (into or store).writer()
        for at, arm, error, took in routes:
            ended = int((BEGAN + at) * SECOND)
            started = ended - int(took * SECOND)
            attempt = AttemptRecord(
                provider, "make_request", "make_request", arm, site, "m", 1, started, ended, error_type=error
            )
            writer.route(RouteRecord(started, ended, (attempt,)))
        assert writer.flush()

    return put


@pytest.fixture
def source(store, certified):
    """Evidence from the store."""
    return lambda **more: StoreEvidence([store.path], certified=lambda: certified, **more)


def traffic(minutes, *, share, failing=(0.01, 0.01), per_minute=60, seed=1):
    """Routes of both arms: attempts end evenly over each minute."""
    dice, made = Random(seed), []
    for minute in range(minutes):
        for number in range(per_minute):
            registry = dice.random() < share
            fails = dice.random() < failing[0 if registry else 1]
            at = minute * 60 + 60 * number / per_minute
            made.append(
                (at, "registry" if registry else "legacy", "500" if fails else None, dice.lognormvariate(0, 0.5))
            )
    return made


def test_minutes_are_given_once_they_are_over_and_settled(started, plan, write, source):
    write((10, "registry", None, 1.0), (20, "legacy", "500", 1.0), (70, "legacy", None, 1.0))
    rollout, evidence = started(plan, at=float(BEGAN)), source()
    assert evidence.since(rollout, BEGAN + 59.0).minutes == {}
    assert evidence.since(rollout, BEGAN + 64.0).minutes == {}
    (minute,) = evidence.since(rollout, BEGAN + 66.0).minutes["groq"]
    assert minute.at == MINUTE
    assert minute.counts[Metric.ERRORS] == (Counts((0, 1), (1, 1)),)
    assert [each.at for each in evidence.since(rollout, BEGAN + 130.0).minutes["groq"]] == [MINUTE, MINUTE + 1]
    rollout = look(rollout, evidence.since(rollout, BEGAN + 66.0), BEGAN + 66.0).rollout
    assert [each.at for each in evidence.since(rollout, BEGAN + 130.0).minutes["groq"]] == [MINUTE + 1]


def test_the_minute_in_which_a_stage_began_is_not_given(started, plan, write, source):
    write((10, "registry", None, 1.0), (70, "legacy", None, 1.0))
    rollout = started(plan, at=BEGAN + 5.0)
    assert [each.at for each in source().since(rollout, BEGAN + 200.0).minutes["groq"]] == [MINUTE + 1]


def test_the_control_s_hour_before_gives_the_thresholds(started, plan, write, source):
    before = [(-3600 + 12 * number, "legacy", None, 1.0 + number / 300) for number in range(300)]
    write(*before, (10, "registry", None, 1.99), (11, "legacy", None, 1.0))
    (minute,) = source().since(started(plan, at=float(BEGAN)), BEGAN + 70.0).minutes["groq"]
    assert Metric.P50 not in minute.provisional
    assert minute.counts[Metric.P50] == (Counts((1, 1), (0, 1)),)
    assert minute.counts[Metric.P99] == (Counts((0, 1), (0, 1)),)


def test_two_sources_and_any_number_of_looks_say_the_same(started, plan, write, source):
    write(*traffic(12, share=0.3))
    rollout = started(plan, at=float(BEGAN))
    at_once = source().since(rollout, BEGAN + 800.0)
    little, steadily = [], source()
    for minute in range(1, 14):
        at = BEGAN + 60.0 * minute + 6
        evidence = steadily.since(rollout, at)
        little += evidence.minutes.get("groq", ())
        rollout = look(rollout, evidence, at).rollout
    assert tuple(little) == at_once.minutes["groq"]


def test_several_stores_are_added_up(tmp_path, started, plan, store, write, certified):
    other = Store.open(tmp_path / "other.db", Limits(interval=3600), clock=lambda: (BEGAN + 7200) * SECOND)
    write((10, "registry", None, 1.0), (20, "legacy", None, 1.0))
    write((10, "registry", "500", 1.0), into=other)
    evidence = StoreEvidence([store.path, other.path, tmp_path / "not there.db"], certified=lambda: certified)
    found = evidence.since(started(plan, at=float(BEGAN)), BEGAN + 66.0)
    assert found.minutes["groq"][0].counts[Metric.ERRORS] == (Counts((1, 2), (0, 1)),)
    assert found.routes == (RouteMinute(MINUTE, 2, 1),)
    assert found.certified == certified
    assert other.writer().close()


def test_a_plan_of_some_sites_and_providers_asks_for_these_alone(started, plan, write, source):
    write((10, "registry", None, 1.0), (11, "legacy", None, 1.0))
    write((10, "registry", None, 1.0), site="other")
    write((10, "registry", None, 1.0), provider="near")
    narrow = replace(plan, sites=("chat",), providers=("groq",))
    found = source().since(started(narrow, at=float(BEGAN)), BEGAN + 66.0)
    assert set(found.minutes) == {"groq"}
    assert (found.minutes["groq"][0].candidate, found.minutes["groq"][0].control) == (1, 1)
    assert found.routes is None


def test_silence_is_measured_from_the_last_minute_with_a_record(started, plan, write, source):
    rollout = started(plan, at=float(BEGAN))
    assert source().since(rollout, BEGAN + 400.0).silent is None
    write((10, "legacy", None, 1.0))
    assert source().since(rollout, BEGAN + 400.0).silent == 340.0
    assert look(rollout, source().since(rollout, BEGAN + 400.0), BEGAN + 400.0).verdict is Verdict.CANNOT_JUDGE
    write((390, "legacy", None, 1.0))
    assert source().since(rollout, BEGAN + 400.0).silent == 0.0


def test_a_store_of_somebody_else_is_refused(tmp_path, started, plan):
    (tmp_path / "notes.db").write_text("no store, but long enough to be looked at " * 30)
    with pytest.raises(ForeignFile):
        StoreEvidence([tmp_path / "notes.db"]).since(started(plan), 600.0)


def test_shadow_pairs_are_asked_for_the_same_minutes(started, plan, source):
    asked = []

    def pairs(first, stop):
        asked.append((first, stop))
        return [PairMinute(first, "groq", 5, 0, 0)]

    found = source(pairs=pairs).since(started(plan, at=float(BEGAN)), BEGAN + 130.0)
    assert asked == [(MINUTE, MINUTE + 2)]
    assert found.pairs == (PairMinute(MINUTE, "groq", 5, 0, 0),)


@pytest.mark.parametrize(("failing", "action"), [(0.5, Action.ROLL_BACK), (0.01, Action.PROMOTE)])
def test_a_rollout_over_a_real_store_is_decided_alike_by_one_that_restarts_at_every_look(
    started, quick_plan, write, source, failing, action
):
    write(*traffic(8, share=0.1, failing=(failing, 0.01), per_minute=240))
    first = started(replace(quick_plan, stages=(replace(quick_plan.stages[0], minutes=5), *quick_plan.stages[1:])),
                    at=float(BEGAN))  # fmt: skip
    decided = []
    for restarting in (False, True):
        rollout, evidence = first, source()
        for minute in range(1, 9):
            at = BEGAN + 60.0 * minute + 6
            decision = look(rollout, evidence.since(rollout, at), at)
            rollout = decision.rollout
            if decision.changes:
                break
            if restarting:
                rollout, evidence = rollout_from_document(switch_document(rollout, {})), source()
        decided.append((decision.action, decision.why, decision.at, decision.evidence))
    assert decided[0] == decided[1]
    assert decided[0][0] is action


def test_a_look_without_a_store_is_a_look_without_data(tmp_path, started, plan):
    evidence = StoreEvidence([tmp_path / "none.db"]).since(started(plan), 600.0)
    assert evidence.minutes == {}
    assert isinstance(evidence, Evidence)
    assert evidence.routes == tuple(RouteMinute(at, 0, 0) for at in range(9))
