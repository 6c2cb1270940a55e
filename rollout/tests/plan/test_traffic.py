"""The traffic that a plan is weighed on, out of real stores that the real writer wrote."""

import pytest

from cutover_rollout.plan import SeenTraffic, default_plan, detectability, read_traffic
from cutover_telemetry import AttemptRecord
from cutover_telemetry.store import NoStore, Store, Window

MINUTE = 60_000_000_000
NOON = 1_800_000_000_000_000_000 // MINUTE * MINUTE


@pytest.fixture
def store(tmp_path):
    """Write attempts into a store, each `(provider, arm, minute, milliseconds, failed)`; gives its path."""

    def made(*attempts, name="telemetry.db"):
        path = tmp_path / name
        writer = Store.open(path, clock=lambda: NOON + 120 * MINUTE).writer()
        for provider, arm, minute, milliseconds, failed in attempts:
            started = NOON + minute * MINUTE
            call = (provider, "make_request", "make_near_request", arm, "chat", "m", None)
            ended = started + milliseconds * 1_000_000
            writer.attempt(AttemptRecord(*call, started, ended, None, error_type="503" if failed else None))
        assert writer.close()
        return path

    return made


HOUR = Window(NOON, NOON + 60 * MINUTE)


def test_each_provider_has_the_attempts_a_minute_of_both_arms_and_the_part_that_fails(store):
    near = [("near", arm, minute, 900, arm == "legacy" and minute == 0) for arm in ("legacy", "registry")
            for minute in range(5)]  # fmt: skip
    seen = read_traffic([store(*near, ("groq", "legacy", 2, 300, False))], HOUR)
    assert seen.minutes == 5
    assert [(each.provider, each.per_minute, each.failing) for each in seen.providers] == [
        ("groq", 0.2, 0.0), ("near", 2.0, 0.1)
    ]  # fmt: skip
    assert (seen.per_minute, seen.failing) == pytest.approx((2.2, 0.2 / 2.2))


def test_latencies_are_those_that_were_stored(store):
    path = store(*(("near", "legacy", 0, milliseconds, False) for milliseconds in range(100, 1100, 10)))
    [near] = read_traffic([path], HOUR).providers
    assert near.latency.count == 100
    assert near.latency.quantile(0.5) == pytest.approx(0.6, rel=0.05)


def test_several_stores_are_one_traffic(store):
    first = store(("near", "legacy", 0, 500, False), name="a.db")
    second = store(("near", "legacy", 9, 500, True), name="b.db")
    seen = read_traffic([first, second], HOUR)
    assert (seen.minutes, seen.per_minute, seen.failing) == (10, 0.2, 0.5)


def test_what_is_outside_of_the_window_is_not_counted(store):
    path = store(("near", "legacy", 70, 500, False))
    assert read_traffic([path], HOUR) == SeenTraffic()


def test_a_store_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NoStore):
        read_traffic([tmp_path / "none.db"], HOUR)


def test_what_was_read_can_be_weighed(store):
    attempts = [("near", "legacy", minute, 400 + 10 * turn, turn == 0) for minute in range(3) for turn in range(40)]
    seen = read_traffic([store(*attempts)], HOUR)
    first = detectability(default_plan(), seen).stages[0]
    assert (first.per_minute, first.requests_after) == (40, 14_400 / 40)
    assert [each.subject for each in first.subjects] == ["near"]
