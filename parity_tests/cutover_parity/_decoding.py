"""Takes compression off an answer, chunk by chunk, with the decoders that httpx has."""

from collections.abc import Iterator
from dataclasses import replace

import httpx

from cutover_parity._messages import Answer


def decoded(answer: Answer) -> Answer:
    """Give the answer without content-encoding; what cannot be decoded stays as it is."""
    if not any(name.lower() == "content-encoding" for name, _ in answer.headers):
        return answer
    response = httpx.Response(answer.status, headers=list(answer.headers), stream=_Chunks(answer.chunks))
    try:
        chunks = tuple(response.iter_bytes())
    except httpx.DecodingError:
        return answer
    if b"".join(chunks) == answer.body:
        return answer
    headers = tuple(pair for pair in answer.headers if pair[0].lower() not in {"content-encoding", "content-length"})
    gaps = (*answer.gaps, *(0.0 for _ in chunks))[: len(chunks)]
    return replace(answer, headers=headers, chunks=chunks, gaps=gaps)


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: tuple[bytes, ...]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
