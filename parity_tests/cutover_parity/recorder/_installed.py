"""The capture of exchanges is put in place once in a process, however many recorders hold it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from cutover_parity.recorder._capture import TAPE, captured_upstream
from cutover_parity.recorder._context import context_carried

_guard = threading.Lock()
_place = ExitStack()
_holders = 0


def hold_capture() -> None:
    """Put the capture in place, if this is its first holder."""
    global _holders  # noqa: PLW0603
    with _guard:
        if not _holders:
            _place.enter_context(context_carried(TAPE))
            _place.enter_context(captured_upstream())
        _holders += 1


def release_capture() -> None:
    """Take the capture away, if this was its last holder."""
    global _holders  # noqa: PLW0603
    with _guard:
        _holders -= 1
        if not _holders:
            _place.close()


@contextmanager
def capture_held() -> Iterator[None]:
    """Hold the capture while this is open."""
    hold_capture()
    try:
        yield
    finally:
        release_capture()
