"""Every kind of instrument becomes a family; what cannot be read is left out, and the scrape goes on."""

import math

import pytest
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import (
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)

from cutover_telemetry.prometheus import PrometheusReader, Scrape, exposition


def series(family):
    return dict(family.series)


def test_our_own_metrics_are_families(own, routed, turned, families):
    own.route(routed)
    for attempt in routed.attempts:
        own.attempt(attempt)
    own.breaker(turned)
    found = families(own.collect)
    assert found.keys() == {
        "gen_ai_client_operation_duration_seconds",
        "gen_ai_client_token_usage",
        "cutover_route_duration_seconds",
        "cutover_failovers_total",
        "cutover_failovers_time_lost_seconds_total",
        "cutover_skips_total",
        "cutover_circuit_changes_total",
        "cutover_circuit_state",
        "cutover_telemetry_overhead_seconds_total",
        "cutover_telemetry_faults_total",
    }
    (((labels, value),)) = found["cutover_failovers_total"].series
    assert dict(labels) == {
        "cutover_arm": "legacy",
        "cutover_failover_source": "near",
        "cutover_failover_target": "groq",
    }
    assert value == 1
    durations = {dict(labels)["gen_ai_provider_name"]: each for labels, each in found[next(iter(found))].series}
    assert (durations["near"].count, durations["near"].sum) == (1, 0.1)


@pytest.mark.parametrize("milliseconds", [0, 0.4, 1, 7, 100, 1_000, 90_000, 500_000])
def test_a_duration_is_counted_in_the_first_bucket_that_is_not_below_it(own, attempted, families, milliseconds):
    own.attempt(attempted("near", 0, milliseconds))
    (((_, value),)) = families(own.collect)["gen_ai_client_operation_duration_seconds"].series
    seconds = milliseconds / 1000
    counted = next(bound for bound, count in zip((*value.bounds, math.inf), value.counts, strict=True) if count)
    below = max((bound for bound in value.bounds if bound < counted), default=0)
    assert below <= seconds * 1.011
    assert seconds <= counted


def test_bounds_do_not_depend_on_what_was_counted(own, attempted, families):
    own.attempt(attempted("near", 0, 5))
    own.attempt(attempted("groq", 0, 50_000))
    first, second = (value for _, value in families(own.collect)["gen_ai_client_operation_duration_seconds"].series)
    assert first.bounds == second.bounds
    assert len(first.bounds) == 35


def test_every_kind_of_instrument_of_an_application_is_exposed(theirs, reader, families):
    meter = theirs.get_meter("theirs")
    meter.create_counter("calls", unit="{call}").add(2, {"a": "x"})
    meter.create_up_down_counter("open").add(-3)
    meter.create_histogram("waits", unit="s").record(0.5)
    meter.create_histogram("sizes", unit="By").record(5)
    meter.create_gauge("level").set(4)
    meter.create_observable_counter("seen", [lambda _: [Observation(5)]])
    meter.create_observable_up_down_counter("queued", [lambda _: [Observation(-6)]])
    meter.create_observable_gauge("heat", [lambda _: [Observation(7, {"le": "x"})]])
    found = families(reader.collected)
    assert {name: family.kind for name, family in found.items()} == {
        "calls_total": "counter",
        "open": "gauge",
        "waits_seconds": "histogram",
        "sizes_bytes": "histogram",
        "level": "gauge",
        "seen_total": "counter",
        "queued": "gauge",
        "heat": "gauge",
    }
    assert series(found["calls_total"]) == {(("a", "x"), ("otel_scope_name", "theirs")): 2.0}
    assert series(found["heat"]) == {(("exported_le", "x"), ("otel_scope_name", "theirs")): 7.0}
    ((_, size),) = found["sizes_bytes"].series
    assert (size.count, size.sum) == (1, 5)


@pytest.mark.parametrize(
    "aggregation",
    [ExponentialBucketHistogramAggregation(max_size=4, max_scale=0), ExplicitBucketHistogramAggregation([1.0, 2.0])],
)
def test_a_histogram_that_a_view_has_shaped_survives_the_scrape(reader, aggregation):
    provider = MeterProvider(
        [reader], views=[View(instrument_name="waits", aggregation=aggregation)], shutdown_on_exit=False
    )
    waits = provider.get_meter("theirs").create_histogram("waits", unit="s")
    for value in (0.0, 1e-12, 0.3, 1.5, 80.0, 1e12):
        waits.record(value)
    (family,) = Scrape(reader.collected).families()
    ((_, value),) = family.series
    assert value.count == 6
    assert list(value.counts) == sorted(value.counts)
    provider.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_a_callback_that_fails_and_a_metric_of_no_known_kind_leave_the_others(theirs, reader, families, monkeypatch):
    def broken(_):
        raise ZeroDivisionError

    meter = theirs.get_meter("theirs")
    meter.create_observable_gauge("broken", [broken])
    meter.create_counter("fine").add(1)
    meter.create_counter("strange").add(1)
    collected = reader.collected()
    (scope,) = collected.resource_metrics[0].scope_metrics
    strange = next(metric for metric in scope.metrics if metric.name == "strange")
    object.__setattr__(strange, "data", "no data at all")
    scrape = Scrape(lambda: collected)
    assert [family.name for family in scrape.families()] == ["fine_total"]
    assert scrape.faults.count == 1


def test_a_source_that_fails_leaves_the_others(theirs, reader):
    def broken():
        raise OSError("a full disk")

    theirs.get_meter("theirs").create_counter("fine").add(1)
    scrape = Scrape(broken, reader.collected)
    assert [family.name for family in scrape.families()] == ["fine_total"]
    assert scrape.faults.count == 1


def test_before_anything_was_measured_a_scrape_is_empty(reader, theirs):
    assert Scrape(reader.collected).families() == ()
    assert Scrape(lambda: None).families() == ()


def test_series_beyond_the_limit_are_counted_together(theirs, reader):
    calls = theirs.get_meter("theirs").create_counter("calls")
    waits = theirs.get_meter("theirs").create_histogram("waits")
    for place in range(10):
        calls.add(1, {"model": f"m-{place}"})
        waits.record(1, {"model": f"m-{place}"})
    found = {family.name: series(family) for family in Scrape(reader.collected, most_series=3).families()}
    overflow = (("otel_metric_overflow", "true"),)
    assert len(found["calls_total"]) == 4
    assert found["calls_total"][overflow] == 7
    assert found["waits"][overflow].count == 7


def test_attributes_that_come_to_one_label_are_joined_and_none_is_lost(theirs, reader, families):
    theirs.get_meter("theirs").create_counter("calls").add(1, {"a.b": "x", "a_b": "y", "c": True, "d": ["p", "q"]})
    ((labels, _),) = families(reader.collected)["calls_total"].series
    assert dict(labels) == {"a_b": "x;y", "c": "true", "d": "p,q", "otel_scope_name": "theirs"}


def test_two_metrics_by_one_name_are_one_family(theirs, reader):
    theirs.get_meter("one").create_counter("calls").add(1)
    theirs.get_meter("two").create_counter("calls").add(2)
    theirs.get_meter("three").create_gauge("calls.total").set(3)
    (family,) = Scrape(reader.collected).families()
    assert (family.kind, len(family.series)) == ("counter", 2)
    assert exposition([family]).count("# TYPE") == 1


def test_two_sources_with_the_same_series_are_added(theirs, reader):
    theirs.get_meter("one").create_counter("calls").add(1)
    first, second = reader.collected(), reader.collected()
    (family,) = Scrape(lambda: first, lambda: second).families()
    assert [value for _, value in family.series] == [2.0]


def test_readers_of_one_provider_do_not_disturb_each_other():
    readers = PrometheusReader(), PrometheusReader()
    provider = MeterProvider(readers, shutdown_on_exit=False)
    provider.get_meter("theirs").create_counter("calls").add(1)
    for reader in (*readers, *readers):
        ((_, value),) = Scrape(reader.collected).families()[0].series
        assert value == 1
    provider.shutdown()
