"""Run a program once: arguments, the call, and whatever comes back driven to its end."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from cutover_migrate.execute._inside import _smooth
from cutover_migrate.execute._inside._canonical import canonical
from cutover_migrate.execute._inside._label import PARAMETER, VALUE
from cutover_migrate.execute._inside._programs import DOOR, LOCALS, PROBE, Program
from cutover_migrate.execute._inside._recorder import Recorder, made
from cutover_migrate.execute._inside._run import DEPTH, NOW, Cut, Refused, Run
from cutover_migrate.execute._inside._slice import ERROR, LOCAL
from cutover_migrate.execute._inside._subject import FORCE, KEY, Subject, force, key_for, tell

VALUES = 8
STARTS: tuple[Any, ...] = (None, True, False, "text")
Stage = Callable[[], Any]


def run_program(program: Program, run: Run, *, subject: Subject, key: object) -> None:
    """Run it; what it did is in the run's log, and so is how it ended."""
    NOW.run = run
    program.reset()
    run.namespace = program.namespace
    run.drain = drain
    run.log.append(f"define {program.head}")
    positional, by_name = _positional(program, run, subject, key), _by_name(program, run, subject, key)
    ended = _ending(run, partial(program.function, *positional, **by_name))
    for door in run.doors:
        if run.site not in run.reached and not run.cut:
            ended += f", then {canonical(door)} {_ending(run, partial(_called, door))}"
    if not run.cut:
        run.log += [f"global {name} = {canonical(program.namespace.get(name))}" for name in program.written]
        run.log.append(ended)


def _ending(run: Run, call: Callable[[], Any]) -> str:
    """Call, drive what comes back, and tell how it ended."""
    try:
        return f"returns {canonical(_finished(call()))}"
    except (Cut, MemoryError, RecursionError) as error:
        run.cut = True
        run.exhausted |= isinstance(error, MemoryError)
        return "is cut"
    except BaseException as error:  # noqa: BLE001  whatever it raises is how it ended
        return f"raises {_raised(error)}"


def drain(value: Any) -> None:
    """Drive what the code made itself and gives away: its functions, coroutines and generators."""
    run = NOW.run
    kind = type(value)
    if kind in (list, tuple):
        for each in value[:VALUES]:
            drain(each)
        return
    driven = kind in (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)
    if not driven and (kind is not types.FunctionType or value.__globals__ is not run.namespace):
        return
    if run.depth >= DEPTH:
        return
    run.depth += 1
    try:
        result = value if driven else _called(value)
        run.note(f"{canonical(value)} gives {canonical(_finished(result, depth=1))}")
    finally:
        run.depth -= 1


def _door(function: Any) -> None:
    NOW.run.doors.append(function)


HELPERS: Mapping[str, Any] = {
    _smooth.UNPACK: _smooth.unpack,
    _smooth.ROWS: _smooth.rows,
    _smooth.AROWS: _smooth.async_rows,
    _smooth.JOIN: _smooth.join,
    KEY: key_for,
    FORCE: force,
    LOCALS: builtins.locals,
    LOCAL: lambda name: made(f"local {name}"),
    ERROR: RuntimeError,
    DOOR: _door,
    PROBE: lambda site, names, found: NOW.run.note(f"behind {site}: {_outputs(names, found)}"),
}
"""What marked and sliced code calls, by name."""


def _outputs(names: tuple[str, ...], found: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={canonical(found[name]) if name in found else 'unbound'}" for name in names)


def _positional(program: Program, run: Run, subject: Subject, key: object) -> list[Any]:
    arguments = program.parameters
    given = [_argument(each.arg, run, subject, key) for each in (*arguments.posonlyargs, *arguments.args)]
    return [*given, Recorder(f"arg *{arguments.vararg.arg}", PARAMETER)] if arguments.vararg else given


def _by_name(program: Program, run: Run, subject: Subject, key: object) -> dict[str, Any]:
    arguments = program.parameters
    given = {each.arg: _argument(each.arg, run, subject, key) for each in arguments.kwonlyargs}
    if arguments.kwarg is not None:
        given["more_options"] = Recorder(f"arg **{arguments.kwarg.arg}", PARAMETER)
        if subject.root == arguments.kwarg.arg and subject.asked and type(subject.asked[0]) is str:
            given[subject.asked[0]] = key
    return given


def _argument(name: str, run: Run, subject: Subject, key: object) -> Any:
    if name == subject.root:
        if subject.last == "name":
            return key
    elif not run.schedule.plain and name not in ("self", "cls"):
        drawn = run.schedule.draw(f"arg {name}", below=12)
        if drawn < len(STARTS):
            return STARTS[drawn]
    given = Recorder(f"arg {name}", PARAMETER)
    if name == subject.root:
        tell(given, subject.path, subject.last, subject.asked, key)
    return given


def _called(function: Any) -> Any:
    """Call one of the code's functions with recorders."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    by_name = {name: Recorder(f"given {name}", VALUE) for name in names[code.co_argcount :]}
    return function(*(Recorder(f"given {name}", VALUE) for name in names[: code.co_argcount]), **by_name)


def _finished(value: Any, *, depth: int = 0) -> Any:
    """Drive a result to its end, and what comes out of that."""
    kind = type(value)
    if depth > DEPTH:
        return value
    if kind is types.CoroutineType:
        return _finished(_awaited(value), depth=depth + 1)
    if kind is types.GeneratorType:
        return _generated(lambda: next(value), value.throw, value.close, StopIteration)
    if kind is types.AsyncGeneratorType:
        return _generated(
            lambda: _awaited(value.__anext__()),
            lambda error: _awaited(value.athrow(error)),
            lambda: _awaited(value.aclose()),
            StopAsyncIteration,
        )
    if kind is types.FunctionType and value.__globals__ is NOW.run.namespace:
        return _finished(_called(value), depth=depth + 1)
    return value


def _awaited(waiting: Any) -> Any:
    """Await to the end; nothing in here ever has to wait."""
    try:
        for _ in range(VALUES):
            waiting.send(None)
            NOW.run.note("waits")
    except StopIteration as stop:
        return stop.value
    return None


def _generated(take: Stage, throw: Callable[[BaseException], Any], close: Stage, end: type[BaseException]) -> Any:
    """Take values to the end, or until the schedule closes it or throws."""
    schedule = NOW.run.schedule
    for number in range(VALUES):
        if schedule.closes is not None and number == schedule.closes:
            NOW.run.note("close")
            close()
            return "closed"
        try:
            if schedule.throws and number == 1:
                NOW.run.note("throw")
                value = throw(ValueError("thrown"))
            else:
                value = take()
        except end as stop:
            NOW.run.note(f"ends with {canonical(getattr(stop, 'value', None))}")
            return "driven to its end"
        NOW.run.note(f"yield {canonical(value)}")
    close()
    return "driven far enough"


def _raised(error: BaseException) -> str:
    if isinstance(error, Refused):
        return "because the sandbox refused it"
    cause = f" from {_raised(error.__cause__)}" if error.__cause__ is not None else ""
    return f"{type(error).__name__}({canonical(error.args)}, {canonical(vars(error))}){cause}"
