"""What the receiver refuses.

TelemetryError
└── IncomingError
    ├── Undecodable          the body is not what its content type says
    ├── TooLarge             the body is beyond the limit, as it is or once unpacked
    ├── TooMany              the body holds more messages than are taken at once
    └── UnknownEncoding      a content type or a compression that OTLP does not have
"""

from cutover_telemetry._errors import TelemetryError


class IncomingError(TelemetryError):
    """Root of what is refused; `status` is the HTTP status of the answer."""

    status = 400


class Undecodable(IncomingError):
    """The body cannot be read."""

    def __init__(self, form: str, *, reason: str) -> None:
        self.form = form
        self.reason = reason
        super().__init__(f"the body is no OTLP request in {form}: {reason}; nothing of it was taken")


class TooLarge(IncomingError):
    """The body is larger than is read."""

    status = 413

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"the body is larger than {limit} bytes (unpacked); nothing of it was taken: send smaller batches"
        )


class TooMany(IncomingError):
    """The body holds more than is decoded at once."""

    status = 413

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"the body has more than {limit} resources, scopes and items; nothing of it was taken: send smaller batches"
        )


class UnknownEncoding(IncomingError):
    """The body is in a form that is not read."""

    status = 415

    def __init__(self, header: str, found: str, *, known: tuple[str, ...]) -> None:
        self.header = header
        self.found = found
        self.known = known
        super().__init__(f"{header} is {found[:100]!r}; known are {', '.join(known)}")
