"""Metrics of a process that is forked: it begins anew, whatever another thread was in the middle of."""

import os
import threading

import pytest
from opentelemetry.sdk.resources import Resource

from cutover_telemetry import V1_41
from cutover_telemetry.metrics import OwnMetrics


@pytest.fixture
def metrics():
    return OwnMetrics(Resource({"service.name": "shop"}), V1_41, overhead=lambda: (0.0, 0))


def instance(metrics):
    return metrics.collect().resource_metrics[0].resource.attributes["service.instance.id"]


def counted(metrics):
    points = metrics.collect().resource_metrics[0].scope_metrics[0].metrics
    return sum(
        point.count
        for metric in points
        if metric.unit == "s"
        for point in metric.data.data_points
        if hasattr(point, "count")
    )


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_counts_its_own_as_an_instance_of_its_own(metrics, attempted):
    metrics.attempt(attempted("near", 0, 20))
    held, free = threading.Event(), threading.Event()

    def hold():
        with metrics.lock:
            held.set()
            free.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        metrics.attempt(attempted("near", 0, 20))
        os.write(writing, f"{counted(metrics)} {instance(metrics)}".encode())
        os._exit(0)
    os.close(writing)
    count, name = os.read(reading, 1000).decode().split()
    os.close(reading)
    os.waitpid(child, 0)
    free.set()
    holder.join()
    assert (int(count), counted(metrics)) == (1, 1)
    assert name != instance(metrics)


def test_an_instance_that_the_environment_names_keeps_its_name():
    named = OwnMetrics(Resource({"service.instance.id": "one"}), V1_41, overhead=lambda: (0.0, 0))
    assert instance(named) == "one"
