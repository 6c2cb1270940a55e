"""An attempt between its start and its end, and the hooks that listen to it."""

from cutover_registry._events import Attempt, AttemptHook, CallHook, ChunkHook, Outcome
from cutover_registry._faults import count_fault
from cutover_registry._typing import Any, cast


class Listeners:
    """The hooks of this process; `active` is replaced as a whole, so that reading it needs no lock."""

    __slots__ = ("active",)

    def __init__(self) -> None:
        self.active: tuple[AttemptHook, ...] = ()


LISTENERS = Listeners()


class OpenAttempt:
    """One attempt that has started; it tells every hook that took the start, each once, of the end.

    Whoever can still bring the end holds it; when nobody does any more, it ends as dropped.
    """

    __slots__ = ("_answer", "_chunks", "_open", "_streamed", "_tokens")

    def __init__(
        self, attempt: Attempt, hooks: tuple[AttemptHook, ...], *, call: tuple[Any, Any] | None = None
    ) -> None:
        self._answer: object = None
        self._chunks = 0
        self._streamed = False
        self._open = True
        self._tokens: list[tuple[AttemptHook, object, bool]] = []
        for hook in hooks:
            try:
                token = hook.started(attempt)
                self._tokens.append((hook, token, hasattr(hook, "chunk")))
                if call is not None and hasattr(hook, "called"):
                    cast(CallHook, hook).called(token, *call)
            except Exception:  # noqa: BLE001  a hook is a guest
                count_fault("hook.started")

    def __del__(self) -> None:
        self.end(dropped=True)

    def streams(self) -> None:
        """Note that the answer is a stream."""
        self._streamed = True

    def chunk(self, chunk: object) -> None:
        """Note a chunk."""
        self._answer = chunk
        self._chunks += 1
        for hook, token, hears_chunks in self._tokens:
            try:
                if self._chunks == 1:
                    hook.first_chunk(token)
                if hears_chunks:
                    cast(ChunkHook, hook).chunk(token)
            except Exception:  # noqa: BLE001  a hook is a guest
                count_fault("hook.chunk")

    def answered(self, answer: object) -> None:
        """Tell the end with an answer that is all there."""
        self._answer = answer
        self.end()

    def end(self, error: BaseException | None = None, *, dropped: bool = False) -> None:
        """Tell the end once; `dropped` says that the caller went away."""
        if not self._open:
            return
        self._open = False
        cancelled = dropped or is_cancellation(error)
        told = None if isinstance(error, GeneratorExit) else error
        outcome = Outcome(told, streamed=self._streamed, chunks=self._chunks, cancelled=cancelled, answer=self._answer)
        self._answer = None
        for hook, token, _ in self._tokens:
            try:
                hook.ended(token, outcome)
            except Exception:  # noqa: BLE001  a hook is a guest
                count_fault("hook.ended")


def is_cancellation(error: BaseException | None) -> bool:
    """Tell whether an error is a caller's going away.

    Event loops raise their cancellation outside `Exception` (asyncio's and trio's alike), and so does an early close.
    """
    return error is not None and not isinstance(error, Exception | KeyboardInterrupt | SystemExit)
