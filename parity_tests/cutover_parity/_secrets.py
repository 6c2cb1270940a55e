"""Secrets never reach the disk: what may hold one is replaced by a keyed placeholder, by default and everywhere.

Two equal secrets of one recording get the same placeholder, so that equality can still be seen; the key is random,
lives in memory only and ends with the recording, so that no placeholder can be tried against guessed secrets.

A value is a secret when its header, query parameter or JSON field has a secret's name, when its shape is that of a
provider key, or when it was seen as a secret before (a key that comes back in an error text, say).
"""

import hmac
import re
import secrets as random_source
from dataclasses import replace
from hashlib import sha256

from cutover_parity._decoding import decoded
from cutover_parity._messages import Answer, Exchange, Failure, Headers, Request, Route

_SECRET_NAME = re.compile(
    r"(?i)^(proxy-)?authorization$|cookie|(api|access|auth|private|secret|subscription|goog|session|client)[-_]?(key|token|secret|id_token)"
    r"|^(x-)?(key|token|secret|password|passwd|sig|signature|jwt|sas|code|credential|credentials)$|[-_](token|secret|password|apikey)$"
)
_SECRET_FIELD = re.compile(
    rb'(?i)("(?:[a-z_-]*(?:api|access|auth|private|secret|client)[-_]?(?:key|token|secret)|authorization|password|passwd|secret|token|cookie|jwt)"\s*:\s*")'
    rb'((?:[^"\\]|\\.)+)(?=")'
)
_SECRET_SHAPE = re.compile(
    rb"(?:sk|pk|rk|hf|gsk|xai|or|fw|csk|nvapi|ghp|gho|ghs|github_pat|xox[abprs]|glpat|r8|pplx|tgp|key)[-_][A-Za-z0-9_\-]{16,}"
    rb"|AIza[A-Za-z0-9_\-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}|ya29\.[A-Za-z0-9_\-.]{20,}"
    rb"|eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+"
    rb"|(?<=Bearer )[A-Za-z0-9_\-.=+/~]{8,}|(?<=Basic )[A-Za-z0-9=+/]{8,}"
)
_PARAMETER = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]*)")
_USERINFO = re.compile(r"(?<=://)([^/@\s]+)(?=@)")
_SCHEME = re.compile(r"^(Bearer|Basic|Token|ApiKey|Api-Key) +", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"secret-[0-9a-f]{16}")
_SHORTEST_REMEMBERED = 8


class Scrubber:
    """Replaces secrets by placeholders under one key, and remembers which secrets it saw."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or random_source.token_bytes(32)
        self._seen: dict[bytes, bytes] = {}

    def placeholder(self, secret: str) -> str:
        """Give the placeholder of one secret and remember the secret, to find it again wherever it turns up."""
        if not secret or _PLACEHOLDER.fullmatch(secret):
            return secret
        mark = "secret-" + hmac.new(self._key, secret.encode(errors="surrogateescape"), sha256).hexdigest()[:16]
        if len(secret) >= _SHORTEST_REMEMBERED:
            self._seen[secret.encode(errors="surrogateescape")] = mark.encode()
        return mark

    def headers(self, headers: Headers) -> Headers:
        """Scrub header values; the scheme of an authorization stays readable."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def url(self, url: str) -> str:
        """Scrub user information and secret parameters of a URL."""
        url = _USERINFO.sub(lambda found: self.placeholder(found[1]), url)
        return self.text(_PARAMETER.sub(self._parameter, url))

    def text(self, text: str) -> str:
        """Scrub free text, an error message say."""
        return self.data(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")

    def data(self, data: bytes) -> bytes:
        """Scrub bytes: secret JSON fields, secrets by their shape, and any secret seen before."""
        return self.chunks((data,))[0]

    def chunks(self, chunks: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Scrub a stream, also where a secret crosses a chunk's edge; the number of chunks stays."""
        joined = b"".join(chunks)
        spans = self._spans(joined)
        if not spans:
            return chunks
        edges, position = [], 0
        for chunk in chunks:
            position += len(chunk)
            edges.append(position)
        return _spliced(joined, spans, edges)

    def request(self, request: Request) -> Request:
        """Scrub a request."""
        headers, url = self.headers(request.headers), self.url(request.url)
        return replace(request, url=url, headers=headers, body=self.data(request.body))

    def answer(self, answer: Answer) -> Answer:
        """Scrub an answer, decompressed, since a secret could not be seen otherwise."""
        answer = decoded(answer)
        headers, chunks = self.headers(answer.headers), self.chunks(answer.chunks)
        return replace(answer, headers=headers, chunks=chunks, cut=self._failure(answer.cut))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Scrub an upstream exchange."""
        return replace(
            exchange,
            request=self.request(exchange.request),
            answer=self.answer(exchange.answer) if exchange.answer else None,
            error=self._failure(exchange.error),
        )

    def route(self, route: Route) -> Route:
        """Scrub a route; requests first, since they teach the secrets that answers may repeat."""
        self.request(route.request)
        for exchange in route.exchanges:
            self.exchange(exchange)
        return replace(
            route,
            request=self.request(route.request),
            answer=self.answer(route.answer) if route.answer else None,
            exchanges=tuple(self.exchange(exchange) for exchange in route.exchanges),
            error=self._failure(route.error),
        )

    def _failure(self, failure: Failure | None) -> Failure | None:
        return replace(failure, message=self.url(failure.message)) if failure else None

    def _header(self, name: str, value: str) -> str:
        if not _SECRET_NAME.search(name):
            return self.text(value)
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme else 0
        return value[:start] + self.placeholder(value[start:])

    def _parameter(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        return f"{name}={self.placeholder(value)}" if _SECRET_NAME.search(name) else found[0]

    def _spans(self, data: bytes) -> list[tuple[int, int, bytes]]:
        spans = [(*found.span(2), self._mark(found[2])) for found in _SECRET_FIELD.finditer(data)]
        spans += [(*found.span(), self._mark(found[0])) for found in _SECRET_SHAPE.finditer(data)]
        for secret, mark in list(self._seen.items()):
            if secret in data:
                spans += [(*found.span(), mark) for found in re.finditer(re.escape(secret), data)]
        return _apart(sorted(spans, key=lambda span: (span[0], -span[1])))

    def _mark(self, secret: bytes) -> bytes:
        return self.placeholder(secret.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def masked(text: str) -> str:
    """Give the text with every placeholder alike, to compare across recordings that had different keys."""
    return _PLACEHOLDER.sub("secret", text)


def _apart(spans: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    kept: list[tuple[int, int, bytes]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _spliced(data: bytes, spans: list[tuple[int, int, bytes]], edges: list[int]) -> tuple[bytes, ...]:
    pieces: list[bytes] = []
    moved, position, grown = [], 0, 0
    pending = list(edges)
    for start, end, mark in spans:
        while pending and pending[0] <= start:
            moved.append(pending.pop(0) + grown)
        while pending and pending[0] < end:
            moved.append(start + grown + min(pending.pop(0) - start, len(mark)))
        pieces += [data[position:start], mark]
        position, grown = end, grown + len(mark) - (end - start)
    moved += [edge + grown for edge in pending]
    joined = b"".join([*pieces, data[position:]])
    return tuple(joined[start:end] for start, end in zip([0, *moved], moved, strict=False))
