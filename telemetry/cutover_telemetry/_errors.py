"""What instrumenting refuses, and how an error of a provider call is named.

TelemetryError
├── CannotInstrument      the application cannot be given the middleware
├── CommandNotStarted     the command to run instrumented cannot be run
├── NotInstalled          what was asked for needs a package that is not there
└── UnknownDialect        configuration names a dialect that is none
"""

import builtins


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


class CommandNotStarted(TelemetryError):
    """The command that was to run instrumented could not be started."""

    def __init__(self, command: str, *, reason: str) -> None:
        self.command = command
        self.reason = reason
        super().__init__(f"cannot run {command}: {reason}; name a command that is on the path")


class NotInstalled(TelemetryError):
    """Spans, metrics, an exporter or the dashboard were asked for, and a package of the named extra is not there."""

    def __init__(self, what: str, *, missing: str | None, extra: str = "telemetry") -> None:
        self.what = what
        self.missing = missing
        super().__init__(f"{what} need the package of {missing}; pip install 'provider-cutover[{extra}]'")


class UnknownDialect(TelemetryError):
    """There is no dialect of this name."""

    def __init__(self, asked: str, *, known: tuple[str, ...]) -> None:
        self.asked = asked
        self.known = known
        super().__init__(f"there is no dialect {asked!r}; write one of {', '.join(known)}")


def error_type(error: BaseException) -> str:
    """The low-cardinality name of an error: its HTTP status if it carries one, else its class; never its text."""
    status = _status(error) or _status(_read(error, "response"))
    return str(status) if status else _class_name(type(error))


def _status(holder: object) -> int | None:
    status = _read(holder, "status_code")
    return status if isinstance(status, int) and 100 <= status <= 599 else None


def _read(holder: object, name: str) -> object:
    # Client libraries have errors whose properties raise.
    try:
        return getattr(holder, name, None)
    except Exception:  # noqa: BLE001  somebody else's property
        return None


def _class_name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == builtins.__name__ else f"{kind.__module__}.{kind.__qualname__}"
