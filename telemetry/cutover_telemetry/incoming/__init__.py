"""OpenTelemetry from outside, in: spans of any instrumented service become our routes and attempts.

`records_of` is the plain function from one export request to records; `Gathering` does it over many requests, and
`Receiver` is the ASGI application for OTLP/HTTP. This folder needs the extra `[telemetry]`, the receiver `[dashboard]`.
"""

from cutover_telemetry.incoming._errors import IncomingError, TooLarge, TooMany, Undecodable, UnknownEncoding
from cutover_telemetry.incoming._gathering import Counts, Gathering, records_of
from cutover_telemetry.incoming._reading import Reading
from cutover_telemetry.incoming._receiver import Receiver

__all__ = [
    "Counts",
    "Gathering",
    "IncomingError",
    "Reading",
    "Receiver",
    "TooLarge",
    "TooMany",
    "Undecodable",
    "UnknownEncoding",
    "records_of",
]
