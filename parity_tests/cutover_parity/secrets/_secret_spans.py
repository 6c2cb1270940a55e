"""Where secrets stand in bytes: named ones in JSON, Python, form and multipart notation, and those of a known shape.

Everything here gives spans `(start, end)` of secret values; the notation around them stays.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from cutover_parity.secrets._secret_names import Announces, announces
from cutover_parity.secrets._secret_shapes import of_known_make

Span: TypeAlias = tuple[int, int]

RUN = re.compile(rb"[A-Za-z0-9_+/=~.%:\-]{8,}")
_CORES = (b"key", b"token", b"secret", b"passw", b"passphrase", b"passcode", b"pwd", b"auth", b"cookie", b"credential",
          b"jwt", b"signature", b"sig", b"otp")  # fmt: skip
_AFTER = re.compile(rb"[A-Za-z0-9_\-]{0,24}(\\*[\"'`])?(?: provided| given| used)?\]?\s*(=>|[:=,])\s*")
_SCHEME = re.compile(rb"(?:bearer|basic|token|api-?key)\s+(?=\S)", re.IGNORECASE)
_BARE = re.compile(rb"[^\s\"'`&;,<>(){}\[\]\\|]+")
_NUMBER = re.compile(rb"-?\d{4,}(?=[\s,}\]])")
_NO_VALUE = re.compile(rb"(?i)(?:true|false|null|none|undefined|required|\*+|<[^>]*>|\$\{?\w+\}?|\{\{?[\w. ]+\}?\})")
_BEARER = re.compile(rb"(?:bearer|basic)\s+([a-z0-9_\-.=+/~]{8,})", re.IGNORECASE)
_USERINFO = re.compile(rb"://([^/\s\"'<>\\@]+(?:@[^/\s\"'<>\\@]+)*)@")
_PEM = re.compile(rb"-----BEGIN[A-Z ]* PRIVATE KEY-----.*?(?:-----END[A-Z ]* PRIVATE KEY-----|\Z)", re.DOTALL)
_PART = re.compile(
    rb"name=\\*\"([^\"\\]+)\\*\"(?:[^\r\n\\]|\\\")*(?:(?:\r?\n|\\r\\n)[^\r\n\\]+)*(?:\r?\n|\\r\\n){2}(.*?)(?=(?:\r?\n|\\r\\n)--|\Z)",
    re.DOTALL,
)
_ELEMENT = re.compile(rb"<([A-Za-z][\w.\-]*)>([^<]{4,})</")
_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_LONGEST_NAME = 48
_SHORTEST_DOUBTFUL = 12


def secret_spans(data: bytes) -> Iterator[Span]:
    """Give the spans of secrets by name and by scheme, unordered; those by shape are `made_spans`."""
    lowered = data.lower()
    yield from _named(data, lowered)
    if b"bearer" in lowered or b"basic" in lowered:
        yield from (found.span(1) for found in _BEARER.finditer(data) if not found[1].isalpha())
    if b"://" in data and b"@" in data:
        yield from (found.span(1) for found in _USERINFO.finditer(data))
    if b"PRIVATE KEY-----" in data:
        yield from (found.span() for found in _PEM.finditer(data))
    if b"form-data" in lowered:
        yield from (found.span(2) for found in _PART.finditer(data) if _announces(found[1]) == "always")
    if b"</" in data:
        yield from (found.span(2) for found in _ELEMENT.finditer(data) if _announces(found[1]) == "always")


@lru_cache(maxsize=65536)
def made_spans(run: bytes) -> tuple[Span, ...]:
    """Give the spans of keys of known make in one run of characters."""
    return tuple(of_known_make(run)) if len(run) >= 19 else ()


def _named(data: bytes, lowered: bytes) -> Iterator[Span]:
    met = set()
    for core in _CORES:
        at = lowered.find(core)
        while at >= 0:
            after = _AFTER.match(data, at + len(core))
            if after is not None and after.end() not in met:
                met.add(after.end())
                yield from _values(data, _name_start(data, at), at, after)
            at = lowered.find(core, at + len(core))


def _name_start(data: bytes, at: int) -> int:
    first = max(0, at - _LONGEST_NAME)
    while at > first and data[at - 1] in _NAME_BYTES:
        at -= 1
    return at


def _values(data: bytes, start: int, at: int, after: re.Match[bytes]) -> Iterator[Span]:
    name_end = after.start(1) if after[1] else _bare_end(data, at)
    parameter = not after[1] and after[2] == b"="
    told = _announces(data[start:name_end], parameter=parameter)
    if told == "never" or (after[2] == b"," and (told != "always" or not after[1])):
        return
    place = after.end()
    if data[place : place + 1] == b"[":
        for span in _listed(data, place + 1):
            yield from _checked(data, span, told)
        return
    quoted = _quoted(data, place)
    if quoted is not None:
        yield from _checked(data, quoted, told)
    elif after[2] != b",":
        yield from _bare(data, place, told, quoted_name=bool(after[1]), colon=after[2] == b":")


def _bare_end(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in _NAME_BYTES:
        at += 1
    return at


def _checked(data: bytes, span: Span, told: Announces) -> Iterator[Span]:
    scheme = _SCHEME.match(data, *span)
    start, end = (scheme.end() if scheme else span[0]), span[1]
    value = data[start:end]
    if not value or _NO_VALUE.fullmatch(value):
        return
    if told == "always" or (len(value) >= _SHORTEST_DOUBTFUL and not re.search(rb"\s", value)):
        yield start, end


def _bare(data: bytes, place: int, told: Announces, *, quoted_name: bool, colon: bool) -> Iterator[Span]:
    if quoted_name:
        number = _NUMBER.match(data, place)
        if number is not None and told == "always":
            yield number.span()
        return
    scheme = _SCHEME.match(data, place)
    found = _BARE.match(data, scheme.end() if scheme else place)
    if found is None or (colon and not scheme and found[0].isalpha() and len(found[0]) < 16):
        return
    yield from _checked(data, found.span(), told)


def _quoted(data: bytes, place: int) -> Span | None:
    """Give the inside of the quoted text that begins here; its quotes may be escaped, as JSON in JSON has them."""
    slashes = place
    while data[slashes : slashes + 1] == b"\\":
        slashes += 1
    quote = data[place : slashes + 1]
    if quote[-1:] not in {b'"', b"'", b"`"}:
        return None
    start = end = slashes + 1
    while (end := data.find(quote, end)) >= 0:
        backslashes = end - len(data[start:end].rstrip(b"\\")) - start
        if backslashes % 2 == 0 if len(quote) == 1 else backslashes == 0:
            return start, end
        end += 1
    return start, len(data)


def _listed(data: bytes, place: int) -> Iterator[Span]:
    separator = re.compile(rb"\s*,?\s*")
    while (found := separator.match(data, place)) is not None:
        span = _quoted(data, found.end())
        if span is None:
            return
        yield span
        slashes = len(data[found.end() : span[0]])
        place = span[1] + slashes


def _announces(name: bytes, *, parameter: bool = False) -> Announces:
    return announces(name.decode("latin-1"), parameter=parameter)
