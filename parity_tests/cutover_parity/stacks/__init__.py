"""The client libraries whose traffic is seen: each is noted while recording and answered in a replay.

`capturing` and `answering` put every stack in place whose library is there already, and each other one right behind
its import. What goes by another library meets the guard of the worker (`_guard`): it is refused by name.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

from cutover_parity._faults import FAULTS, Fault, kind_of, neutral_type
from cutover_parity.stacks._aiohttp import AiohttpStack
from cutover_parity.stacks._arrivals import on_arrival
from cutover_parity.stacks._http_client import HttpClientStack, Urllib3Stack
from cutover_parity.stacks._httpx import HttpxStack
from cutover_parity.stacks._stack import KEPT, Ask, Asked, Begin, Opened, Play, Refused, Stack

__all__ = [
    "COVERED",
    "FAULTS",
    "KEPT",
    "STACKS",
    "Ask",
    "Asked",
    "Begin",
    "Fault",
    "Opened",
    "Play",
    "Refused",
    "Stack",
    "answering",
    "capturing",
    "kind_of",
    "neutral_type",
]

STACKS: tuple[Stack, ...] = (
    HttpxStack("httpx"),
    HttpxStack("httpx2"),
    AiohttpStack(),
    HttpClientStack(),
    Urllib3Stack(),
)
COVERED = ("httpx", "httpx2", "aiohttp", "http.client", "urllib3", "requests")


def capturing(begin: Begin) -> AbstractContextManager[None]:
    """Note the exchanges of every stack while this is open."""
    return _in_place(lambda stack: stack.capture(begin))


def answering(ask: Ask) -> AbstractContextManager[None]:
    """Answer the requests of every stack while this is open."""
    return _in_place(lambda stack: stack.answer(ask))


@contextmanager
def _in_place(put: Callable[[Stack], AbstractContextManager[None]]) -> Iterator[None]:
    with ExitStack() as open_stacks:

        def arrived(stack: Stack) -> None:
            open_stacks.enter_context(put(stack))

        with on_arrival({stack.module: partial(arrived, stack) for stack in STACKS}):
            yield
