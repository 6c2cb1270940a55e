"""One message from a served process to its companion: a head of JSON, then the bodies as they are.

Bodies are not looked at on the way, so that a large answer costs the served process a copy and no more. A message is
sent as a whole or not at all.
"""

import json
from dataclasses import replace
from typing import Any, TypeAlias

from cutover_parity import Answer, Exchange, Failure, Request, Route

Json: TypeAlias = Any


def packed(route: Route | None, rest: Json) -> list[bytes]:
    """Give the pieces of a message about a route, and of what else there is to say."""
    bodies: list[bytes] = []
    head = {"rest": rest, "route": None if route is None else _route(route, bodies)}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    return [len(text).to_bytes(4, "big"), text, *bodies]


def unpacked(message: bytes) -> tuple[Route | None, Json]:
    """Read a message; raises ValueError where it is none."""
    if len(message) < 4:
        raise ValueError("a message without a head")
    start = 4 + int.from_bytes(message[:4], "big")
    head = json.loads(message[4:start].decode(errors="surrogatepass"))
    found = head["route"]
    return (None if found is None else _Reader(message, start).route(found)), head["rest"]


def _route(route: Route, bodies: list[bytes]) -> Json:
    head = {
        "id": route.id,
        "request": _request(route.request, bodies),
        "answer": _answer(route.answer, bodies),
        "exchanges": [_exchange(exchange, bodies) for exchange in route.exchanges],
        "error": route.error.to_json() if route.error else None,
    }
    return {"head": head, "lengths": list(map(len, bodies))}


def _request(request: Request, bodies: list[bytes]) -> Json:
    bodies.append(request.body)
    return {"method": request.method, "url": request.url, "headers": request.headers, "body": "", "lost": request.lost}


def _answer(answer: Answer | None, bodies: list[bytes]) -> Json:
    if answer is None:
        return None
    bodies.extend(answer.chunks)
    return {
        "status": answer.status,
        "headers": answer.headers,
        "chunks": (),
        "count": len(answer.chunks),
        "gaps": answer.gaps,
        "cut": answer.cut.to_json() if answer.cut else None,
        "cancelled": answer.cancelled,
        "lost": answer.lost,
    }


def _exchange(exchange: Exchange, bodies: list[bytes]) -> Json:
    return {
        "request": _request(exchange.request, bodies),
        "answer": _answer(exchange.answer, bodies),
        "error": exchange.error.to_json() if exchange.error else None,
        "client": exchange.client,
        "stack": exchange.stack,
        "at": exchange.at,
    }


class _Reader:
    """Puts the bodies back in the order in which they were taken."""

    def __init__(self, message: bytes, start: int) -> None:
        self._message, self._at = message, start

    def route(self, found: Json) -> Route:
        self._lengths, head = iter(found["lengths"]), found["head"]
        request, answer = self._request(head["request"]), self._answer(head["answer"])
        exchanges = tuple(map(self._exchange, head["exchanges"]))
        error = Failure.from_json(head["error"]) if head["error"] else None
        return Route(head["id"], request, answer, exchanges, error)

    def _exchange(self, data: Json) -> Exchange:
        exchange = Exchange.from_json({**data, "answer": None})
        return replace(exchange, request=self._request(data["request"]), answer=self._answer(data["answer"]))

    def _request(self, data: Json) -> Request:
        return replace(Request.from_json(data), body=self._body())

    def _answer(self, data: Json) -> Answer | None:
        if data is None:
            return None
        return replace(Answer.from_json(data), chunks=tuple(self._body() for _ in range(data["count"])))

    def _body(self) -> bytes:
        start, self._at = self._at, self._at + next(self._lengths)
        return self._message[start : self._at]
