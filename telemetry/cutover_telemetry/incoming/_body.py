"""The body of a request: read up to a limit, unpacked up to the same limit, and decoded by its content type."""

import zlib
from collections.abc import AsyncIterator
from typing import Any

from cutover_telemetry.incoming._crowd import refuse_crowd
from cutover_telemetry.incoming._errors import TooLarge, Undecodable, UnknownEncoding
from cutover_telemetry.incoming._json import from_json
from cutover_telemetry.incoming._protobuf import UNREADABLE

MEBIBYTE = 2**20
LARGEST_BODY = 20 * MEBIBYTE
"""What the OTLP specification recommends."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"
AUTOMATIC = 47
"""zlib finds out by itself whether it is gzip or deflate."""


async def read_body(chunks: AsyncIterator[bytes], *, limit: int = LARGEST_BODY) -> bytes:
    """The body as it came; raises TooLarge."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise TooLarge(limit)
    return bytes(body)


def form_of(content_type: str) -> str:
    """The form that a content type names; raises UnknownEncoding."""
    form = content_type.partition(";")[0].strip().lower()
    if form not in {PROTOBUF, JSON}:
        raise UnknownEncoding("Content-Type", content_type, known=(PROTOBUF, JSON))
    return form


def decoded(body: bytes, kind: type[Any], *, form: str, encoding: str = "identity", limit: int = LARGEST_BODY) -> Any:
    """The request in a body; raises TooLarge, TooMany, Undecodable or UnknownEncoding."""
    plain = _unpacked(body, encoding.strip().lower(), limit)
    if form == JSON:
        return from_json(plain, kind)
    refuse_crowd(plain)
    try:
        return kind.FromString(plain)
    except UNREADABLE as exc:
        raise Undecodable("protobuf", reason=str(exc)) from exc


def _unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "deflate"}:
        raise UnknownEncoding("Content-Encoding", encoding, known=("gzip", "deflate", "identity"))
    opener = zlib.decompressobj(AUTOMATIC)
    try:
        plain = opener.decompress(body, limit + 1)
    except zlib.error as exc:
        raise Undecodable(encoding, reason=str(exc)) from exc
    if len(plain) > limit:
        raise TooLarge(limit)
    if not opener.eof:
        raise Undecodable(encoding, reason="it ends too early")
    return plain
