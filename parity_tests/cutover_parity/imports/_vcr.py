"""Cassettes of VCR (vcrpy, YAML or JSON): what an application's client met upstream, without chunk edges."""

import base64
import json
from pathlib import Path

from cutover_parity._messages import Answer, Exchange, Headers, Json, Request, Route
from cutover_parity.errors import NotImportable

_FORMAT = "VCR cassette"


def is_cassette(data: Json) -> bool:
    """Whether this data is a cassette."""
    return isinstance(data, dict) and isinstance(data.get("interactions"), list)


def cassette_route(path: Path, data: Json, stand_in: Request) -> Route:
    """Give the cassette's interactions as the exchanges of one request."""
    exchanges = tuple(_exchange(path, number, item) for number, item in enumerate(data["interactions"]))
    return Route(f"vcr-{path.stem}", stand_in, None, exchanges)


def _exchange(path: Path, number: int, interaction: Json) -> Exchange:
    try:
        return Exchange(_request(interaction["request"]), _answer(interaction["response"]))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        reason = f"interaction {number} lacks a field or has one of the wrong kind: {type(problem).__name__}: {problem}"
        raise NotImportable(path, _FORMAT, reason) from problem


def _request(request: Json) -> Request:
    return Request(request["method"], request["uri"], _headers(request["headers"]), _body(request.get("body")))


def _answer(response: Json) -> Answer:
    status = response["status"]["code"] if "status" in response else response["status_code"]
    body = _body(response["body"] if "body" in response else response.get("content"))
    chunks = (body,) if body else ()
    return Answer(int(status), _headers(response["headers"]), chunks, (0.0,) * len(chunks))


def _headers(headers: Json) -> Headers:
    pairs = headers.items() if isinstance(headers, dict) else headers
    several = ((str(name).lower(), values if isinstance(values, list) else [values]) for name, values in pairs)
    return tuple((name, str(value)) for name, values in several for value in values)


def _body(body: Json) -> bytes:
    if isinstance(body, dict):
        if "base64_string" in body:
            return base64.b64decode(body["base64_string"])
        if "string" not in body:
            return json.dumps(body).encode()
        body = body["string"]
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode()
