"""Waits of the harness itself inside a worker, where a stub or a transport takes its time: seconds of the route's clock."""

import asyncio
import time


def wait(seconds: float) -> None:
    """Wait in a worker thread."""
    time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Wait in the event loop."""
    await asyncio.sleep(seconds)
