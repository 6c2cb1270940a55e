"""Secrets never reach the disk: what may hold one is replaced by a keyed placeholder, by default and everywhere.

Two equal secrets of one recording get the same placeholder, so that equality can still be seen; the key is random,
lives in memory only and ends with the recording, so that no placeholder can be tried against guessed secrets.

A value is a secret when its header, parameter or field has a secret's name, when its shape is that of a provider key,
or when it was seen as a secret before (a key that comes back in an error text, say, or encoded). In a route that is
written down, whatever looks random and is no id is one as well.
"""

import hmac
import re
import secrets as random_source
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from cutover_parity._decoding import decoded
from cutover_parity._messages import Answer, Exchange, Failure, Headers, Request, Route
from cutover_parity.secrets._known_secrets import KnownSecrets
from cutover_parity.secrets._secret_names import announces
from cutover_parity.secrets._secret_spans import RUN, Span, made_spans, secret_spans
from cutover_parity.secrets._unnamed_secrets import is_honest, unnamed_spans

_PARAMETER = re.compile(r"(?<=[?&;])([^=&#;]+)=([^&#;]*)")
_USERINFO = re.compile(r"(?<=://)([^/\s]+)(?=@)")
_SCHEME = re.compile(r"^(Bearer|Basic|Token|ApiKey|Api-Key) +", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"secret-[0-9a-f]{16}")
_PIECES = re.compile(r"[=;,:\s]+")
_SHORTEST_DOUBTFUL = 12
_LONG_PIECE = 16
_SHORT = 256
_MOST_PIECES = 32


class Scrubber:
    """Replaces secrets by placeholders under one key, and remembers which secrets it saw."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or random_source.token_bytes(32)
        self._known = KnownSecrets()
        self._thorough = False
        self._again = False
        self._looked: dict[tuple[bytes, int, bool], list[tuple[int, int, bytes]]] = {}

    def placeholder(self, secret: str) -> str:
        """Give the placeholder of one secret and remember the secret, to find it again wherever it turns up."""
        if not secret or _PLACEHOLDER.fullmatch(secret):
            return secret
        raw = secret.encode(errors="surrogateescape")
        mark = "secret-" + hmac.new(self._key, raw, sha256).hexdigest()[:16]
        self._known.learn(raw, mark.encode())
        return mark

    def derived_key(self, purpose: bytes) -> bytes:
        """Give a key for another purpose that ends with this one."""
        return hmac.new(self._key, purpose, sha256).digest()

    def headers(self, headers: Headers) -> Headers:
        """Scrub header values; the scheme of an authorization stays readable."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def url(self, url: str) -> str:
        """Scrub user information and secret parameters of a URL."""
        url = _USERINFO.sub(lambda found: self._several(found[1]), url)
        return self.text(_PARAMETER.sub(self._parameter, url))

    def text(self, text: str) -> str:
        """Scrub free text, an error message say."""
        data = text.encode(errors="surrogateescape")
        scrubbed = self.data(data)
        return text if scrubbed is data else scrubbed.decode(errors="surrogateescape")

    def data(self, data: bytes) -> bytes:
        """Scrub bytes: secret fields, secrets by their shape, and any secret seen before."""
        return self.chunks((data,))[0]

    def chunks(self, chunks: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Scrub a stream, also where a secret crosses a chunk's edge; the number of chunks stays."""
        joined = b"".join(chunks)
        spans = self._spans_once(joined)
        return spliced(chunks, spans) if spans else chunks

    def request(self, request: Request) -> Request:
        """Scrub a request."""
        headers, url = self.headers(request.headers), self.url(request.url)
        body = self.data(request.body)
        if len(body) != len(request.body):
            headers = with_length(headers, len(body) + request.lost)
        return replace(request, url=url, headers=headers, body=body)

    def answer(self, answer: Answer) -> Answer:
        """Scrub an answer, decompressed, since a secret could not be seen otherwise."""
        answer = decoded(answer)
        headers, chunks = self.headers(answer.headers), self.chunks(answer.chunks)
        if chunks is not answer.chunks:
            headers = with_length(headers, sum(map(len, chunks)) + answer.lost)
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
        """Scrub a route thoroughly; again if secrets were learnt that may stand earlier in it as well."""
        self._thorough = True
        try:
            known = self._known.count
            scrubbed = self._route(route)
            self._again = self._known.count > known
            return self._route(scrubbed) if self._again else scrubbed
        finally:
            self._thorough = self._again = False
            self._looked.clear()

    def _route(self, route: Route) -> Route:
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
        told = announces(name, parameter=True)
        if told == "always" or (told == "perhaps" and len(value) >= _SHORTEST_DOUBTFUL and " " not in value):
            scheme = _SCHEME.match(value)
            start = scheme.end() if scheme else 0
            return value[:start] + self._several(value[start:])
        thorough, self._thorough = self._thorough, self._thorough and not is_honest(name)
        try:
            return self.text(value)
        finally:
            self._thorough = thorough

    def _parameter(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        told = announces(name, parameter=True)
        secret = told == "always" or (told == "perhaps" and len(value) >= _SHORTEST_DOUBTFUL)
        return f"{name}={self.placeholder(value)}" if secret else found[0]

    def _several(self, value: str) -> str:
        """Replace a value that may consist of several secrets, as cookies do; each of them is remembered too."""
        for piece in _PIECES.split(value)[:_MOST_PIECES]:
            if len(piece) >= _LONG_PIECE or any(character.isdigit() for character in piece):
                self.placeholder(piece)
        return self.placeholder(value)

    def _spans_once(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Look through data that a route may hold several times, as a gateway passes on what came; it is found once."""
        if not self._thorough or len(data) <= _SHORT:
            return self._spans(data)
        asked = data, self._known.count, self._again
        if asked not in self._looked:
            spans = self._spans(data)
            self._looked[data, self._known.count, self._again] = spans
            return spans
        return self._looked[asked]

    def _spans(self, data: bytes) -> list[tuple[int, int, bytes]]:
        spans = [] if self._again else [(*span, self._mark(data[slice(*span)])) for span in _found(data)]
        spans += self._in_runs(data)
        if self._thorough:
            spans += [(*span, self._mark(data[slice(*span)])) for span in unnamed_spans(data, self._known.within)]
        spans += self._known.spans(data)
        return _apart(sorted(spans, key=lambda span: (span[0], -span[1]))) if spans else spans

    def _in_runs(self, data: bytes) -> list[tuple[int, int, bytes]]:
        spans, known = [], self._known.runs
        for found in RUN.finditer(data):
            run = found[0]
            if run in known:
                spans.append((*found.span(), known[run]))
            for start, end in made_spans(run):
                spans.append((found.start() + start, found.start() + end, self._mark(run[start:end])))
        return spans

    def _mark(self, secret: bytes) -> bytes:
        if secret.isdigit():
            digest = hmac.new(self._key, secret, sha256).digest()
            return str(int.from_bytes(digest, "big"))[1 : 1 + len(secret)].replace("0", "1").encode()
        return self.placeholder(_unescaped(secret.decode(errors="surrogateescape"))).encode(errors="surrogateescape")


def _found(data: bytes) -> Iterable[Span]:
    return _found_in_short(data) if len(data) <= _SHORT else secret_spans(data)


@lru_cache(maxsize=16384)
def _found_in_short(data: bytes) -> tuple[Span, ...]:
    return tuple(secret_spans(data))


def masked(text: str) -> str:
    """Give the text with every placeholder alike, to compare across recordings that had different keys."""
    return _PLACEHOLDER.sub("secret", text)


def with_length(headers: Headers, length: int) -> Headers:
    """Give the headers with this content-length, where they have one."""
    return tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in headers)


def spliced(chunks: tuple[bytes, ...], spans: Iterable[tuple[int, int, bytes]]) -> tuple[bytes, ...]:
    """Put marks in place of spans that do not overlap; the number of chunks stays, their edges move along."""
    data = b"".join(chunks)
    edges, position = [], 0
    for chunk in chunks:
        position += len(chunk)
        edges.append(position)
    pieces, moved, position, grown = [], [], 0, 0
    pending = iter(edges)
    edge = next(pending, None)
    for start, end, mark in spans:
        while edge is not None and edge < end:
            moved.append(edge + grown if edge <= start else start + grown + min(edge - start, len(mark)))
            edge = next(pending, None)
        pieces += [data[position:start], mark]
        position, grown = end, grown + len(mark) - (end - start)
    while edge is not None:
        moved.append(edge + grown)
        edge = next(pending, None)
    joined = b"".join([*pieces, data[position:]])
    return tuple(joined[start:end] for start, end in pairwise([0, *moved]))


def _apart(spans: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    kept: list[tuple[int, int, bytes]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _unescaped(secret: str) -> str:
    """Take the escapes of JSON off, so that a secret is equal to itself in every notation."""
    return re.sub(r"\\+(?=[\"'/\\])", "", secret)
