"""Callers of a fleet: a few connections to each worker, one request after the other on each, every answer kept.

A request that gets no answer, or another's, is an error of the run. Callers run in a thread of their own, so that a
scenario can go on beside them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

PROVIDERS = ("near", "groq")
USERS = 400
ANSWER = 20.0  # seconds


class Answer(NamedTuple):
    """One answer: of which worker, to whom, on which arm, and when that was decided (monotonic seconds)."""

    worker: int
    provider: str
    user: str
    registry: bool
    at: float


class Load:
    """Sends to these ports from `start` to `stop`.

    Attributes:
        answers: As they came.
        sent: How many requests were sent.
        lost: What went wrong, a line for each request that was not answered.
        faults: How many failures of the switch the workers counted, by worker.
    """

    def __init__(self, ports: Sequence[int], *, lanes: int, pause: float) -> None:
        self._ports = list(ports)
        self._lanes, self._pause = lanes, pause
        self.answers: list[Answer] = []
        self.sent = 0
        self.lost: list[str] = []
        self.faults: dict[int, int] = {}
        self._numbers = itertools.count()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def missing(self) -> list[str]:
        """What was sent and not answered, once it has stopped."""
        silent = self.sent - len(self.answers) - len(self.lost)
        return [*self.lost, *([f"{silent} requests are without an answer"] if silent else [])]

    def start(self) -> None:
        """Send from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for what is still to be answered."""
        self._ended.set()
        self._thread.join()

    async def _run(self) -> None:
        lanes = [(worker, lane) for worker in range(len(self._ports)) for lane in range(self._lanes)]
        await asyncio.gather(*(self._lane(worker, place / len(lanes)) for place, (worker, _) in enumerate(lanes)))

    async def _lane(self, worker: int, late: float) -> None:
        await asyncio.sleep(late * self._pause)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[worker])
        while not self._ended.is_set():
            number = next(self._numbers)
            self.sent += 1
            try:
                async with asyncio.timeout(ANSWER):
                    await self._ask(reader, writer, worker=worker, number=number)
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                self.lost.append(f"request {number} to worker {worker}: {error or type(error).__name__}")
                writer.close()
                await asyncio.sleep(self._pause)
                with suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[worker])
            await asyncio.sleep(self._pause)
        writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, worker: int, number: int
    ) -> None:
        provider, user = PROVIDERS[number % 2], f"user-{number * 7919 % USERS}"
        writer.write(f"GET /{provider}/{number} HTTP/1.1\r\nhost: fleet\r\nx-user: {user}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        found = json.loads(await reader.readexactly(int(length.partition(b":")[2])))
        if not head.startswith(b"HTTP/1.1 200 ") or (found["n"], found["provider"]) != (str(number), provider):
            raise ValueError(f"answered with {head[:30]!r} {found!r}")
        self.faults[worker] = found["faults"]
        self.answers.append(Answer(worker, provider, user, found["registry"], found["at"]))
