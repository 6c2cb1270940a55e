"""The callers: so many requests at once, shared among the gateways, some of which hang up."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from chaos_run._plan import Ask, ask
from cutover_rollout import set_arm

TURN_SECONDS = 1.5
GIVEN_UP = 60.0
HUNG_UP = "hung up"


@dataclass(frozen=True)
class Chaos:
    """What is asked of a run.

    Attributes:
        routes: How many requests.
        parallel: How many at once.
        workers: How many gateway processes.
        seconds: When to stop, whatever was sent by then.
    """

    routes: int = 300
    parallel: int = 20
    workers: int = 2
    seconds: float = 3_600.0


@dataclass
class Sent:
    """What the callers saw: answers by status, those who hung up, and which routes were asked for."""

    statuses: Counter[str] = field(default_factory=Counter)
    numbers: list[int] = field(default_factory=list)
    seconds: float = 0.0


async def drive(chaos: Chaos, bases: Sequence[str], switch: Path, *, told: Callable[[int], None]) -> Sent:
    """Send everything, and turn the switch now and then."""
    sent, numbers, begun = Sent(), iter(range(chaos.routes)), time.monotonic()
    turning = asyncio.ensure_future(_turn(switch))
    limits = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(GIVEN_UP)) as session:

        async def lane() -> None:
            for number in numbers:
                if time.monotonic() - begun > chaos.seconds:
                    return
                asked = ask(number)
                sent.numbers.append(number)
                sent.statuses[await _send(session, bases[number % len(bases)], asked)] += 1
                told(len(sent.numbers))

        await asyncio.gather(*(lane() for _ in range(chaos.parallel)))
    turning.cancel()
    with suppress(asyncio.CancelledError):
        await turning
    sent.seconds = time.monotonic() - begun
    return sent


async def _send(session: aiohttp.ClientSession, base: str, asked: Ask) -> str:
    async def answered() -> str:
        async with session.post(base + asked.path, json=asked.body) as answer:
            await answer.read()
            return str(answer.status)

    try:
        return await asyncio.wait_for(answered(), asked.hang_up)
    except TimeoutError:
        return HUNG_UP if asked.hang_up is not None else "no answer"
    except aiohttp.ClientError as error:
        return type(error).__name__


async def _turn(switch: Path) -> None:
    for arm in itertools.cycle(("registry", "legacy")):
        await asyncio.sleep(TURN_SECONDS)
        set_arm(switch, arm)
