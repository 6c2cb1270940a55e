"""Frames between a served process and the one that writes its recording: four bytes of length, then JSON.

A frame holds one route as it was, secrets included: frames go through pipes and sockets of one machine's one user, and
never to a disk.
"""

import json
from typing import BinaryIO

from cutover_parity._messages import Json, Route

LONGEST = 2**32 - 1


def frame(data: Json) -> bytes:
    """Give the frame of a JSON value; raise ValueError if it is too long for one."""
    payload = json.dumps(data, separators=(",", ":")).encode()
    if len(payload) > LONGEST:
        raise ValueError(f"a frame of {len(payload)} bytes is longer than {LONGEST}")
    return len(payload).to_bytes(4, "big") + payload


def route_frame(route: Route) -> bytes:
    """Give the frame of a route."""
    return frame({"route": route.to_json()})


def read_frame(stream: BinaryIO) -> Json | None:
    """Read the next frame; None at the end, also where a sender died in the middle of one."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    payload = stream.read(int.from_bytes(head, "big"))
    return json.loads(payload) if len(payload) == int.from_bytes(head, "big") else None
