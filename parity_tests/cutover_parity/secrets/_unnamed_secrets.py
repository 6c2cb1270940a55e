"""Secrets without a name and of no known make: runs that look random, also where they are encoded.

What a field's name says to be an id, a hash or a date is left alone, and so is what has an id's form.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from cutover_parity.secrets._secret_shapes import of_known_make, random_parts
from cutover_parity.secrets._secret_spans import Span, secret_spans

_RUN = re.compile(rb"[A-Za-z0-9_+/=~.%\-]{20,}")
_FIELD = re.compile(rb"\\*[\"']([A-Za-z0-9_.\-]{1,48})\\*[\"']\s*[:,]\s*\\*[\"']\Z")
_PARAMETER = re.compile(rb"(?:[?&;\s]|\A)([A-Za-z0-9_.\-]{1,48})=\Z")
_HONEST_NAME = re.compile(
    rb"(?i)(?:^|[-_.a-z])(?:ids?|uuid|guid|hash|digest|etag|sha\d*|md5|checksum|fingerprint|trace|traceparent|span|ray"
    rb"|request|version|revision|commit|ref|cursor|boundary|model|date|time|name|type|url|b64_json|data)$"
)
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_CONTEXT = 80
_LONGEST_KEY = 256
_LONGEST_LOOK = 8192


def unnamed_spans(data: bytes, known: Callable[[bytes], bool]) -> Iterator[Span]:
    """Give the spans of what looks random or holds an encoded secret; `known` tells whether it holds one seen."""
    for found in _RUN.finditer(data):
        run, start = found[0], found.start()
        plain = _decoded(run[:_LONGEST_LOOK])
        if plain is not None and (_holds_secret(plain) or known(plain)):
            yield found.span()
        elif len(run) <= _LONGEST_KEY:
            parts = ((start + first, start + last) for first, last in _random_parts(run))
            yield from (part for part in parts if not _is_honest(data, part[0]))


@lru_cache(maxsize=65536)
def _random_parts(run: bytes) -> tuple[Span, ...]:
    return tuple(random_parts(run))


def is_honest(name: str) -> bool:
    """Whether a name says that its value is an id, a hash or the like."""
    return _HONEST_NAME.search(name.encode(errors="replace")) is not None


def _is_honest(data: bytes, start: int) -> bool:
    before = data[max(0, start - _CONTEXT) : start]
    if before.endswith(b";base64,"):
        return True
    found = _FIELD.search(before) or _PARAMETER.search(before)
    return found is not None and _HONEST_NAME.search(found[1]) is not None


@lru_cache(maxsize=8192)
def _decoded(run: bytes) -> bytes | None:
    if b"%" in run:
        return unquote_to_bytes(run)
    return _from_hex(run) if _HEX.fullmatch(run) else _from_base64(run)


@lru_cache(maxsize=8192)
def _holds_secret(plain: bytes) -> bool:
    return bool(of_known_make(plain)) or next(secret_spans(plain), None) is not None


def _from_hex(run: bytes) -> bytes | None:
    plain = bytes.fromhex(run.decode()) if len(run) % 2 == 0 else b""
    return plain if plain and plain.translate(None, _PRINTABLE) == b"" else None


def _from_base64(run: bytes) -> bytes | None:
    text = run.rstrip(b"=").translate(_STANDARD)
    text = text[: len(text) - len(text) % 4] if len(text) % 4 == 1 else text + b"=" * (-len(text) % 4)
    try:
        plain = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return plain if plain.isascii() and plain.translate(None, _PRINTABLE) == b"" else None


_STANDARD = bytes.maketrans(b"-_", b"+/")
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"
