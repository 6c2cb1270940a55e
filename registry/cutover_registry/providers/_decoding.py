"""Takes compression off a body while it comes, and stops at a limit: a small answer can be a large one in disguise."""

import zlib
from collections.abc import AsyncIterator, Iterator

ACCEPTED = "gzip, deflate"
_STEP = 256 * 1024


class TooLarge(Exception):
    """The body is larger than its limit."""


class NotDecodable(Exception):
    """The body is not compressed as its headers say, or in a way that was not asked for."""


class Decoder:
    """Decodes pieces of one body; `limit` counts decoded bytes."""

    def __init__(self, encoding: str, *, limit: int) -> None:
        self._left = limit
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise NotDecodable(f"content-encoding is {encoding!r}; {ACCEPTED!r} was accepted")
        self._inflate = None if encoding in {"", "identity"} else zlib.decompressobj(zlib.MAX_WBITS | 32)

    def decoded(self, piece: bytes) -> Iterator[bytes]:
        """Give a piece decoded, in steps that stay small whatever it unfolds to."""
        if self._inflate is None:
            yield self._counted(piece)
            return
        while piece:
            try:
                step = self._inflate.decompress(piece, _STEP)
            except zlib.error as error:
                raise NotDecodable("it is not compressed as its headers say") from error
            piece = self._inflate.unconsumed_tail
            yield self._counted(step)
            if not step and not piece:
                return

    def _counted(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge
        return piece


def decoded(pieces: Iterator[bytes], encoding: str, *, limit: int) -> Iterator[bytes]:
    """Decode a body."""
    decoder = Decoder(encoding, limit=limit)
    for piece in pieces:
        yield from decoder.decoded(piece)


async def decoded_async(pieces: AsyncIterator[bytes], encoding: str, *, limit: int) -> AsyncIterator[bytes]:
    """Decode a body in the event loop."""
    decoder = Decoder(encoding, limit=limit)
    async for piece in pieces:
        for step in decoder.decoded(piece):
            yield step
