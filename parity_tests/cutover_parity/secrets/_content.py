"""Content stays with its owner: what people and models wrote is masked before it reaches the disk, unless opted in.

    ContentMask(key, content=("messages.*.content", "usage"))     # these are kept; "*" keeps everything

A mask keeps length, spaces and JSON validity, and is the same for the same word, so that a recording still replays.
Structure (names, models, roles, ids, short single words) stays, and so do the texts of errors, on which gateways act.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote, unquote_plus

from cutover_parity._messages import Answer, Exchange, Headers, Request, Route
from cutover_parity.secrets._content_rules import ContentRules, front_of_link, in_arguments
from cutover_parity.secrets._json_leaves import Leaf, Step, leaves
from cutover_parity.secrets._masking import Masker, plain, rewritten

Text = TypeVar("Text", str, bytes)

_FIRST_ERROR = 400
_RAW_EVENT = ("text",)
_EVENT_LINE = re.compile(r"^(?:data: ?)(.*)$", re.MULTILINE)
_IS_STREAM = re.compile(r"\s*(?:data|event|id|retry)?:", re.MULTILINE)
_PAIR = re.compile(r"([^=&]+)=([^&]*)")
_TAGS = re.compile(r"(<[^>]*>)")
_PART = re.compile(rb"(\r?\n\r?\n)(.*?)(?=\r?\n--)", re.DOTALL)
_PART_NAME = re.compile(rb'name="([^"]*)"')
_FILE_NAME = re.compile(rb'(filename\*?=)("[^"]*"|[^;\r\n]+)')
_LONG_NUMBER = 5
_MOST_BODIES = 32
_PROSE_HEADERS_LISTED = """
    user-agent accept accept-encoding accept-language accept-charset date expires last-modified
    if-modified-since content-type content-disposition cache-control via server vary connection keep-alive link
    allow retry-after strict-transport-security content-security-policy permissions-policy report-to nel alt-svc
    server-timing forwarded x-forwarded-for access-control-allow-headers access-control-allow-methods
    access-control-expose-headers x-amz-date sec-ch-ua www-authenticate authorization set-cookie cookie
"""
_PROSE_HEADERS = frozenset(_PROSE_HEADERS_LISTED.split())


class ContentMask:
    """Masks the content of routes under one key; `kept` are values that are structure whatever they look like."""

    def __init__(self, key: bytes, *, content: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self._rules = ContentRules(content, kept)
        self._masker = Masker(key)
        self._bodies: dict[tuple[bytes, str], bytes] = {}

    def route(self, route: Route) -> Route:
        """Mask a route."""
        if self._rules.everything:
            return route
        try:
            return replace(
                route,
                request=self.request(route.request),
                answer=self.answer(route.answer) if route.answer else None,
                exchanges=tuple(self.exchange(exchange) for exchange in route.exchanges),
            )
        finally:
            self._bodies.clear()

    def exchange(self, exchange: Exchange) -> Exchange:
        """Mask an upstream exchange."""
        answer = self.answer(exchange.answer) if exchange.answer else None
        return replace(exchange, request=self.request(exchange.request), answer=answer)

    def request(self, request: Request) -> Request:
        """Mask a request."""
        (body,) = self._chunks((request.body,), request.headers)
        return replace(request, url=self._url(request.url), headers=self._headers(request.headers), body=body)

    def answer(self, answer: Answer) -> Answer:
        """Mask an answer; an error's text stays."""
        if answer.status >= _FIRST_ERROR:
            return answer
        chunks = self._chunks(answer.chunks, answer.headers)
        return replace(answer, headers=self._headers(answer.headers), chunks=chunks)

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name.lower() in _PROSE_HEADERS or not self._rules.is_content((name,), value):
            return value
        return self._masker.text(value)

    def _url(self, url: str) -> str:
        address, mark, query = url.partition("?")
        front = front_of_link(address)
        path = "/".join(self._quoted((), segment) for segment in address[front:].split("/"))
        pairs = _PAIR.sub(lambda found: f"{found[1]}={self._quoted((unquote_plus(found[1]),), found[2])}", query)
        return address[:front] + path + mark + pairs

    def _quoted(self, steps: tuple[Step, ...], value: str) -> str:
        """Mask a value of a URL or a form."""
        text = unquote_plus(value, errors="surrogateescape")
        if not self._rules.is_content(steps, text) or text.startswith("secret-"):
            return value
        masked = self._masker.text(text)
        return quote(masked, safe="/:,;@!$'()*~", errors="surrogateescape").replace(
            "%20", "+" if "+" in value else "%20"
        )

    def _chunks(self, chunks: tuple[bytes, ...], headers: Headers) -> tuple[bytes, ...]:
        """Mask a body; its length and the edges of its chunks stay."""
        whole = b"".join(chunks)
        masked = self._once(whole, _content_type(headers)) if whole else whole
        if len(masked) != len(whole):
            return (masked, *(b"" for _ in chunks[1:]))
        cut = iter(_cut(masked, [len(chunk) for chunk in chunks]))
        return tuple(cut)

    def _once(self, body: bytes, kind: str) -> bytes:
        """Mask a body; a gateway often passes on what came, byte for byte, and then it is masked already."""
        known = self._bodies.get((body, kind))
        if known is None:
            known = self._body(body, kind)
            if len(self._bodies) < _MOST_BODIES:
                self._bodies[body, kind] = known
        return known

    def _body(self, body: bytes, kind: str) -> bytes:
        if "form-data" in kind:
            return _PART.sub(lambda found: self._part(body, found), _FILE_NAME.sub(self._file_name, body))
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            if not _is_nearly_text(body, error):
                return body if self._rules.is_opted(("body",)) else self._masker.noise(body)
            text = body.decode(errors="surrogateescape")
        return self._text(text, kind).encode(errors="surrogateescape")

    def _text(self, text: str, kind: str) -> str:
        if "urlencoded" in kind:
            return _PAIR.sub(lambda found: f"{found[1]}={self._quoted((unquote_plus(found[1]),), found[2])}", text)
        if "event-stream" in kind or _IS_STREAM.match(text):
            return self._json(text, [found.span(1) for found in _EVENT_LINE.finditer(text)])
        if text.lstrip()[:1] in {"{", "[", '"'} or "json" in kind:
            return self._json(text, [(0, len(text))])
        if self._rules.is_opted(("body",)) or not self._rules.is_content(("body",), text):
            return text
        if text.lstrip()[:1] == "<":
            return "".join(part if part[:1] == "<" else self._masker.text(part) for part in _TAGS.split(text))
        return self._masker.text(text)

    def _json(self, text: str, parts: list[tuple[int, int]]) -> str:
        """Mask the values of JSON documents; texts that come in fragments, as a stream's arguments, as one."""
        lanes: dict[object, list[Leaf]] = {}
        for start, end in parts:
            for leaf in self._leaves(text, start, end):
                lanes.setdefault(leaf.lane if len(parts) > 1 and leaf.text else (leaf.start,), []).append(leaf)
        done = [span for lane in lanes.values() for span in self._lane(text, lane)]
        pieces, position = [], 0
        for start, end, masked in sorted(done):
            pieces += [text[position:start], masked]
            position = end
        return "".join([*pieces, text[position:]])

    def _leaves(self, text: str, start: int, end: int) -> Iterator[Leaf]:
        if text[start : start + 1] in {"{", "[", '"'} or start == 0:
            yield from leaves(text, start, end, shortest=_LONG_NUMBER)
        else:
            yield Leaf(_RAW_EVENT, start, end, text=True)

    def _lane(self, text: str, lane: list[Leaf]) -> Iterator[tuple[int, int, str]]:
        raws = [text[leaf.start : leaf.end] for leaf in lane]
        if not lane[0].text:
            yield from self._number(raws[0], lane[0])
            return
        plains = [plain(raw) for raw in raws]
        whole = "".join(plains)
        if len(lane) > 1 and whole.lstrip()[:1] in {"{", "["}:
            masked = self._inner(lane[0].steps, whole)
            pieces = _cut(masked, [len(part) for part in plains])
        else:
            pieces = [self._value(lane[0].steps, part) for part in plains]
        for leaf, raw, before, after in zip(lane, raws, plains, pieces, strict=True):
            if before != after:
                yield leaf.start, leaf.end, rewritten(raw, after)

    def _value(self, steps: tuple[Step, ...], value: str) -> str:
        if not self._rules.is_content(steps, value):
            return value
        if value.lstrip()[:1] in {"{", "["}:
            return self._inner(steps, value)
        front = front_of_link(value)
        return value[:front] + self._masker.text(value[front:])

    def _inner(self, steps: tuple[Step, ...], document: str) -> str:
        """Mask JSON that stands inside a text; what is no JSON after all is masked as prose."""
        if not self._rules.is_content(steps, document):
            return document
        found = list(leaves(document))
        if any(not leaf.text and not _SCALAR.fullmatch(document[leaf.start : leaf.end]) for leaf in found):
            return self._masker.text(document)
        pieces, position = [], 0
        for leaf in found:
            raw = document[leaf.start : leaf.end]
            inside = (*steps, *leaf.steps)
            if leaf.text:
                masked = rewritten(raw, self._masker.text(plain(raw))) if self._rules.is_content(inside, raw) else raw
            else:
                masked = self._masker.number(raw) if in_arguments(inside) and len(raw) >= _LONG_NUMBER else raw
            pieces += [document[position : leaf.start], masked]
            position = leaf.end
        return "".join([*pieces, document[position:]])

    def _number(self, raw: str, leaf: Leaf) -> Iterator[tuple[int, int, str]]:
        is_long = len(raw) >= _LONG_NUMBER and raw.lstrip("-")[:1].isdigit()
        if is_long and in_arguments(leaf.steps) and not self._rules.is_opted(leaf.steps):
            yield leaf.start, leaf.end, self._masker.number(raw)

    def _part(self, body: bytes, found: re.Match[bytes]) -> bytes:
        head = body[max(0, found.start() - 512) : found.start()].rpartition(b"\n--")[2]
        name = _PART_NAME.search(head)
        step = name[1].decode(errors="replace") if name else "body"
        try:
            text = found[2].decode()
        except UnicodeDecodeError:
            return found[1] + (found[2] if self._rules.is_opted((step,)) else self._masker.noise(found[2]))
        return found[1] + self._value((step,), text).encode()

    def _file_name(self, found: re.Match[bytes]) -> bytes:
        stem, dot, suffix = found[2].rpartition(b".")
        return found[1] + self._masker.text((stem + dot).decode("latin-1")).encode("latin-1", "replace") + suffix


_SCALAR = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")


def _content_type(headers: Headers) -> str:
    return next((value.lower() for name, value in headers if name.lower() == "content-type"), "")


def _is_nearly_text(body: bytes, error: UnicodeDecodeError) -> bool:
    """Whether a body is text that was cut inside its last character."""
    return len(body) - error.start < 4 and error.reason == "unexpected end of data"


def _cut(whole: Text, lengths: list[int]) -> list[Text]:
    cut: list[Text] = []
    position = 0
    for length in lengths:
        cut.append(whole[position : position + length])
        position += length
    return cut
