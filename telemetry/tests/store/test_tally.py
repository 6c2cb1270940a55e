import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest

from cutover_telemetry._records import RouteOutcome, SkipRecord
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._tally import Counting, Series, Tally, outcome_of_one

SECOND = 1_000_000_000


@pytest.fixture
def counted():
    def count(*routes, lone=(), most=1_000):
        counting = Counting(most)
        for each in routes:
            counting.route(each)
        for each in lone:
            counting.attempt(each)
        closed = counting.closed()
        by_series = {series: [tally for key, tally in closed.items() if key[1] == series] for _, series in closed}
        return {series: Tally.merged(tallies) for series, tallies in by_series.items()}

    return count


def test_an_attempt_is_counted_with_its_provider_arm_and_site(counted, attempt):
    found = counted(lone=[attempt("near", took=2, first=0.5, arm="registry")])
    tally = found[Series("attempt", "near", "registry", "chat")]
    assert tally.counts == {"attempts": 1, "streamed": 1, "answered": 1}
    assert tally.sketches == {"latency": Sketch.of([2.0]), "first_chunk": Sketch.of([0.5])}


def test_failed_and_cancelled_attempts_are_counted_apart_and_are_in_no_latency(counted, attempt):
    ends = [attempt(error_type="503"), attempt(error_type="503"), attempt(error_type="abandoned")]
    found = counted(lone=[*ends, attempt(cancelled=True, first=0.1)])
    (tally,) = found.values()
    assert tally.counts == {
        "attempts": 4,
        "failed": 3,
        "error 503": 2,
        "error abandoned": 1,
        "streamed": 1,
        "cancelled": 1,
    }
    assert tally.sketches == {}


def test_tokens_a_second_are_those_after_the_first_chunk(counted, attempt):
    streamed = attempt(took=3, first=1, input_tokens=50, output_tokens=100, cached_tokens=20, reasoning_tokens=7)
    whole = attempt(took=2, input_tokens=1, output_tokens=10)
    broken = attempt(took=9, output_tokens=5, error_type="503")
    (tally,) = counted(lone=[streamed, whole, broken]).values()
    counts = tally.counts
    assert (counts["input_tokens"], counts["output_tokens"]) == (51, 115)
    assert (counts["cached_tokens"], counts["reasoning_tokens"]) == (20, 7)
    assert (counts["told_tokens"], counts["telling"]) == (110, 4.0)


def test_a_failover_counts_what_it_cost_and_whether_it_saved_the_route(counted, attempt, route):
    lost = attempt("a", at=1, took=0.25, error_type="503")
    saved = route(lost, attempt("b", at=2))
    not_saved = route(lost, attempt("b", at=2, error_type="429"))
    tally = counted(saved, not_saved)[Series("failover", "a", "b", None)]
    assert tally.counts == {"failovers": 2, "lost": 0.5, "saved": 1}


def test_of_two_failovers_in_one_route_the_last_saved_it(counted, attempt, route):
    tried = [attempt(name, at=at, error_type="503") for at, name in enumerate("ab", 1)]
    found = counted(route(*tried, attempt("c", at=3)))
    assert {series[1:3]: tally.counts["saved"] for series, tally in found.items() if series.kind == "failover"} == {
        ("a", "b"): 0,
        ("b", "c"): 1,
    }


def test_from_where_a_route_changes_its_arm_its_attempts_count_for_none_of_both(counted, attempt, route):
    failed = attempt("a", at=1, arm="registry", error_type="503")
    found = counted(
        route(failed, attempt("b", at=2, arm="legacy", error_type="503"), attempt("c", at=3, arm="registry"))
    )
    by_arm = {series[1:3]: tally.counts for series, tally in found.items() if series.kind == "attempt"}
    assert by_arm == {
        ("a", "registry"): {"attempts": 1, "failed": 1, "error 503": 1, "failovers_away": 1},
        ("b", "mixed"): {"attempts": 1, "failed": 1, "error 503": 1, "failovers_away": 1, "failovers_to": 1},
        ("c", "mixed"): {"attempts": 1, "answered": 1, "failovers_to": 1},
    }


def test_a_route_is_counted_by_arm_outcome_and_name(counted, attempt, route):
    fine = route(attempt(), attempt(arm="registry"), name="POST /chat", overhead=5_000)
    bad = route(attempt(error_type="503", took=2), error_type="502", disconnected=True)
    found = counted(fine, bad, route(error_type="404"))
    assert found[Series("route", "mixed", "ok", "POST /chat")].sketches["overhead"] == Sketch.of([5e-6])
    counts = found[Series("route", "legacy", "exhausted", None)].counts
    assert counts == {"routes": 1, "attempts": 1, "disconnected": 1, "error 502": 1, "lost": 2.0}
    assert found[Series("route", None, "error", None)].counts == {"routes": 1, "error 404": 1}


def test_a_skip_is_counted_by_provider_and_reason(counted, attempt, route):
    skips = (SkipRecord("a", "circuit_open", 0), SkipRecord("a", "circuit_open", 9), SkipRecord("b", "cooling_down", 9))
    found = counted(route(attempt("c"), skips=skips))
    assert found[Series("skip", "a", "circuit_open", None)].counts == {"skips": 2}
    assert found[Series("skip", "b", "cooling_down", None)].counts == {"skips": 1}


def test_the_minute_is_that_of_the_end(attempt):
    counting = Counting(10)
    counting.attempt(attempt(at=61, took=30))
    ((minute, _),) = counting.closed()
    assert minute * 60 * SECOND <= attempt(at=61).ended < (minute + 1) * 60 * SECOND


@pytest.mark.parametrize(
    ("error", "cancelled", "own", "overran"),
    list(itertools.product((None, "503"), (False, True), (None, "500"), (False, True))),
)
def test_the_outcome_of_one_attempt_is_found_as_the_record_says(attempt, route, error, cancelled, own, overran):
    only = attempt(error_type=error, cancelled=cancelled and error is None)
    record = route(only, error_type=own, overran=overran)
    assert outcome_of_one(record, only) is record.outcome


def test_tallies_add_up_however_they_are_cut(counted, traffic):
    records = traffic(300)
    whole = counted(*records)
    cut = [counted(*records[start : start + 70]) for start in range(0, 300, 70)]
    for series, tally in whole.items():
        merged = Tally.merged(part[series] for part in cut if series in part)
        assert merged.counts == pytest.approx(tally.counts)
        assert merged.sketches == tally.sketches


def test_what_ended_in_the_future_or_before_all_time_is_counted_at_the_edge(attempt):
    now = attempt().ended
    counting = Counting(10, latest=now)
    for at in (10**6, 0, -(10**10)):
        counting.attempt(attempt(at=at))
    assert sorted(minute for minute, _ in counting.closed()) == [0, now // 60 // SECOND]


def test_names_without_end_are_counted_as_other(counted, attempt, route):
    found = counted(*(route(attempt(f"p{number}")) for number in range(500)), most=50)
    assert len(found) < 60
    kinds = Counter()
    for series, tally in found.items():
        kinds[series.kind] += tally.counts["attempts"]
    assert kinds == {"attempt": 500, "route": 500}
    assert found[Series("attempt", "(other)", "(other)", "(other)")].counts["attempts"] > 400


def test_errors_without_end_are_counted_as_other(counted, attempt):
    (tally,) = counted(lone=[attempt(error_type=f"Error{number}") for number in range(100)]).values()
    assert tally.counts["failed"] == 100
    assert tally.counts["error (other)"] == 60


def test_a_name_of_any_length_takes_two_hundred_letters(counted, attempt):
    (series,) = counted(lone=[attempt("x" * 100_000, error_type="y" * 100_000)])
    assert series.first == "x" * 200


def test_every_outcome_is_known_to_the_page():
    assert {outcome.value for outcome in RouteOutcome} == {"ok", "failed_over", "exhausted", "deadline", "error"}


def test_counted_many_at_once_they_come_to_what_each_by_itself_does(counted, traffic):
    records = traffic(900, providers=2)
    at_once = counted(*records)
    each = [counted(record) for record in records]
    for series, tally in at_once.items():
        merged = Tally.merged(part[series] for part in each if series in part)
        assert merged.counts == pytest.approx(tally.counts)
        assert merged.sketches == tally.sketches


@pytest.mark.parametrize("count", [1, 10, 200])
def test_a_record_that_cannot_be_counted_takes_no_other_of_its_series_with_it(attempt, route, count):
    failed = []
    counting = Counting(10, note=failed.append)
    for _ in range(count):
        counting.route(route(attempt()))
    noted = 0
    for broken in (replace(attempt(), output_tokens="many"), replace(attempt(), started=None)):
        try:
            counting.attempt(broken)
        except TypeError:
            noted += 1
    counting.route(replace(route(attempt()), overhead=None))
    tallies = {series.kind: tally for (_, series), tally in counting.closed().items()}
    assert tallies["route"].counts["routes"] == count
    assert tallies["attempt"].counts["answered"] == count + 1
    assert failed or noted


def test_nanoseconds_are_sketched_as_the_seconds_that_they_are():
    dice = random.Random(3)
    values = [int(dice.lognormvariate(0, 2) * SECOND) for _ in range(5_000)]
    found, wanted = Sketch.of_nanoseconds(values), Sketch.of([value / SECOND for value in values])
    assert found.count == wanted.count
    for share in (0, 0.01, 0.5, 0.95, 0.99, 1):
        assert found.quantile(share) == pytest.approx(wanted.quantile(share), rel=0.02)


@pytest.mark.parametrize("values", [[], [0], [-5, 10], [0, 0, SECOND]])
def test_nanoseconds_that_are_none_or_less_are_counted_as_seconds_are(values):
    assert Sketch.of_nanoseconds(values) == Sketch.of([value / SECOND for value in values])
