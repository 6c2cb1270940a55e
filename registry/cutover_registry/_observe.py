"""Call a provider function so that hooks hear of it, whatever it is: plain, async, a generator, a stream's maker."""

from collections.abc import Generator
from types import CoroutineType

from cutover_registry._events import Attempt
from cutover_registry._guise import Guise, unguised
from cutover_registry._open_attempt import LISTENERS, OpenAttempt
from cutover_registry._stream import is_stream, observed_stream
from cutover_registry._typing import Any


class ObservedCallable(Guise):
    """A stand-in for a provider function; a call of it is an attempt. Without hooks it only passes the call on."""

    __slots__ = ("__dict__", "_own_attempt")

    def __init__(self, original: Any, attempt: Attempt) -> None:
        super().__init__(original)
        object.__setattr__(self, "_own_attempt", attempt)
        for attribute in ("__module__", "__doc__"):
            object.__setattr__(self, attribute, getattr(original, attribute, None))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        hooks = LISTENERS.active
        if not hooks:
            return self._original(*args, **kwargs)
        attempt = OpenAttempt(self._own_called(args, kwargs), hooks, call=(args, kwargs))
        try:
            answer = self._original(*args, **kwargs)
        except BaseException as error:
            attempt.end(error)
            raise
        return observed_answer(answer, attempt)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        bind = getattr(type(self._original), "__get__", None)
        return self if bind is None else bind(self._original, instance, owner)

    def _own_is_about(self, attempt: Attempt) -> bool:
        return bool(self._own_attempt == attempt)

    def _own_called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Attempt:
        about = self._own_attempt
        model = args[1] if len(args) > 1 else kwargs.get("model")
        named = model if isinstance(model, str) else None
        return Attempt(about.provider, about.slot, about.function, about.arm, about.site, named)


class ObservedCoroutine(Guise):
    """A stand-in for a coroutine: the attempt ends with it, or with the stream that it returns."""

    __slots__ = ("_own_attempt",)

    def __init__(self, original: Any, attempt: OpenAttempt) -> None:
        super().__init__(original)
        object.__setattr__(self, "_own_attempt", attempt)

    def __await__(self) -> Generator[Any, Any, Any]:
        return self

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        """Run to the next suspension, as a coroutine's own `send`."""
        return self._own_step(self._original.send, value)

    def throw(self, *raised: Any) -> Any:
        """Raise in the coroutine, as a coroutine's own `throw`."""
        return self._own_step(self._original.throw, *raised)

    def close(self) -> None:
        """Close the coroutine; its attempt ends as dropped."""
        try:
            self._original.close()
        finally:
            self._own_attempt.end(dropped=True)

    def _own_step(self, step: Any, *args: Any) -> Any:
        attempt = self._own_attempt
        try:
            return step(*args)
        except StopIteration as stop:
            answer = observed_answer(stop.value, attempt)
        except BaseException as error:
            attempt.end(error)
            raise
        raise StopIteration(answer)


def observed_answer(answer: Any, attempt: OpenAttempt) -> Any:
    """Return the answer of a provider function, with a stand-in where the attempt is not over yet."""
    if isinstance(answer, CoroutineType):
        return ObservedCoroutine(answer, attempt)
    if is_stream(answer):
        return observed_stream(answer, attempt)
    if callable(getattr(type(answer), "add_done_callback", None)):
        answer.add_done_callback(lambda future: _end_with(future, attempt))
        return answer
    attempt.answered(answer)
    return answer


def observable(value: object) -> bool:
    """Tell whether calls of a value are attempts; a class is not (its instances call later, and `isinstance` asks)."""
    return callable(value) and not isinstance(value, type)


def unobserved(value: Any) -> Any:
    """Return the function behind an observed one; anything else is returned as it is."""
    return unguised(value) if type(value) is ObservedCallable else value


def _end_with(future: Any, attempt: OpenAttempt) -> None:
    if future.cancelled():
        attempt.end(dropped=True)
    elif (error := future.exception()) is not None:
        attempt.end(error)
    else:
        attempt.answered(future.result())
