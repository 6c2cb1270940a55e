"""Spans of routes and attempts, made of their records. This folder needs the OpenTelemetry SDK."""

from cutover_telemetry.spans._batches import BatchedSpans
from cutover_telemetry.spans._direct import DirectSpans
from cutover_telemetry.spans._processors import ConsoleSpans, GuestProcessor, MemorySpans
from cutover_telemetry.spans._tracer import TracerSpans

__all__ = ["BatchedSpans", "ConsoleSpans", "DirectSpans", "GuestProcessor", "MemorySpans", "TracerSpans"]
