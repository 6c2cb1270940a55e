"""A disk that is full: the process may write no file beyond a size, as on a small volume."""

import random
import sqlite3
import sys

import pytest

from cutover_telemetry.store import Limits, Store, Window

EVERYTHING = Window.everything()
MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")


def test_a_full_disk_loses_nothing_that_is_not_counted_and_writing_is_taken_up_again(script, tmp_path):
    out = script(
        """
        import resource

        writer = Store.open(store.path, store.limits).writer()
        made = 0

        def some(count):
            global made
            for number in range(count):
                writer.route(route(number))
            made += count

        some(200)
        assert writer.flush()
        size = os.path.getsize(store.path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1, resource.RLIM_INFINITY))
        for _ in range(3):
            some(2_000)
            assert writer.flush(timeout=0.2) is False
        assert writer.faults.count >= 3
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        some(10)
        assert writer.flush()
        print(made, writer.dropped, writer.unkept)
        """,
        limits="interval=3600, unwritten=3_000",
    )
    made, dropped, unkept = map(int, out.split())
    store = Store.of(tmp_path / "telemetry.db")
    assert dropped == 0
    assert unkept > 0
    assert store.query.account().attempts == made
    assert store.query.scorecard(EVERYTHING).providers[0].volume.attempts == made
    assert len(store.query.attempts(EVERYTHING)) == made - unkept


def test_a_file_never_grows_beyond_its_limit_and_the_counts_stay_whole(tmp_path, attempt, route, clock):
    limits = Limits(file_bytes=MEGABYTE, piece_seconds=10**6, interval=3600)
    store = Store.open(tmp_path / "telemetry.db", limits, clock=clock)
    writer = store.writer()
    dice = random.Random(1)
    largest = 0
    for _ in range(30):
        for number in range(1_000):
            writer.route(route(attempt(f"p{number % 5}"), trace_id=f"{dice.getrandbits(512):0128x}"))
        assert writer.flush(timeout=2)
        clock.forward(61)
        writer.flush()
        largest = max(largest, store.path.stat().st_size)
    assert largest <= limits.file_bytes
    assert writer.close()
    assert sum(card.volume.attempts for card in store.query.scorecard(EVERYTHING).providers) == 30_000
    assert 0 < len(store.query.attempts(EVERYTHING)) < 30_000
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_limit_below_what_a_store_needs_is_refused():
    with pytest.raises(ValueError, match="file_bytes is 5; a store needs at least 1048576"):
        Limits(file_bytes=5)
