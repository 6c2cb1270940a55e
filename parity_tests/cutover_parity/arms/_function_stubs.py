"""The function object itself becomes a stub: its code is exchanged, so that whoever took the object early is answered.

A table built at import, a partial, a default argument hold the object and are not reached by replacing a name. The new
code only hands on to the stub; it has the old one's kind (sync, coroutine, generator, async generator), free variables,
name and place in the source, and the function keeps its signature. A function can be looked up through
`inspect.signature`, `iscoroutinefunction` and `getsource` as before.
"""

import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

_MARK = "the stub of this function"
_BODIES = {
    0: ("def", "return stub(*args, **kwargs)"),
    inspect.CO_COROUTINE: ("async def", "return await stub(*args, **kwargs)"),
    inspect.CO_GENERATOR: ("def", "return (yield from stub(*args, **kwargs))"),
    inspect.CO_ASYNC_GENERATOR: ("async def", "async for item in stub(*args, **kwargs): yield item"),
}
_KINDS = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def put_into(function: FunctionType, stub: Callable[..., Any]) -> None:
    """Make every call of this function object a call of its stub; it cannot be undone."""
    signature = _signature(function)
    function.__code__ = _handing_on(function.__code__, stub)
    if signature is not None:
        function.__signature__ = signature  # type: ignore[attr-defined]
    function.__cutover_stub__ = True  # type: ignore[attr-defined]


def _signature(function: FunctionType) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _handing_on(code: CodeType, stub: Callable[..., Any]) -> CodeType:
    made = _compiled(code.co_flags & _KINDS, len(code.co_freevars))
    constants = tuple(stub if constant == _MARK else constant for constant in made.co_consts)
    return made.replace(
        co_consts=constants,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
    )


def _compiled(kind: int, free: int) -> CodeType:
    """Compile the body of a kind in a function around it, so that it has this number of free variables."""
    names = ", ".join(f"free{number}" for number in range(free))
    definition, handing_on = _BODIES[kind]
    lines = [
        f"def around({names}):",
        f"  {definition} hand_on(*args, **kwargs):",
        f"    stub = {_MARK!r}",
        f"    {handing_on}",
        f"    if 0: {names or None}",
    ]
    return _code_in(_code_in(compile("\n".join(lines), __name__, "exec")))


def _code_in(code: CodeType) -> CodeType:
    return next(constant for constant in code.co_consts if isinstance(constant, CodeType))
