"""Names as OpenTelemetry's and Prometheus's compatibility specification has them."""

import pytest

from cutover_telemetry.names import DIALECTS, Metric
from cutover_telemetry.prometheus import label_name, metric_name


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("gen_ai.client.operation.duration", "s", "histogram", "gen_ai_client_operation_duration_seconds"),
        ("gen_ai.client.token.usage", "{token}", "histogram", "gen_ai_client_token_usage"),
        ("cutover.failovers", "{failover}", "counter", "cutover_failovers_total"),
        ("cutover.failovers.time_lost", "s", "counter", "cutover_failovers_time_lost_seconds_total"),
        ("already_total", "", "counter", "already_total"),
        ("waits.seconds", "s", "histogram", "waits_seconds"),
        ("memory.utilization", "1", "gauge", "memory_utilization_ratio"),
        ("events", "1", "counter", "events_total"),
        ("disk", "By", "gauge", "disk_bytes"),
        ("speed", "m/s", "gauge", "speed_meters_per_second"),
        ("rate", "{request}/min", "gauge", "rate_per_minute"),
        ("(lambda).function.executions(#)", "", "gauge", "lambda_function_executions"),
        ("2nd.try", "", "gauge", "_2nd_try"),
        ("parcels", "kg/m2", "gauge", "parcels_kg_per_m2"),
        ("ünïcode", "", "gauge", "n_code"),
    ],
)
def test_a_metric_is_named_with_its_unit_and_kind(name, unit, kind, expected):
    assert metric_name(name, unit, kind) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gen_ai.provider.name", "gen_ai_provider_name"),
        ("2xx", "key_2xx"),
        ("a b\nc", "a_b_c"),
        ("__reserved__", "_reserved__"),
        ("", "_"),
    ],
)
def test_a_label_is_an_attribute_with_underscores(name, expected):
    assert label_name(name) == expected


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_no_two_metrics_of_a_dialect_come_to_one_name(dialect):
    names = [
        metric_name(name, metric.unit, metric.instrument.value)
        for metric in Metric
        for name in dialect.metric_names(metric)
    ]
    assert len(names) == len(set(names))
