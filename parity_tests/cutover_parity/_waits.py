"""Waits of the harness itself inside a worker: a stub or a transport takes its time, in seconds of the route clock."""

import asyncio
import time


def wait(seconds: float) -> None:
    """Wait in a worker thread."""
    time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Wait in the event loop."""
    await asyncio.sleep(seconds)
