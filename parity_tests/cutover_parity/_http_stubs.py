"""The upstream side of a replay: no request leaves; httpx transports answer from recordings or from the script.

At http depth a recorded route is answered from its own exchanges (what does not match is refused, naming the nearest)
and a generated one by the fault script, with the recorded answer of that address where there is one, else with an
OpenAI-shaped one. At calls depth every upstream request has escaped the stubs and is refused.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import httpx

from cutover_parity._answers import STREAM_CHUNKS, chunk, completion
from cutover_parity._capture import request_of, transports_replaced
from cutover_parity._matching import Unmatched, body_to_json, match
from cutover_parity._messages import Answer, Exchange, Failure, Json, Request
from cutover_parity._route_log import LOG, RouteLog
from cutover_parity._script import Step, error_of, step_of
from cutover_parity._secrets import Scrubber

Depth: TypeAlias = Literal["calls", "http"]
Templates: TypeAlias = Mapping[tuple[str, str, bool], Answer]


class Refused(httpx.TransportError):
    """A request was about to leave an arm under replay."""


class Upstream:
    """Answers, or refuses, what an arm sends upstream."""

    def __init__(self, depth: Depth, *, templates: Templates, scrubber: Scrubber) -> None:
        self._depth = depth
        self._templates = templates
        self._scrubber = scrubber

    def installed(self) -> AbstractContextManager[None]:
        """Stand in for every httpx transport while this is open."""

        def handle(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            request.read()
            return self._answer(request, "sync")

        async def handle_async(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            await request.aread()
            return self._answer(request, "async")

        return transports_replaced(handle, handle_async)

    def _answer(self, request: httpx.Request, client: str) -> httpx.Response:
        log, asked = LOG.get(), request_of(request)
        shown = self._scrubber.request(asked)
        place = f"{shown.method} {shown.url}"
        if log is None:
            raise Refused(f"{place} outside a route: nothing leaves during a replay", request=request)
        if self._depth == "calls":
            log.escape(f"{place} was sent although every provider function of the plan is replaced")
            raise Refused(f"{place}: nothing leaves during a replay", request=request)
        entry, step = log.request(**_entry(shown, request, client))
        if log.exchanges is not None:
            return _recorded(log, entry, shown, request)
        return self._scripted(step, asked, request)

    def _scripted(self, step: Step, asked: Request, request: httpx.Request) -> httpx.Response:
        if step.kind in {"timeout", "connect"}:
            raise error_of(step, request) or AssertionError(step)
        if step.kind == "status":
            body = json.dumps({"error": {"message": f"scripted {step.number}", "type": "scripted"}}).encode()
            return _response(Answer(step.number, (("content-type", "application/json"),), (body,)), request)
        answer = self._template(asked) or _default_answer(asked)
        if step.kind in {"malformed", "value"}:
            answer = replace(answer, chunks=(b'data: {"malformed": \n\n' if _streams(asked) else b'{"malformed": ',))
        if step.kind == "cut":
            cut = Failure("httpx.RemoteProtocolError", f"scripted {step}")
            answer = replace(answer, chunks=answer.chunks[: step.number], cut=cut)
        return _response(answer, request)

    def _template(self, asked: Request) -> Answer | None:
        return self._templates.get(template_key(asked))


def template_key(request: Request) -> tuple[str, str, bool]:
    """Give the address by which recorded answers are found again: method, host and path, streamed or not."""
    url = urlsplit(request.url)
    return request.method, f"{url.netloc}{url.path}", _streams(request)


def _entry(shown: Request, request: httpx.Request, client: str) -> Json:
    return {
        "method": shown.method,
        "url": shown.url,
        "headers": sorted([name.lower(), value] for name, value in shown.headers),
        "body": body_to_json(shown.body),
        "timeout": request.extensions.get("timeout", {}),
        "client": client,
    }


def _recorded(log: RouteLog, entry: Json, shown: Request, request: httpx.Request) -> httpx.Response:
    found = match(shown, log.exchanges or [], log.used)
    if isinstance(found, Unmatched):
        entry["outcome"] = "not recorded"
        log.escape(found.message)
        raise Refused(found.message, request=request)
    log.used.add(found.index)
    entry["outcome"] = str(step_of(found.exchange))
    return _replayed(found.exchange, request)


def _replayed(exchange: Exchange, request: httpx.Request) -> httpx.Response:
    if exchange.answer is None:
        raise _raised(exchange.error or Failure("httpx.ReadError", "no answer"), request)
    return _response(exchange.answer, request)


def _response(answer: Answer, request: httpx.Request) -> httpx.Response:
    stream = _ReplayedStream(answer, request)
    return httpx.Response(answer.status, headers=list(answer.headers), stream=stream, request=request)


def _raised(failure: Failure, request: httpx.Request) -> Exception:
    kind = getattr(httpx, failure.type.rpartition(".")[2], None)
    if isinstance(kind, type) and issubclass(kind, httpx.RequestError):
        return kind(failure.message, request=request)
    return httpx.ReadError(f"{failure.type}: {failure.message}", request=request)


def _streams(request: Request) -> bool:
    body = body_to_json(request.body)
    headers = dict(request.headers)
    asked = isinstance(body, dict) and body.get("stream") is True
    return asked or "event-stream" in headers.get("accept", "") or "stream" in urlsplit(request.url).path.lower()


def _default_answer(request: Request) -> Answer:
    mark = sha256(b"\n".join((request.method.encode(), request.url.encode(), request.body))).hexdigest()[:12]
    body = body_to_json(request.body)
    model = str(body.get("model", "model")) if isinstance(body, dict) else "model"
    if not _streams(request):
        data = json.dumps(completion(mark, model)).encode()
        return Answer(200, (("content-type", "application/json"), ("content-length", str(len(data)))), (data,))
    events = [f"data: {json.dumps(chunk(mark, model, index))}\n\n".encode() for index in range(STREAM_CHUNKS)]
    return Answer(200, (("content-type", "text/event-stream"),), (*events, b"data: [DONE]\n\n"))


class _ReplayedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, answer: Answer, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.chunks
        if self._answer.cut is not None:
            raise _raised(self._answer.cut, self._request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for item in self._answer.chunks:
            yield item
        if self._answer.cut is not None:
            raise _raised(self._answer.cut, self._request)


def templates_from_json(data: Any) -> dict[tuple[str, str, bool], Answer]:
    """Read the templates that the worker is given."""
    return {(method, place, streams): Answer.from_json(answer) for method, place, streams, answer in data}


def templates_to_json(exchanges: Iterator[Exchange]) -> Json:
    """Give the first good answer of each recorded address, to answer generated requests with."""
    found: dict[tuple[str, str, bool], Answer] = {}
    for exchange in exchanges:
        answer = exchange.answer
        if answer is not None and answer.status < 400 and answer.cut is None:
            found.setdefault(template_key(exchange.request), answer)
    return [[*key, answer.to_json()] for key, answer in found.items()]
