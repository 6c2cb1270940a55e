"""The upstream side of a replay: no request leaves; it is answered from recordings or from the script.

At http depth a recorded route is answered from its own exchanges (what does not match is refused, naming the nearest)
and a generated one by the fault script, with the recorded answer of that address where there is one, else with an
OpenAI-shaped one. At calls depth every upstream request has escaped the stubs and is refused. How a client library is
answered is up to `stacks`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from cutover_parity._messages import Answer, Exchange, Failure, Json, Request
from cutover_parity.arms._answers import STREAM_CHUNKS, chunk, completion
from cutover_parity.arms._matching import Unmatched, body_to_json, match
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.cases._script import Step, step_of
from cutover_parity.secrets._secrets import Scrubber
from cutover_parity.stacks import Asked, Play, Refused, answering

__all__ = ["Depth", "Refused", "Templates", "Upstream", "template_key", "templates_from_json", "templates_to_json"]

Depth: TypeAlias = Literal["calls", "http"]
Templates: TypeAlias = Mapping[tuple[str, str, bool], Answer]

_FAILURES = {"timeout": "httpx.ReadTimeout", "connect": "httpx.ConnectError", "reset": "httpx.ReadError"}
_WORDS = {"timeout": "timeout", "connect": "connect error", "reset": "reset"}


class Upstream:
    """Answers, or refuses, what an arm sends upstream."""

    def __init__(self, depth: Depth, *, templates: Templates, scrubber: Scrubber) -> None:
        self._depth = depth
        self._templates = templates
        self._scrubber = scrubber

    def installed(self) -> AbstractContextManager[None]:
        """Stand in for the network of every client library while this is open."""
        return answering(self._ask)

    def _ask(self, asked: Asked) -> Play:
        log, shown = LOG.get(), self._scrubber.request(asked.request)
        place = f"{shown.method} {shown.url}"
        if log is None:
            return Play(refusal=f"{place} outside a route: nothing leaves during a replay")
        if self._depth == "calls":
            log.escape(f"{place} was sent although every provider function of the plan is replaced")
            return Play(refusal=f"{place}: nothing leaves during a replay")
        entry, step = log.request(**_entry(shown, asked))
        if log.exchanges is not None:
            return _recorded(log, entry, shown)
        return replace(self._scripted(step, asked.request, place), taken=partial(_taken, entry))

    def _scripted(self, step: Step, request: Request, place: str) -> Play:
        if step.kind in _FAILURES:
            failure = Failure(_FAILURES[step.kind], f"scripted {_WORDS[step.kind]} for {place}")
            return Play(failure=failure)
        if step.kind == "hang":
            return Play(hang=True)
        if step.kind == "status":
            return Play(_failing(step))
        answer = self._template(request) or _default_answer(request)
        if step.kind == "slow":
            return Play(answer, pace=step.seconds, streamed=_streams(request))
        if step.kind in {"malformed", "value"}:
            answer = replace(answer, chunks=(b'data: {"malformed": \n\n' if _streams(request) else b'{"malformed": ',))
        if step.kind == "cut":
            cut = Failure("httpx.RemoteProtocolError", f"scripted {step}")
            answer = replace(answer, chunks=answer.chunks[: step.number], cut=cut)
        return Play(answer)

    def _template(self, request: Request) -> Answer | None:
        return self._templates.get(template_key(request))


def template_key(request: Request) -> tuple[str, str, bool]:
    """Give the address by which recorded answers are found again: method, host and path, streamed or not."""
    url = urlsplit(request.url)
    return request.method, f"{url.netloc}{url.path}", _streams(request)


def _entry(shown: Request, asked: Asked) -> Json:
    return {
        "method": shown.method,
        "url": shown.url,
        "headers": sorted([name.lower(), value] for name, value in shown.headers),
        "body": body_to_json(shown.body),
        "timeout": asked.timeouts,
        "client": asked.client,
    }


def _taken(entry: Json, chunks: int, end: str) -> None:
    entry["taken"] = [chunks, end]


def _recorded(log: RouteLog, entry: Json, shown: Request) -> Play:
    found = match(shown, log.exchanges or [], log.used)
    if isinstance(found, Unmatched):
        entry["outcome"] = "not recorded"
        log.escape(found.message)
        return Play(refusal=found.message)
    log.used.add(found.index)
    step = step_of(found.exchange)
    entry["outcome"] = str(step)
    if step.kind == "hang":
        return Play(hang=True)
    return Play(found.exchange.answer, found.exchange.error, in_time=True, taken=partial(_taken, entry))


def _failing(step: Step) -> Answer:
    body = json.dumps({"error": {"message": f"scripted {step.number}", "type": "scripted"}}).encode()
    headers = [("content-type", "application/json")]
    if step.retry_after:
        headers.append(("retry-after", step.retry_after))
    return Answer(step.number, tuple(headers), (body,))


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
