import asyncio
import gc
import sqlite3
import sys
import threading
import time

import pytest

from cutover_telemetry._records import BreakerRecord
from cutover_telemetry.store import Limits, Store, Window

EVERYTHING = Window.everything()


def attempts_in(store):
    """What the page sees, and what the writers say they stored."""
    cards = store.query.scorecard(EVERYTHING).providers
    return sum(card.volume.attempts for card in cards), store.query.account().attempts


def test_every_attempt_is_stored_exactly_once(store, traffic, attempt):
    routes = traffic(3_000, seconds=7_200)
    writer = store.writer()
    for number, each in enumerate(routes):
        writer.route(each)
        if number % 700 == 0:
            assert writer.flush()
    lone = [attempt("alone", at=at) for at in range(50)]
    for each in lone:
        writer.attempt(each)
    assert writer.flush()
    made = sum(len(each.attempts) for each in routes) + len(lone)
    assert attempts_in(store) == (made, made)
    assert (writer.dropped, writer.unkept, writer.faults.count) == (0, 0, 0)


def test_the_same_attempts_come_back_as_they_were(store, traffic, attempt):
    routes, alone = traffic(1_200), attempt("alone")
    for each in routes:
        store.writer().route(each)
    store.writer().attempt(alone)
    store.writer().flush()
    made = [one for each in routes for one in each.attempts] + [alone]
    order = lambda one: (one.ended, one.provider)  # noqa: E731
    assert sorted(store.query.attempts(EVERYTHING), key=order) == sorted(made, key=order)


def test_many_threads_put_down_what_one_writer_stores(tmp_path, attempt, route, eventually):
    before = set(threading.enumerate())
    store = Store.open(tmp_path / "telemetry.db", Limits(interval=0.01))
    writer = store.writer()
    record = route(attempt())

    def serve():
        for _ in range(500):
            writer.route(record)

    threads = [threading.Thread(target=serve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: store.query.account().attempts == 4_000)
    assert attempts_in(store) == (4_000, 4_000)
    assert [thread.name for thread in set(threading.enumerate()) - before] == ["cutover-store"]
    assert writer.close()
    assert not set(threading.enumerate()) - before


def test_records_beyond_the_room_are_dropped_and_counted_and_the_others_are_stored(tmp_path, attempt, route, clock):
    store = Store.open(tmp_path / "telemetry.db", Limits(queue=100, interval=3600), clock=clock)
    writer = store.writer()
    with writer._writing:
        for _ in range(250):
            writer.route(route(attempt(error_type="503"), attempt("far")))
    assert writer.close()
    account = store.query.account()
    assert (account.attempts, account.dropped, writer.dropped) == (200, 300, 300)
    assert attempts_in(store) == (200, 200)


def test_a_record_that_no_table_can_take_is_given_up_and_the_next_is_stored(store, attempt, route):
    writer = store.writer()
    writer.breaker(BreakerRecord("near", "closed", "open", 2**70))
    writer.attempt(attempt())
    assert writer.flush()
    writer.attempt(attempt())
    assert writer.flush()
    assert writer.faults.count == 1
    assert (attempts_in(store)[0], writer.dropped) == (1, 1)


def test_names_and_times_from_outside_are_stored_whatever_they_are(store, attempt, route, clock):
    strange = ["", "\ud800", "\x00", "<img src=x onerror=alert(1)>", "'; DROP TABLE rollups; --", "p" * 10_000]
    writer = store.writer()
    for name in strange:
        writer.route(route(attempt(name, error_type=name, model=name, site=name), name=name, trace_id=name))
        writer.breaker(BreakerRecord(name, "closed", "open", 5))
    for at in (-(10**9) * 3, 10**9 * 3):
        writer.route(route(attempt(at=at)))
    assert writer.flush()
    assert writer.faults.count == 0
    cards = store.query.scorecard(EVERYTHING).providers
    assert sum(card.volume.attempts for card in cards) == len(strange) + 2
    assert {card.provider for card in cards} == {name[:200] for name in strange} | {"near"}
    assert max(each.ended for each in store.query.attempts(EVERYTHING)) > clock.now


def test_what_comes_after_the_end_is_dropped_and_counted(store, attempt):
    writer = store.writer()
    assert writer.close()
    writer.attempt(attempt())
    assert writer.dropped == 1


def test_a_record_that_cannot_be_counted_takes_no_other_with_it(store, attempt, route):
    writer = store.writer()
    writer.route(route(attempt()))
    writer.attempt("no record at all")
    writer.route(route(attempt()))
    assert writer.flush()
    assert writer.faults.count == 1
    assert attempts_in(store) == (2, 2)


class TestALockedFile:
    @pytest.fixture
    def holder(self, store):
        connection = sqlite3.connect(store.path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.close()

    def test_the_call_does_not_wait_and_nothing_is_lost(self, store, holder, traffic, attempt):
        writer = store.writer()
        routes = traffic(2_000, seconds=600)
        took = []
        for each in routes:
            began = time.perf_counter()
            writer.route(each)
            took.append(time.perf_counter() - began)
        assert writer.flush(timeout=0.3) is False
        assert sorted(took)[len(took) // 2] < 0.001
        holder.execute("ROLLBACK")
        assert writer.flush()
        made = sum(len(each.attempts) for each in routes)
        assert attempts_in(store) == (made, made)
        assert writer.dropped == 0

    def test_memory_is_bounded_while_it_lasts(self, tmp_path, store, holder, traffic, clock):
        limits = Limits(interval=3600, unwritten=500, series=1_000)
        writer = Store(store.path, limits, clock=clock).writer()
        made = 0
        for seed in range(12):
            for each in traffic(300, seed=seed, seconds=36_000, providers=3):
                writer.route(each)
                made += len(each.attempts)
            writer.flush(timeout=0.01)
        assert len(writer._depot._fresh.tallies) <= 2 * limits.series
        assert sum(piece.attempts for piece in writer._depot._fresh.pieces) <= limits.unwritten
        assert writer.unkept > 0
        assert writer.dropped > 0
        holder.execute("ROLLBACK")
        assert writer.close()
        account = store.query.account()
        assert account.attempts + account.dropped == made
        assert attempts_in(store)[0] == account.attempts


def test_a_batch_whose_commit_was_reported_as_failed_is_not_stored_twice(store, attempt, monkeypatch):
    writer = store.writer()
    writer.attempt(attempt())
    assert writer.flush()
    real = writer._depot._connection

    class LostAnswer:
        def execute(self, statement, *values):
            found = real.execute(statement, *values)
            if statement == "COMMIT":
                raise sqlite3.OperationalError("disk I/O error")
            return found

        def __getattr__(self, name):
            return getattr(real, name)

    writer._depot._connection = LostAnswer()
    writer.attempt(attempt())
    assert writer.flush(timeout=2)
    writer.attempt(attempt())
    assert writer.flush()
    assert attempts_in(store) == (3, 3)


def test_a_batch_whose_commit_failed_is_stored_later(store, attempt):
    writer = store.writer()
    writer.attempt(attempt())
    assert writer.flush()
    real = writer._depot._connection

    class Broken:
        def execute(self, statement, *values):
            if statement == "COMMIT":
                real.execute("ROLLBACK")
                raise sqlite3.OperationalError("disk I/O error")
            return real.execute(statement, *values)

        def __getattr__(self, name):
            return getattr(real, name)

    writer._depot._connection = Broken()
    writer.attempt(attempt("new"))
    assert writer.flush(timeout=2)
    assert attempts_in(store) == (2, 2)


def test_a_stream_that_the_garbage_collector_drops_inside_the_writer_does_not_deadlock(store, attempt):
    writer = store.writer()

    class Dropped:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            writer.attempt(attempt("dropped"))

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(200):
            Dropped()
            writer.attempt(attempt())
        gc.collect()
    finally:
        gc.set_threshold(*before)
    assert writer.flush()
    assert attempts_in(store) == (400, 400)


def test_an_event_loop_that_closes_takes_nothing_with_it(tmp_path, attempt, route):
    store = Store.open(tmp_path / "telemetry.db", Limits(interval=0.01))

    async def serve():
        for _ in range(100):
            store.writer().route(route(attempt()))
            await asyncio.sleep(0)

    for _ in range(3):
        asyncio.run(serve())
    assert store.writer().close()
    assert attempts_in(store) == (300, 300)


def test_changes_of_circuits_are_stored_as_they_come(store):
    changes = [BreakerRecord("near", "closed", "open", 5), BreakerRecord("near", "open", "half-open", 9)]
    for change in changes:
        store.writer().breaker(change)
    assert store.writer().flush()
    assert store.query.breakers(EVERYTHING).changes == tuple(changes)


def test_a_writer_that_is_never_used_starts_no_thread(store):
    before = set(threading.enumerate())
    store.writer()
    assert not set(threading.enumerate()) - before


def test_several_stores_in_one_process_do_not_mix(tmp_path, attempt):
    stores = [Store.open(tmp_path / f"{number}.db") for number in range(3)]
    for number, store in enumerate(stores):
        for _ in range(number + 1):
            store.writer().attempt(attempt())
    assert [store.writer().close() for store in stores] == [True] * 3
    assert [attempts_in(store)[0] for store in stores] == [1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be removed there")
def test_a_file_that_is_replaced_by_a_foreign_one_is_left_alone(store, attempt):
    writer = store.writer()
    writer.attempt(attempt())
    assert writer.flush()
    writer._depot.close()
    for path in store.path.parent.glob("telemetry.db*"):
        path.unlink()
    store.path.write_bytes(b"something of somebody else's, of which not a byte may change" * 20)
    kept = store.path.read_bytes()
    writer.attempt(attempt())
    assert writer.flush(timeout=0.1) is False
    assert store.path.read_bytes() == kept
    store.path.unlink()
    assert writer.flush()
    assert store.query.account().attempts == 1
