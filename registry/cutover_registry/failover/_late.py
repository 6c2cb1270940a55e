"""A synchronous attempt under a limit: made in a thread of its own and given up when its time is over.

Python cannot interrupt a call from outside. What the caller named with `CurrentAttempt.on_abandon` is closed, which
ends the read that the thread hangs in, and with it the thread.
"""

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from cutover_registry.failover._attempt import CurrentAttempt

T = TypeVar("T")


class Late(Exception):
    """The attempt gave nothing in its time."""


def called_within(attempt: CurrentAttempt, call: Callable[[str], T]) -> T:
    """Make the call; raise Late when it has not ended in the attempt's time."""
    remaining = attempt.remaining
    if remaining is None:
        return call(attempt.provider)
    running = _Running(attempt, call)
    context = contextvars.copy_context()
    try:
        threading.Thread(target=context.run, args=(running.run,), name="cutover-attempt", daemon=True).start()
        late = not running.ended.wait(remaining) and running.give_up()
    except BaseException:
        running.give_up()
        attempt.abandon()
        raise
    if late:
        attempt.abandon()
        raise Late
    return running.result()


class _Running(Generic[T]):
    def __init__(self, attempt: CurrentAttempt, call: Callable[[str], T]) -> None:
        self.ended = threading.Event()
        self._attempt, self._call = attempt, call
        self._lock = threading.Lock()
        self._given_up = False
        self._answer: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            answer = self._call(self._attempt.provider)
        except BaseException as error:  # noqa: BLE001  it is raised again where the call was made
            self._error = error
        else:
            self._take(answer)
        self.ended.set()

    def give_up(self) -> bool:
        """Tell the thread that nobody waits any more; False if it ended in this very moment."""
        with self._lock:
            self._given_up = not self._answer and self._error is None
            return self._given_up

    def result(self) -> T:
        error, self._error = self._error, None
        if error is None:
            return self._answer[0]
        try:
            raise error
        finally:
            # The traceback holds this frame: without this the error would hold itself until a collection
            del error

    def _take(self, answer: T) -> None:
        with self._lock:
            if not self._given_up:
                self._answer.append(answer)
                return
        close = getattr(answer, "close", None)
        if callable(close):
            self._attempt.on_abandon(close)
