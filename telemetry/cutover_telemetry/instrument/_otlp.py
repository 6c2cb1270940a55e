"""OTLP over HTTP to any collector, for spans and metrics.

`OTEL_EXPORTER_OTLP_ENDPOINT` and its relatives are heeded; an endpoint that is named goes before them.
"""

import os
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter

TIMEOUT_SECONDS = 3.0


def otlp_spans(endpoint: str | None) -> "SpanExporter":
    """An exporter of spans to this endpoint, such as ``http://127.0.0.1:4318``."""
    return OTLPSpanExporter(_under(endpoint, "v1/traces"), timeout=_timeout("TRACES"))


def otlp_metrics(endpoint: str | None) -> "MetricExporter":
    """An exporter of metrics to this endpoint."""
    return OTLPMetricExporter(_under(endpoint, "v1/metrics"), timeout=_timeout("METRICS"))


def _under(endpoint: str | None, path: str) -> str | None:
    return None if endpoint is None else f"{endpoint.rstrip('/')}/{path}"


def _timeout(signal: str) -> float | None:
    given = {f"OTEL_EXPORTER_OTLP_{signal}_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"}
    return None if given & os.environ.keys() else TIMEOUT_SECONDS
