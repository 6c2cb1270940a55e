"""Bodies of requests, of which only small ones are read."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST = 16 * 1024


async def read_body(request: Request) -> bytes:
    """The body; raises HTTPException 413 once it is too large."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > MOST:
            raise HTTPException(413, f"the body has more than {MOST} bytes; send less")
    return bytes(taken)
