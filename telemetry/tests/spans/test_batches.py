"""Spans on their way to an exporter: made and exported by a thread, bounded, and told of when they are dropped."""

import logging
import os
import threading
from dataclasses import replace

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from cutover_telemetry import V1_41, RouteRecord
from cutover_telemetry._faults import Faults
from cutover_telemetry.spans import BatchedSpans, DirectSpans, MemorySpans

MILLISECOND = 1_000_000


class Collecting(SpanExporter):
    """Takes spans, in which thread, and refuses or waits when it is told to."""

    def __init__(self, *, refuses=False, waits_for=None):
        self.spans, self.threads, self.ended = [], set(), 0
        self.refuses, self.waits_for = refuses, waits_for

    def export(self, spans):
        self.threads.add(threading.current_thread().name)
        if self.waits_for is not None:
            self.waits_for.wait(20)
        if self.refuses:
            return SpanExportResult.FAILURE
        self.spans += spans
        return SpanExportResult.SUCCESS

    def shutdown(self):
        self.ended += 1


@pytest.fixture
def batched(counted_ids):
    """Batches to an exporter, what makes the spans, and their memory."""
    made = []

    def make(exporter, **options):
        batches, memory = BatchedSpans(exporter, Faults(), **options), MemorySpans()
        made.append(batches)
        settings = TracerProvider(id_generator=counted_ids(), shutdown_on_exit=False)
        return batches, DirectSpans(settings, [memory, batches], V1_41), memory

    yield make
    for each in made:
        each.shutdown()


@pytest.fixture
def route(attempted):
    failed, answered = attempted("near", 10, 30, number=1, error_type="503"), attempted("groq", 35, 60, number=2)
    return RouteRecord(started=0, ended=70 * MILLISECOND, attempts=(failed, answered), status_code=200)


def test_spans_are_made_by_the_thread_that_exports_them(batched, route):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    spans.route(route, Context())
    assert batches.force_flush()
    assert [span.name for span in exporter.spans] == ["chat m-1", "chat m-1", "route chat m-1"]
    assert exporter.threads == {"cutover-spans"}


def test_the_memory_and_the_exporter_have_the_same_spans(batched, route):
    exporter = Collecting()
    batches, spans, memory = batched(exporter)
    spans.route(route, Context())
    before = memory.spans()
    spans.route(route, Context())
    batches.force_flush()
    assert [span.to_json() for span in exporter.spans] == [span.to_json() for span in memory.spans()]
    assert memory.spans()[:3] == before


def test_what_waits_at_the_end_is_exported_and_nothing_is_told(batched, route, caplog):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    for _ in range(700):
        spans.route(route, Context())
    batches.shutdown()
    batches.shutdown()
    assert (len(exporter.spans), exporter.ended, batches.dropped) == (2_100, 1, 0)
    assert caplog.messages == []


def test_after_the_end_nothing_is_taken(batched, route):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    batches.shutdown()
    spans.route(route, Context())
    assert (len(batches), exporter.spans) == (0, [])


def test_what_no_collector_took_is_told_at_the_end(batched, route, caplog):
    batches, spans, _ = batched(Collecting(refuses=True))
    for _ in range(10):
        spans.route(route, Context())
    batches.shutdown()
    assert batches.dropped == 30
    assert caplog.messages == ["30 spans were dropped: no collector took them in time"]


def test_a_collector_that_hangs_holds_neither_a_call_nor_the_end(batched, route, caplog):
    free = threading.Event()
    exporter = Collecting(waits_for=free)
    batches, spans, _ = batched(exporter, queue_size=100)
    for _ in range(1_000):
        spans.route(route, Context())
    assert len(batches) <= 100
    batches.shutdown()
    assert exporter.spans == []
    assert exporter.ended == 1
    assert len(batches) == 0
    assert "spans were dropped" in caplog.text
    free.set()


def test_the_oldest_go_first_when_too_many_wait(batched, route):
    free = threading.Event()
    exporter = Collecting(waits_for=free)
    batches, spans, memory = batched(exporter, queue_size=10)
    for _ in range(500):
        spans.route(route, Context())
    free.set()
    batches.force_flush()
    latest = [span.context.span_id for span in memory.spans()][-30:]
    assert [span.context.span_id for span in exporter.spans][-30:] == latest


def test_an_exporter_that_raises_costs_its_batch_alone(batched, route, caplog):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    exporter.export = lambda spans: 1 / 0
    spans.route(route, Context())
    batches.force_flush()
    del exporter.export
    spans.route(route, Context())
    batches.force_flush()
    assert (len(exporter.spans), batches.dropped) == (3, 3)
    assert caplog.records[0].levelno == logging.WARNING


def test_one_record_that_makes_no_span_takes_no_other_with_it(batched, route, caplog):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    spans.route(route, Context())
    spans.route(replace(route, skips=("no skip",)), Context())
    spans.route(route, Context())
    batches.force_flush()
    assert len(exporter.spans) == 6


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_exports_its_own_and_nothing_of_its_parents(batched, route):
    exporter = Collecting()
    batches, spans, _ = batched(exporter)
    spans.route(route, Context())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        spans.route(route, Context())
        spans.route(route, Context())
        done = batches.force_flush(10_000)
        os.write(writing, f"{done} {len(exporter.spans)}".encode())
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 100).decode() == "True 6"
    os.close(reading)
    os.waitpid(child, 0)
    batches.force_flush()
    assert len(exporter.spans) == 3
