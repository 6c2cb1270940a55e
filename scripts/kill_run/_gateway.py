"""A gateway as a server that forks its workers runs it: a small application with a bound site, a route key, a follower.

As `python -m kill_run._gateway URL NAME WORKERS STALE_AFTER` it follows, forks, prints one port for each worker, and
serves until its standard input ends. Each answer says which arm served it, and when that was decided by a clock that
all processes of the machine share.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import uvicorn

from cutover_registry import ProviderRegistry, RouteKeyMiddleware, fault_counts, use_registry
from cutover_rollout.state import Follower, open_state

UPSTREAM = 0.004
HOSTED = (b"near", b"groq")
TABLES = {
    "SLOTS": {"make_request": "make_{}_request"},
    "SITES": {"chat": {"slots": ["make_request"]}},
    "PROVIDER_CONFIGS": {name.decode(): {"module_name": __name__, "sites": "*"} for name in HOSTED},
}


async def make_near_request(number: str) -> dict[str, Any]:
    """Ask an upstream that takes a moment."""
    await asyncio.sleep(UPSTREAM)
    return {"n": number, "provider": "near"}


async def make_groq_request(number: str) -> dict[str, Any]:
    """Ask another."""
    await asyncio.sleep(UPSTREAM)
    return {"n": number, "provider": "groq"}


(CHAT,) = ProviderRegistry.from_mapping(TABLES).bind(globals(), "chat")


async def app(scope: Any, _: Any, send: Any) -> None:
    """Answer `/PROVIDER/NUMBER` as a migrated route does."""
    provider, number = scope["path"].split("/")[1:]
    on, at = use_registry(CHAT, provider), time.monotonic()
    if on:
        answer = await CHAT.resolve(provider).make_request(number)
    elif provider == "near":
        answer = await make_near_request(number)
    else:
        answer = await make_groq_request(number)
    body = json.dumps({**answer, "registry": on, "at": at, "faults": sum(fault_counts().values())}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Follow, fork, serve."""
    url, name, workers, stale_after = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    logging.basicConfig(level=logging.CRITICAL)
    Follower(open_state(url, name=name), stale_after=stale_after).start()
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(workers)]
    ours, theirs = os.pipe()
    children = []
    for listener in listeners:
        child = os.fork()
        if not child:
            os.close(theirs)
            _serve(listener, ours)
        children.append(child)
    ports = [listener.getsockname()[1] for listener in listeners]
    print(json.dumps({"ports": ports, "pids": children}), flush=True)
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)


def _serve(listener: socket.socket, parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    served: Any = RouteKeyMiddleware(app, key="header:x-user")
    config = uvicorn.Config(served, log_level="critical", lifespan="off", access_log=False)
    # Once it has ended, uvicorn sends itself the signal again that it was ended by.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        os._exit(0)


def _end_with(parent: int) -> None:
    os.read(parent, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
