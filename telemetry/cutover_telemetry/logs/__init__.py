"""What happened as OpenTelemetry log records. This folder needs the extra `[telemetry]`."""

from cutover_telemetry.logs._events import LogEvents

__all__ = ["LogEvents"]
