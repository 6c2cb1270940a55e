"""Every panel shows what was put into the store, by real writers; what is not known is None."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutover_telemetry._records import BreakerRecord
from cutover_telemetry.overview import Circuit, Failover, Span, Stored, View, overview, to_json
from cutover_telemetry.store import Limits, NoStore, Store, Window

WITHIN = 0.0099


@pytest.fixture
def small(write, route, attempt):
    """Five routes: groq fails over to near twice (once in vain), near answers alone, and a client gives up."""
    write(
        route(attempt("near", end=10, took=2.0, first=0.5, input_tokens=7, output_tokens=30), overhead=2_000_000),
        route(attempt("near", end=20, took=4.0, arm="registry", site="chat_stream"), overhead=2_000_000),
        route(
            attempt("groq", end=70, took=0.5, error_type="503"),
            attempt("near", end=71, took=1.0, number=2),
            skips=[("xai", "circuit_open", 69.9)],
            name="POST /chat",
            overhead=2_000_000,
        ),
        route(
            attempt("groq", end=130, took=1.5, error_type="429"),
            attempt("near", end=131, took=1.0, number=2, error_type="503"),
            name="POST /chat",
            overhead=2_000_000,
        ),
        route(attempt("near", end=140, took=9.0, cancelled=True), disconnected=True, overhead=2_000_000),
    )


@pytest.fixture
def near(store, view, small):
    """The scorecard's line of near."""
    return {each.provider: each for each in overview(store, view()).providers}["near"]


def test_a_provider_has_its_counts(near):
    assert (near.attempts, near.answered, near.failed, near.cancelled) == (5, 3, 1, 1)
    assert near.success == 0.75
    assert near.rate == 5 / 600
    assert near.errors == {"503": 1}
    assert (near.failovers_away, near.failovers_to) == (0, 2)
    assert (near.input_tokens, near.output_tokens) == (7, 30)
    assert near.breaker is None


def test_a_provider_has_its_durations_to_within_one_percent(near):
    assert (near.p50, near.p95, near.p99) == pytest.approx((2.0, 4.0, 4.0), rel=WITHIN)
    assert near.first_chunk.p50 == pytest.approx(0.5, rel=WITHIN)
    assert near.tokens_a_second == pytest.approx(30 / 1.5)


def test_the_small_curves_add_up_to_the_provider(near, at):
    assert near.spark == (
        (at(0) / 10**9, 2, 0, near.spark[0][3]),
        (at(60) / 10**9, 1, 0, near.spark[1][3]),
        (at(120) / 10**9, 2, 1, None),
    )
    assert [near.spark[0][3], near.spark[1][3]] == pytest.approx([4.0, 1.0], rel=WITHIN)


def test_failovers_have_what_they_cost_and_saved(store, view, small):
    assert overview(store, view()).failovers == (Failover("groq", "near", 2, 2.0, 1),)


def test_the_costliest_failover_is_first(store, view, write, route, attempt):
    write(
        route(attempt("a", end=10, took=1.0, error_type="503"), attempt("b", end=11, number=2)),
        route(attempt("c", end=30, took=5.0, error_type="503"), attempt("a", end=31, number=2)),
    )
    assert [(each.away, each.to, each.lost) for each in overview(store, view()).failovers] == [
        ("c", "a", 5.0),
        ("a", "b", 1.0),
    ]


def test_a_provider_that_was_only_skipped_is_there_without_any_duration(store, view, small):
    (xai,) = (each for each in overview(store, view()).providers if each.provider == "xai")
    assert (xai.attempts, xai.skips, xai.success, xai.p95, xai.first_chunk) == (
        0,
        {"circuit_open": 1},
        None,
        None,
        None,
    )
    assert xai.spark == ()


def test_circuits_have_the_stretches_between_their_changes(store, view, write, at):
    write(BreakerRecord("groq", "closed", "open", at(100)), BreakerRecord("groq", "open", "half-open", at(160)))
    shown = overview(store, view())
    assert shown.circuits == (
        Circuit("groq", "closed", at(0) / 10**9, at(100) / 10**9),
        Circuit("groq", "open", at(100) / 10**9, at(160) / 10**9),
        Circuit("groq", "half-open", at(160) / 10**9, None),
    )
    assert shown.circuit_changes == 2


def test_routes_are_counted_by_arm_and_outcome(store, view, small):
    routes = overview(store, view()).routes
    told = {
        (card.arm, card.outcome): (card.routes, card.attempts, card.disconnected, card.lost) for card in routes.cards
    }
    assert told == {
        ("legacy", "ok"): (2, 2, 1, 0.0),
        ("legacy", "failed_over"): (1, 2, 0, 0.5),
        ("legacy", "exhausted"): (1, 2, 0, 2.5),
        ("registry", "ok"): (1, 1, 0, 0.0),
    }


def test_the_overhead_is_told_and_its_share_of_the_median_route(store, view, small):
    routes = overview(store, view()).routes
    assert routes.overhead.p50 == pytest.approx(0.002, rel=WITHIN)
    assert routes.latency.p50 == pytest.approx(2.5, rel=WITHIN)
    assert routes.overhead_share == routes.overhead.p50 / routes.latency.p50


def test_the_latest_routes_are_told_the_last_to_end_first(store, view, small, at):
    recent = overview(store, view()).recent
    assert [each.providers for each in recent] == [("near",), ("groq", "near"), ("groq", "near"), ("near",), ("near",)]
    failed = recent[2]
    assert (failed.name, failed.outcome, failed.attempts, failed.lost) == ("POST /chat", "failed_over", 2, 0.5)
    assert (failed.began, failed.seconds, failed.arm) == (at(69.5) / 10**9, 1.5, "legacy")


def test_the_arms_stand_side_by_side_and_over_time(store, view, small, at):
    arms = overview(store, view()).arms
    (groq, near) = arms.sides
    assert (groq.provider, groq.registry) == ("groq", None)
    assert (near.legacy.attempts, near.legacy.failed, near.registry.attempts) == (4, 1, 1)
    assert near.registry.p95 == pytest.approx(4.0, rel=WITHIN)
    assert arms.step == 60.0
    counts = [(point.start, point.arm, point.attempts, point.failed) for point in arms.curves]
    assert counts == [
        (at(0) / 10**9, "legacy", 1, 0),
        (at(0) / 10**9, "registry", 1, 0),
        (at(60) / 10**9, "legacy", 2, 1),
        (at(120) / 10**9, "legacy", 3, 2),
    ]


def test_what_was_stored_and_what_was_read_is_told(store, view, small, at):
    shown = overview(store, view(10, 130))
    assert shown.stored == Stored(attempts=7, routes=5, dropped=0, unkept=0, writers=1)
    assert shown.asked == Span(at(10) / 10**9, at(130) / 10**9)
    assert shown.window == Span(at(0) / 10**9, at(180) / 10**9)
    assert (shown.providers_known, shown.sites_known) == (("groq", "near", "xai"), ("chat", "chat_stream"))


def test_a_provider_narrows_all_but_the_routes(store, view, small):
    shown = overview(store, view(provider="groq"))
    assert [each.provider for each in shown.providers] == ["groq"]
    assert [each.provider for each in shown.arms.sides] == ["groq"]
    assert [(each.away, each.to) for each in shown.failovers] == [("groq", "near")]
    assert [each.providers for each in shown.recent] == [("groq", "near"), ("groq", "near")]
    assert sum(card.routes for card in shown.routes.cards) == 5
    assert shown.providers_known == ("groq", "near", "xai")


def test_a_site_narrows_the_attempts_and_the_latest_routes(store, view, small):
    shown = overview(store, view(site="chat_stream"))
    assert [(each.provider, each.attempts) for each in shown.providers if each.attempts] == [("near", 1)]
    assert [each.arm for each in shown.recent] == ["registry"]
    assert [each.legacy for each in shown.arms.sides] == [None]


def test_a_provider_that_nobody_called_has_nothing(store, view, small):
    shown = overview(store, view(provider="nobody"))
    assert (shown.providers, shown.failovers, shown.recent, shown.arms.sides) == ((), (), (), ())
    assert (shown.arms.overall, shown.arms.verdicts) == (None, ())


def test_a_store_without_a_record_has_nothing_and_not_zeros(store, view):
    shown = overview(store, view())
    assert (shown.providers, shown.circuits, shown.recent, shown.arms.curves) == ((), (), (), ())
    assert (shown.routes.latency, shown.routes.overhead, shown.routes.overhead_share) == (None, None, None)
    assert shown.arms.overall is None
    assert shown.stored.attempts == 0


def test_a_store_that_is_not_there_is_said(tmp_path, view):
    with pytest.raises(NoStore, match="there is no store at"):
        overview(Store.of(tmp_path / "none.db"), view())


def test_names_pass_through_as_they_came(store, view, write, route, attempt):
    hostile = "<img src=x onerror=alert(1)>\x1b[2J\u202e"
    write(route(attempt(hostile, model=hostile, error_type=hostile)))
    shown = overview(store, view())
    assert shown.providers[0].provider == hostile
    assert shown.providers[0].errors == {hostile: 1}
    assert json.loads(json.dumps(to_json(shown)))["recent"][0]["providers"] == [hostile]


def test_failures_that_are_sure_stand_before_a_few(store, view, write, served):
    write(*served("few", minutes=1, a_minute=3, failing=(1, 1)))
    write(*served("many", minutes=1, a_minute=100, failing=(20, 20)))
    write(*served("well", minutes=1, a_minute=100))
    assert [each.provider for each in overview(store, view()).providers] == ["many", "few", "well"]


def test_an_open_circuit_stands_before_all_failures(store, view, write, served, at):
    write(*served("many", minutes=1, a_minute=50, failing=(20, 20)), *served("open", minutes=1, a_minute=5))
    write(BreakerRecord("open", "closed", "open", at(30)), BreakerRecord("half", "open", "half-open", at(31)))
    write(*served("half", minutes=1, a_minute=5))
    assert [each.provider for each in overview(store, view()).providers] == ["open", "half", "many"]


def test_of_providers_that_are_well_the_slower_is_first(store, view, write, served):
    write(*served("quick", minutes=1, a_minute=5, took=(1, 1)), *served("slow", minutes=1, a_minute=5, took=(3, 3)))
    assert [each.provider for each in overview(store, view()).providers] == ["slow", "quick"]


def test_a_few_minutes_are_shown_in_minutes_in_however_long_a_window(store, view, write, served):
    write(*served(minutes=3, a_minute=2))
    shown = overview(store, view(-20 * 3600, 3600))
    assert shown.arms.step == 60.0
    assert len(shown.providers[0].spark) == 3


def test_everything_is_a_window_too(store, write, served):
    write(*served(minutes=3, a_minute=2))
    assert overview(store, View(Window.everything())).providers[0].attempts == 12


def test_later_records_are_seen_by_the_next_overview(store, view, write, route, attempt):
    write(route(attempt(end=30)))
    assert overview(store, view()).providers[0].attempts == 1
    write(route(attempt(end=31, error_type="503")), route(attempt(end=200)))
    again = overview(store, view())
    assert [each[1:3] for each in again.providers[0].spark] == [(2, 1), (1, 0)]
    assert again.providers[0].attempts == 3
    assert again == overview(Store.of(store.path), view())


def test_the_rollout_is_what_was_given(store, view):
    rules = {"rules": [{"site": "*", "provider": "near", "arm": "registry", "share": 0.05}], "stage": "5 %"}
    assert overview(store, view(), rollout=rules).rollout == rules
    assert overview(store, view()).rollout is None


def test_the_last_seconds_are_a_view():
    assert View.last(60, now=100 * 10**9, site="chat") == View(Window(40 * 10**9, 100 * 10**9), None, "chat")


def test_every_panel_is_of_the_same_moment_while_others_write(tmp_path, served, clock):
    """Counts, routes and what writers say they stored are read in one view of the file."""
    store = Store.open(tmp_path / "busy.db", Limits(interval=0.01), clock=clock)
    writer, done = store.writer(), threading.Event()

    def write():
        for record in served(minutes=10, a_minute=30):
            writer.route(record)
            time.sleep(0.0005)
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = []
    while not done.is_set():
        shown = overview(Store.of(store.path), View(Window.everything()))
        attempts = sum(each.attempts for each in shown.providers)
        assert attempts == shown.stored.attempts == sum(point.attempts for point in shown.arms.curves)
        assert sum(card.routes for card in shown.routes.cards) == shown.stored.routes
        seen.append(attempts)
    thread.join()
    assert writer.close()
    assert seen == sorted(seen)
    assert overview(store, View(Window.everything())).stored.attempts == 600


def test_threads_that_share_a_store_see_the_same(store, view, write, served):
    write(*served("near", minutes=3, a_minute=10, failing=(0, 3)), *served("groq", minutes=3, a_minute=10))
    expected = overview(Store.of(store.path), view())
    with ThreadPoolExecutor(6) as pool:
        assert all(shown == expected for shown in pool.map(lambda _: overview(store, view()), range(12)))
