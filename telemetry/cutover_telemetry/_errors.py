"""What instrumenting refuses, and how an error of a provider call is named.

TelemetryError
└── CannotInstrument      the application cannot be given the middleware
"""

import builtins
from contextlib import suppress


class TelemetryError(Exception):
    """Root of everything that cutover_telemetry raises on purpose."""


class CannotInstrument(TelemetryError):
    """The application took no middleware: it serves already."""

    def __init__(self, app: object, *, reason: str) -> None:
        self.app = app
        self.reason = reason
        super().__init__(
            f"cannot add the route middleware to this {type(app).__name__}: {reason}; "
            "call instrument(app) before it serves"
        )


def error_type(error: BaseException) -> str:
    """The low-cardinality name of an error: its HTTP status if it carries one, else its class; never its text."""
    status = _status(error) or _status(_read(error, "response"))
    return str(status) if status else _class_name(type(error))


def _status(holder: object) -> int | None:
    status = _read(holder, "status_code")
    return status if isinstance(status, int) and 100 <= status <= 599 else None


def _read(holder: object, name: str) -> object:
    # Client libraries have errors whose properties raise.
    with suppress(Exception):
        return getattr(holder, name, None)
    return None


def _class_name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == builtins.__name__ else f"{kind.__module__}.{kind.__qualname__}"
