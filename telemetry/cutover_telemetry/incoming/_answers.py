"""What OTLP/HTTP has the server answer, in the form of the request: what was refused, or a status with a reason."""

from collections import Counter
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from cutover_telemetry.incoming._body import JSON
from cutover_telemetry.incoming._errors import IncomingError
from cutover_telemetry.incoming._protobuf import status, to_bytes, to_json
from cutover_telemetry.serving import Refusal

SHOWN_REASONS = 3


def taken(message: Any, form: str) -> Response:
    """The answer to a request that was taken."""
    return Response(_written(message, form), media_type=form)


def traces_taken(rejected: Counter[str], form: str) -> Response:
    """The answer to spans; those that were refused are counted, with the commonest reasons."""
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = rejected.total()
        commonest = rejected.most_common(SHOWN_REASONS)
        answer.partial_success.error_message = "; ".join(f"{count} spans: {reason}" for reason, count in commonest)
    return taken(answer, form)


def refused(error: IncomingError, form: str) -> Response:
    """The answer to a body that was refused; it is not to be sent again."""
    return Response(_written(status(str(error)), form), status_code=error.status, media_type=form)


def turned_away(refusal: Refusal, form: str) -> Response:
    """The answer to a caller that is not let in."""
    body = _written(status(refusal.message), form)
    return Response(body, status_code=refusal.status, media_type=form, headers=dict(refusal.headers))


def busy(form: str) -> Response:
    """The answer while too many bodies are being read; it may be sent again."""
    body = _written(status("too many requests are being read; send it again"), form)
    return Response(body, status_code=503, media_type=form, headers={"Retry-After": "1"})


def _written(message: Any, form: str) -> bytes:
    return to_json(message) if form == JSON else to_bytes(message)
