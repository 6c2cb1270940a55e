"""Fixtures: the metrics of our own, of an application's provider, and a store that others write."""

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from cutover_telemetry import BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.metrics import OwnMetrics
from cutover_telemetry.names import V1_41
from cutover_telemetry.prometheus import PrometheusReader, Scrape

MILLISECOND = 1_000_000


@pytest.fixture
def own():
    return OwnMetrics(Resource.get_empty(), V1_41, overhead=lambda: (0.25, 2))


@pytest.fixture
def reader():
    return PrometheusReader()


@pytest.fixture
def theirs(reader):
    provider = MeterProvider([reader], shutdown_on_exit=False)
    yield provider
    provider.shutdown()


@pytest.fixture
def families():
    """The families of some sources by name."""
    return lambda *sources: {family.name: family for family in Scrape(*sources).families()}


@pytest.fixture
def routed(attempted):
    """A route in which the first of two providers failed and one more was skipped."""
    away = attempted("near", 0, 100, error_type="503", number=1)
    to = attempted("groq", 100, 300, arm="registry", number=2, input_tokens=5, output_tokens=7)
    skips = (SkipRecord("xai", "circuit_open", 100 * MILLISECOND),)
    return RouteRecord(0, 310 * MILLISECOND, (away, to), 200, name="POST /chat", skips=skips, overhead=5_000)


@pytest.fixture
def turned():
    return BreakerRecord("near", "closed", "open", 100 * MILLISECOND)
