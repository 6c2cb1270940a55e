"""HTTP messages as plain values, and their JSON form in recordings and between processes.

Bytes are written as text where they are UTF-8, else as {"base64": …}: a recording stays readable for people, and
a chunk that was cut inside a character still keeps its exact bytes.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import quote

Json: TypeAlias = Any
Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception by its qualified type and its message."""

    type: str
    message: str

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {"type": self.type, "message": self.message}

    @classmethod
    def from_json(cls, data: Json) -> "Failure":
        """Read the JSON form."""
        return cls(data["type"], data["message"])

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Describe a live exception."""
        return cls(qualified(type(error)), str(error))


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `url` is a path with its query for what comes in, absolute for what goes out.

    `lost` counts the bytes of the body that were not kept, since it was longer than the recorder's limit.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    lost: int = 0

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": [list(pair) for pair in self.headers],
            "body": bytes_to_json(self.body),
            **({"lost": self.lost} if self.lost else {}),
        }

    @classmethod
    def from_json(cls, data: Json) -> "Request":
        """Read the JSON form."""
        return cls(
            method=data["method"],
            url=data["url"],
            headers=headers_from(data["headers"]),
            body=bytes_from_json(data["body"]),
            lost=data.get("lost", 0),
        )

    def with_body(self, body: bytes) -> "Request":
        """Give the same request with another body and the length that goes with it."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in {"content-length", "transfer-encoding"})
        return replace(self, body=body, headers=(*kept, ("content-length", str(len(body)))))


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer as it came: chunk by chunk, with the gap before each in milliseconds, and where it was cut.

    `cancelled`: whoever was being answered hung up after these chunks. `lost` counts bytes that were not kept.
    """

    status: int
    headers: Headers = ()
    chunks: tuple[bytes, ...] = ()
    gaps: tuple[float, ...] = ()
    cut: Failure | None = None
    cancelled: bool = False
    lost: int = 0

    @property
    def body(self) -> bytes:
        """All chunks joined."""
        return b"".join(self.chunks)

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "status": self.status,
            "headers": [list(pair) for pair in self.headers],
            "chunks": [bytes_to_json(chunk) for chunk in self.chunks],
            "gaps": list(self.gaps),
            "cut": self.cut.to_json() if self.cut else None,
            **({"cancelled": True} if self.cancelled else {}),
            **({"lost": self.lost} if self.lost else {}),
        }

    @classmethod
    def from_json(cls, data: Json) -> "Answer":
        """Read the JSON form."""
        return cls(
            status=data["status"],
            headers=headers_from(data["headers"]),
            chunks=tuple(bytes_from_json(chunk) for chunk in data["chunks"]),
            gaps=tuple(data["gaps"]),
            cut=Failure.from_json(data["cut"]) if data["cut"] else None,
            cancelled=data.get("cancelled", False),
            lost=data.get("lost", 0),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """One upstream request and what became of it: an answer (perhaps cut), or an error before any answer.

    `client` is "sync" or "async", `stack` the client library ("httpx", "httpx2", "aiohttp", "urllib3", "http.client"),
    `at` the milliseconds since the route began.
    """

    request: Request
    answer: Answer | None = None
    error: Failure | None = None
    client: str = "sync"
    stack: str = "httpx"
    at: float = 0.0

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "request": self.request.to_json(),
            "answer": self.answer.to_json() if self.answer else None,
            "error": self.error.to_json() if self.error else None,
            "client": self.client,
            "stack": self.stack,
            "at": self.at,
        }

    @classmethod
    def from_json(cls, data: Json) -> "Exchange":
        """Read the JSON form."""
        return cls(
            request=Request.from_json(data["request"]),
            answer=Answer.from_json(data["answer"]) if data["answer"] else None,
            error=Failure.from_json(data["error"]) if data["error"] else None,
            client=data["client"],
            stack=data.get("stack", "httpx"),
            at=data.get("at", 0.0),
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One incoming request, its answer (None when the application raised first) and its upstream exchanges."""

    id: str
    request: Request
    answer: Answer | None
    exchanges: tuple[Exchange, ...] = ()
    error: Failure | None = None

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "id": self.id,
            "request": self.request.to_json(),
            "answer": self.answer.to_json() if self.answer else None,
            "exchanges": [exchange.to_json() for exchange in self.exchanges],
            "error": self.error.to_json() if self.error else None,
        }

    @classmethod
    def from_json(cls, data: Json) -> "Route":
        """Read the JSON form."""
        return cls(
            id=data["id"],
            request=Request.from_json(data["request"]),
            answer=Answer.from_json(data["answer"]) if data["answer"] else None,
            exchanges=tuple(Exchange.from_json(exchange) for exchange in data["exchanges"]),
            error=Failure.from_json(data["error"]) if data["error"] else None,
        )


def bytes_to_json(data: bytes) -> Json:
    """Write bytes as text where they are UTF-8, else as base64."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def bytes_from_json(data: Json) -> bytes:
    """Read what `bytes_to_json` wrote."""
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"], validate=True)


def headers_from(pairs: Iterable[Iterable[str]]) -> Headers:
    """Read header pairs from JSON."""
    return tuple((name, value) for name, value in pairs)


def headers_of_scope(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Read the header pairs of an ASGI scope or message."""
    return tuple((bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in pairs)


def url_of_scope(scope: Mapping[str, Any]) -> str:
    """Give path and query of an ASGI request as one string."""
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string") or b""
    return bytes(path).decode("latin-1") + ("?" + bytes(query).decode("latin-1") if query else "")


def qualified(kind: type) -> str:
    """Name a type by module and qualified name; built-in ones by the bare name."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
