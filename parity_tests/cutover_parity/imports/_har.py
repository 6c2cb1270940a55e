"""HAR 1.2: entries of a browser or proxy, as routes of the application and as its upstream exchanges.

A HAR file has no chunk edges: an event stream is split after each event, and its time shared among them.
"""

import base64
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cutover_parity._messages import Answer, Exchange, Failure, Headers, Json, Request, Route
from cutover_parity.errors import NotImportable

_FORMAT = "HAR"
_TAKEN_OFF = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_EVENT = re.compile(rb".*?(?:\r?\n\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One exchange with the moments (ms) at which it began and ended."""

    began: float
    ended: float
    request: Request
    answer: Answer | None
    error: Failure | None


def is_har(data: Json) -> bool:
    """Whether this data is a HAR file."""
    return isinstance(data, dict) and isinstance(data.get("log"), dict) and isinstance(data["log"].get("entries"), list)


def har_routes(path: Path, data: Json, *, app_url: str | None, stand_in: Request | None) -> tuple[Route, ...]:
    """Give the routes of a HAR file."""
    entries = [_entry(path, number, entry) for number, entry in enumerate(data["log"]["entries"])]
    if stand_in is not None:
        began = min((entry.began for entry in entries), default=0.0)
        return (Route(f"har-{path.stem}", stand_in, None, tuple(_exchange(entry, began) for entry in entries)),)
    incoming = [entry for entry in entries if _is_under(entry.request.url, app_url)]
    outgoing = [entry for entry in entries if not _is_under(entry.request.url, app_url)]
    return tuple(_route(path, number, entry, outgoing) for number, entry in enumerate(incoming))


def _route(path: Path, number: int, entry: _Entry, outgoing: list[_Entry]) -> Route:
    url = urlsplit(entry.request.url)
    request = replace(entry.request, url=(url.path or "/") + (f"?{url.query}" if url.query else ""))
    during = [other for other in outgoing if entry.began <= other.began <= entry.ended]
    exchanges = tuple(_exchange(other, entry.began) for other in during)
    return Route(f"har-{path.stem}-{number}", request, entry.answer, exchanges, entry.error)


def _exchange(entry: _Entry, began: float) -> Exchange:
    return Exchange(entry.request, entry.answer, entry.error, at=round(entry.began - began, 3))


def _is_under(url: str, app_url: str | None) -> bool:
    return app_url is None or url.startswith(app_url.rstrip("/") + "/") or url == app_url


def _entry(path: Path, number: int, entry: Json) -> _Entry:
    try:
        began = datetime.fromisoformat(entry["startedDateTime"]).timestamp() * 1000
        request, response = _request(entry["request"]), entry["response"]
        answer = _answer(response, entry.get("timings") or {}) if response.get("status") else None
        error = None if answer else Failure("httpx.ReadError", str(response.get("_error") or "no answer was recorded"))
        return _Entry(began, began + max(0.0, float(entry.get("time") or 0)), request, answer, error)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        reason = f"entry {number} lacks a field or has one of the wrong kind: {type(problem).__name__}: {problem}"
        raise NotImportable(path, _FORMAT, reason) from problem


def _request(request: Json) -> Request:
    posted = request.get("postData") or {}
    text = posted.get("text")
    if text is None:
        text = urlencode([(pair["name"], pair.get("value", "")) for pair in posted.get("params") or ()])
    data = base64.b64decode(text) if posted.get("encoding") == "base64" else text.encode()
    made = Request(request["method"], request["url"], _headers(request["headers"], ()), data)
    return made.with_body(data) if data else made


def _answer(response: Json, timings: Json) -> Answer:
    content = response.get("content") or {}
    text = content.get("text") or ""
    data = base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()
    streamed = "event-stream" in (content.get("mimeType") or "")
    chunks = tuple(_EVENT.findall(data)[:-1]) if streamed else (data,) if data else ()
    return Answer(
        int(response["status"]), _headers(response["headers"], _TAKEN_OFF), chunks, _gaps(timings, len(chunks))
    )


def _gaps(timings: Json, count: int) -> tuple[float, ...]:
    wait, receive = (max(0.0, float(timings.get(name) or 0)) for name in ("wait", "receive"))
    if count <= 1:
        return (round(wait + receive, 3),) * count
    return (wait, *[round(receive / (count - 1), 3)] * (count - 1))


def _headers(pairs: list[dict[str, Any]], left_out: frozenset[str] | tuple[str, ...]) -> Headers:
    named = ((pair["name"].lower(), pair["value"]) for pair in pairs)
    return tuple((name, value) for name, value in named if not name.startswith(":") and name not in left_out)
