"""Metrics for Prometheus: what `instrument`, a meter provider or a store has, as text that a scrape always gets.

`Endpoint` serves the metrics of one process, those of all workers from a `StoreTail`, or those of a meter provider of
the application's own from a `PrometheusReader`. This folder needs the extra `[telemetry]`, the endpoint `[dashboard]`.
"""

from cutover_telemetry.prometheus._endpoint import Endpoint
from cutover_telemetry.prometheus._families import Buckets, Family
from cutover_telemetry.prometheus._naming import label_name, metric_name
from cutover_telemetry.prometheus._reader import PrometheusReader
from cutover_telemetry.prometheus._scrape import Scrape
from cutover_telemetry.prometheus._tail import StoreTail
from cutover_telemetry.prometheus._text import OPEN_METRICS, PLAIN, chosen_form, exposition

__all__ = [
    "OPEN_METRICS",
    "PLAIN",
    "Buckets",
    "Endpoint",
    "Family",
    "PrometheusReader",
    "Scrape",
    "StoreTail",
    "chosen_form",
    "exposition",
    "label_name",
    "metric_name",
]
