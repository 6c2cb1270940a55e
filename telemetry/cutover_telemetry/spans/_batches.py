"""Spans on their way to an exporter: a bounded queue and a thread, so that a collector is never waited for by a call.

When the queue is full the oldest are dropped. What was dropped, and what a collector did not take, is counted, and told
to the log when the process ends.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from cutover_telemetry._export_thread import ExportThread
from cutover_telemetry._faults import Faults
from cutover_telemetry.spans._processors import GuestProcessor
from cutover_telemetry.spans._unmade import Unmade

logger = logging.getLogger("cutover_telemetry")

QUEUE_SIZE = 4_096
"""Routes and lone spans that may wait."""
WAKE_AT = 256
BATCH = 512
"""Spans that are enough for one request."""
INTERVAL_SECONDS = 2.0


class BatchedSpans(GuestProcessor):
    """Hands spans to an exporter in batches.

    Attributes:
        dropped: Spans that did not reach the exporter, or that it did not take.
    """

    def __init__(self, exporter: SpanExporter, faults: Faults, *, queue_size: int = QUEUE_SIZE) -> None:
        super().__init__()
        self.dropped = 0
        self._told = False
        self._exporter, self._faults, self._queue_size = exporter, faults, queue_size
        self._dropping = threading.RLock()
        self._waiting: deque[ReadableSpan | Unmade] = deque()
        self._thread = ExportThread(
            self._export, exporter.shutdown, name="cutover-spans", interval=INTERVAL_SECONDS, faults=faults,
            forget=self._forget,
        )  # fmt: skip

    def __len__(self) -> int:
        """How many routes and lone spans wait."""
        return len(self._waiting)

    def take(self, given: ReadableSpan | Unmade) -> None:
        """Put it into the queue."""
        self._waiting.append(given)
        waiting = len(self._waiting)
        if waiting > self._queue_size:
            self._drop_oldest()
        elif waiting >= WAKE_AT:
            self._thread.wake()

    def force_flush(self, timeout_millis: int = 2_000) -> bool:
        """Export what is in the queue, as far as the collector takes it in that time."""
        return self._thread.flush(timeout_millis / 1000)

    def end(self) -> None:
        """Take nothing more, and begin to export what waits."""
        super().end()
        self._thread.end()

    def shutdown(self) -> None:
        """Export what is in the queue, for as long as the collector takes it; tell what was dropped."""
        self.end()
        self._thread.close()
        while self._waiting:
            self._drop_oldest()
        told, self._told = self._told, True
        if self.dropped and not told:
            logger.warning("%d spans were dropped: no collector took them in time", self.dropped)

    def _export(self) -> None:
        while batch := list(self._batch()):
            taken = False
            try:
                taken = self._exporter.export(batch) is not SpanExportResult.FAILURE
            finally:
                self._thread.told(taken)
                if not taken:
                    self._drop(len(batch))
            if not taken:
                return

    def _batch(self) -> Iterator[ReadableSpan]:
        size = 0
        while self._waiting and size < BATCH:
            try:
                given = self._waiting.popleft()
                spans = given.make() if isinstance(given, Unmade) else (given,)
            except IndexError:
                return
            except Exception as error:  # noqa: BLE001  one bad record must not take the others with it
                self._faults.note(error)
                continue
            size += len(spans)
            yield from spans

    def _drop_oldest(self) -> None:
        with suppress(IndexError):
            given = self._waiting.popleft()
            self._drop(len(given) if isinstance(given, Unmade) else 1)

    def _drop(self, count: int) -> None:
        with self._dropping:
            self.dropped += count

    def _forget(self) -> None:
        self._dropping = threading.RLock()
        self._waiting = deque()
        self.dropped = 0
