import sqlite3

import pytest

from cutover_telemetry.store import Limits, Store, Window
from cutover_telemetry.store._levels import DAY, LEVELS
from cutover_telemetry.store._upkeep import fold, progress, retain

EVERYTHING = Window.everything()
HOUR = 3600


@pytest.fixture
def file(store):
    connection = sqlite3.connect(store.path, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def fold_all(file, clock):
    def run():
        while fold(file, now=clock(), pause=lambda: None):
            pass

    return run


def counts(file):
    """Attempts by level."""
    return dict(
        file.execute(
            "SELECT level, sum(json_extract(counts, '$.attempts')) FROM rollups JOIN series ON series = id"
            " WHERE series.kind = 'attempt' GROUP BY level"
        ).fetchall()
    )


def write(store, *records):
    for record in records:
        store.writer().route(record)
    assert store.writer().flush()


def test_minutes_that_are_over_are_in_every_level_and_all_levels_agree(store, file, fold_all, traffic):
    routes = traffic(800, seconds=5 * HOUR)
    write(store, *routes)
    before = store.query.scorecard(EVERYTHING)
    assert set(counts(file)) == {0}
    fold_all()
    made = sum(len(each.attempts) for each in routes)
    assert counts(file) == {level.number: made for level in LEVELS}
    assert store.query.scorecard(EVERYTHING).providers == pytest.approx(before.providers) or same(store, before)


def same(store, before):
    after = store.query.scorecard(EVERYTHING)
    return [(card.provider, card.volume, card.latency) for card in after.providers] == [
        (card.provider, card.volume, card.latency) for card in before.providers
    ]


def test_the_minute_that_runs_and_the_one_before_are_left_alone(store, file, attempt, route, clock, fold_all):
    now = (clock() - attempt().ended) / 1e9
    write(store, route(attempt(at=now - 1)), route(attempt(at=now - 300)))
    fold_all()
    assert counts(file) == {0: 2, 1: 1, 2: 1, 3: 1}
    assert progress(file).folded == clock() // (60 * 10**9) - 1


def test_what_comes_late_is_added_to_the_coarser_slices_too(store, file, fold_all, attempt, route):
    write(store, route(attempt(at=100)))
    fold_all()
    write(store, route(attempt(at=110)), route(attempt(at=9_000)))
    assert counts(file) == {0: 3, 1: 3, 2: 3, 3: 3}
    assert store.query.scorecard(EVERYTHING).providers[0].volume.attempts == 3


def test_folding_twice_or_by_two_processes_at_once_adds_nothing(store, file, fold_all, traffic, clock):
    write(store, *traffic(200, seconds=HOUR))
    fold_all()
    before = counts(file)
    other = sqlite3.connect(store.path, isolation_level=None)
    while fold(other, now=clock(), pause=lambda: None):
        pass
    other.close()
    assert counts(file) == before


def test_the_writer_folds_by_itself_as_time_goes_by(store, file, attempt, route, clock):
    write(store, route(attempt()))
    for _ in range(3):
        clock.forward(6)
        store.writer().flush()
    assert counts(file) == {0: 1, 1: 1, 2: 1, 3: 1}


def test_old_minutes_go_and_their_numbers_stay(store, file, fold_all, traffic, clock):
    routes = traffic(300, seconds=2 * HOUR)
    write(store, *routes)
    fold_all()
    made = sum(len(each.attempts) for each in routes)
    for days, kept in ((4, {1, 2, 3}), (20, {2, 3}), (120, {3})):
        clock.now = routes[0].started + days * DAY * 60 * 10**9
        fold_all()
        retain(file, store.limits, now=clock())
        assert set(counts(file)) == kept
        assert sum(card.volume.attempts for card in store.query.scorecard(EVERYTHING).providers) == made


def test_a_window_where_only_hours_are_left_is_widened_to_them(store, file, fold_all, attempt, route, clock):
    write(store, route(attempt(at=100)), route(attempt(at=4_000)))
    fold_all()
    end = attempt(at=4_000).ended
    clock.forward(30 * DAY * 60)
    fold_all()
    retain(file, store.limits, now=clock())
    found = store.query.scorecard(Window(end - 10**9, end + 10**9))
    assert found.window.seconds == HOUR
    assert [card.volume.attempts for card in found.providers] == [1]


def test_routes_are_kept_for_so_long_so_many_and_so_many_bytes(store, file, traffic, clock):
    for seed in range(8):
        write(store, *traffic(500, seed=seed))
    sizes = file.execute("SELECT sum(attempts), sum(bytes) FROM pieces").fetchone()
    for limits, column in (
        (Limits(piece_attempts=sizes[0] * 3 // 4), "attempts"),
        (Limits(piece_bytes=sizes[1] // 2), "bytes"),
    ):
        retain(file, limits, now=clock())
        left = file.execute("SELECT sum(attempts), sum(bytes) FROM pieces").fetchone()
        assert 0 < left[0] <= limits.piece_attempts
        assert left[1] <= limits.piece_bytes, column
    retain(file, Limits(piece_seconds=HOUR), now=clock() + DAY * 60 * 10**9)
    assert file.execute("SELECT count(*) FROM pieces").fetchone() == (0,)
    assert (
        sum(card.volume.attempts for card in store.query.scorecard(EVERYTHING).providers)
        == store.query.account().attempts
    )


def test_the_account_outlives_the_writers(store, file, attempt, route, clock):
    write(store, route(attempt()), route(attempt()))
    before = store.query.account()
    for _ in range(2):
        clock.forward(40 * DAY * 60)
        retain(file, store.limits, now=clock())
        assert store.query.account() == before
    assert file.execute("SELECT id FROM writers").fetchall() == [(0,)]
    assert store.writer().flush()


def test_numbers_of_series_are_asked_for_again_once_some_were_given_up(store, file, attempt, route, clock, monkeypatch):
    from cutover_telemetry.store import _upkeep

    monkeypatch.setattr(_upkeep, "MANY_SERIES", 1)
    write(store, route(attempt("old")))
    file.execute("DELETE FROM rollups")
    retain(file, store.limits, now=clock())
    assert file.execute("SELECT count(*) FROM series").fetchone() == (0,)
    write(store, route(attempt("old")), route(attempt("new")))
    assert [card.provider for card in store.query.scorecard(EVERYTHING).providers] == ["new", "old"]


def test_series_beyond_the_room_of_a_file_are_counted_as_other(tmp_path, attempt, clock, monkeypatch):
    from cutover_telemetry.store import _merging

    monkeypatch.setattr(_merging, "MOST_SERIES", 5)
    store = Store.open(tmp_path / "other.db", Limits(interval=3600), clock=clock)
    for number in range(40):
        store.writer().attempt(attempt(f"p{number}"))
    assert store.writer().close()
    cards = {card.provider: card.volume.attempts for card in store.query.scorecard(EVERYTHING).providers}
    assert len(cards) == 6
    assert cards["(other)"] == 35
