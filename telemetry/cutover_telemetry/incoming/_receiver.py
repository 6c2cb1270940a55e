"""OTLP over HTTP, in: an ASGI application with `/v1/traces`, `/v1/metrics` and `/v1/logs`.

Spans of model calls become routes and attempts for a sink, such as a store's writer. Metrics and logs are taken,
counted and let go. Serve it on a port of its own (4318 is the usual one) or mount it:

receiver = Receiver(store.writer())
uvicorn.run(receiver, host="127.0.0.1", port=4318)
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from cutover_telemetry._records import RecordSink
from cutover_telemetry.incoming import _answers
from cutover_telemetry.incoming._body import JSON, LARGEST_BODY, decoded, form_of, read_body
from cutover_telemetry.incoming._errors import IncomingError
from cutover_telemetry.incoming._gathering import Counts, Gathering
from cutover_telemetry.incoming._reading import Reading
from cutover_telemetry.serving import Admission

MOST_AT_ONCE = 2
"""Bodies in memory at the same time; a sender that is told to wait sends again."""
SETTLE_EVERY = 1.0

Take = Callable[[Request, str], Awaitable[Response]]


class Receiver:
    """The application; `close` gives what is still held to the sink, as the end of its lifespan does."""

    def __init__(
        self,
        sink: RecordSink,
        *,
        token: str | None = None,
        reading: Reading | None = None,
        largest_body: int = LARGEST_BODY,
        gathering: Gathering | None = None,
    ) -> None:
        self._gathering = gathering or Gathering(sink, reading=reading)
        self._admission = Admission(token)
        self._largest_body = largest_body
        self._reading_now = 0
        self._timer: asyncio.TimerHandle | None = None
        self._app = Starlette(
            routes=[
                Route("/v1/traces", self._guarded(self._traces), methods=["POST"]),
                Route("/v1/metrics", self._guarded(self._metrics), methods=["POST"]),
                Route("/v1/logs", self._guarded(self._logs), methods=["POST"]),
            ],
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        await self._app(scope, receive, send)

    @property
    def counts(self) -> Counts:
        """What came in so far."""
        return self._gathering.counts

    def close(self) -> None:
        """Give all that is held to the sink, whole or not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._gathering.settle(everything=True)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        self.close()

    def _guarded(self, take: Take) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form = JSON
            try:
                refusal = self._admission.refused(request.scope)
                form = form_of(request.headers.get("content-type", ""))
                if refusal is not None:
                    return _answers.turned_away(refusal, form)
                return await self._one_of_few(take, request, form)
            except IncomingError as error:
                return _answers.refused(error, form)
            except ClientDisconnect:
                return Response(status_code=400)

        return endpoint

    async def _one_of_few(self, take: Take, request: Request, form: str) -> Response:
        if self._reading_now >= MOST_AT_ONCE:
            return _answers.busy(form)
        self._reading_now += 1
        try:
            return await take(request, form)
        finally:
            self._reading_now -= 1

    async def _traces(self, request: Request, form: str) -> Response:
        message = await self._decoded(request, ExportTraceServiceRequest, form)
        rejected = await asyncio.to_thread(self._gathering.take, message)
        self._settle_later()
        return _answers.traces_taken(rejected, form)

    async def _metrics(self, request: Request, form: str) -> Response:
        message = await self._decoded(request, ExportMetricsServiceRequest, form)
        groups = (group for resource in message.resource_metrics for group in resource.scope_metrics)
        self.counts.points += sum(_points(metric) for group in groups for metric in group.metrics)
        return _answers.taken(ExportMetricsServiceResponse(), form)

    async def _logs(self, request: Request, form: str) -> Response:
        message = await self._decoded(request, ExportLogsServiceRequest, form)
        groups = (group for resource in message.resource_logs for group in resource.scope_logs)
        self.counts.logs += sum(len(group.log_records) for group in groups)
        return _answers.taken(ExportLogsServiceResponse(), form)

    async def _decoded(self, request: Request, kind: type[Any], form: str) -> Any:
        limit = self._largest_body
        body = await read_body(request.stream(), limit=limit)
        encoding = request.headers.get("content-encoding", "identity")
        return await asyncio.to_thread(decoded, body, kind, form=form, encoding=encoding, limit=limit)

    def _settle_later(self) -> None:
        if self._timer is None and self._gathering.held:
            self._timer = asyncio.get_running_loop().call_later(SETTLE_EVERY, self._settle)

    def _settle(self) -> None:
        self._timer = None
        self._gathering.settle()
        self._settle_later()


def _points(metric: Any) -> int:
    kind = metric.WhichOneof("data")
    return 0 if kind is None else len(getattr(metric, kind).data_points)
