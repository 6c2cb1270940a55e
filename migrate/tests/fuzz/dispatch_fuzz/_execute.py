"""Load a program's files in a fresh world and write down all that can be seen of its functions.

Nothing of the file system is read: modules come from the given texts, and are gone afterwards.
"""

from __future__ import annotations

import contextlib
import enum
import importlib.abc
import importlib.util
import inspect
import signal
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from cutover_registry import hold_arm
from dispatch_fuzz._world import WORLD

PACKAGES = ("shop", "world")
TURNS = 8
NOT_LOADED = "not loaded"
CALLS = ("make_", "done_")
PATCHES = ("globals", "clients")
INPUTS = (("m", True, "run"), ("bad", False, "run"), ("late", True, "throw"), ("m", False, "close"))
Files = Mapping[str, bytes]
Seen = list[tuple[object, ...]]
Entry = tuple[str, type | None, types.FunctionType]


class TooLong(BaseException):
    """A program did not end in time."""


@lru_cache(maxsize=512)
def _compiled(path: str, data: bytes) -> types.CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(data, path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules in texts."""

    def __init__(self, files: Files) -> None:
        self.files = {**files, "world.py": WORLD.encode()}

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if name.partition(".")[0] not in PACKAGES:
            return None
        base = name.replace(".", "/")
        for file, package in ((f"{base}/__init__.py", True), (f"{base}.py", False)):
            if file in self.files:
                spec = importlib.util.spec_from_loader(name, self, origin=file, is_package=package)
                assert spec is not None
                return spec
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        assert module.__spec__ is not None
        origin = module.__spec__.origin or ""
        exec(_compiled(origin, self.files[origin]), vars(module))


def _purge() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`TooLong` inside after some seconds, and again until it is heard."""

    def out(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, out)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def installed(finder: _Finder) -> Iterator[None]:
    """Have modules found in texts, and forget them afterwards."""
    _purge()
    sys.meta_path.insert(0, finder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.meta_path.remove(finder)
        _purge()


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def patchable(files: Files, main: str) -> tuple[str, ...]:
    """The names of the main module that a test may put something else for."""
    with hold_arm("legacy"), installed(_Finder(files)):
        try:
            module = importlib.import_module(_dotted(main))
        except Exception:
            return ()
        return tuple(name for name, value in vars(module).items() if callable(value) and name.startswith(CALLS))


def observe(files: Files, main: str, keys: tuple[str, ...], *, arm: str, names: tuple[str, ...] = ()) -> Seen:
    """What every function of the main module does for every key and probe, one entry each.

    At last everything is run once more with something else in place of `names`, and of the clients' own functions.
    """
    with hold_arm(arm), installed(_Finder(files)):
        try:
            module = importlib.import_module(_dotted(main))
            entries = list(_entries(module))
            if "shop/health.py" in files:
                entries += _entries(importlib.import_module("shop.health"))
        except Exception as error:
            return [(NOT_LOADED, type(error).__name__, str(error))]
        return list(_runs(module, entries, keys, names))


class Text(enum.StrEnum):
    """Members are equal to their texts."""

    NEAR = "near"
    A_B = "a-b"
    Z = "z"


class Elsewhere(str):
    """Equal to its text, and somewhere else in a table."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


def probes(keys: tuple[str, ...]) -> list[object]:
    """The keys, and what a key may be mistaken for."""
    first = keys[0] if keys else "near"
    texts = ["no-such", "openrouter", "hug", "", first.upper(), f" {first.title()} "]
    members = [member for member in Text if member.value in keys][:1]
    return [*dict.fromkeys([*keys, *texts]), *members, Elsewhere(first), None, [first], {}]


def _runs(
    module: types.ModuleType, entries: list[Entry], keys: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[tuple[object, ...]]:
    world = importlib.import_module("world")
    asked = probes(keys)
    for entry in entries:
        for key in asked:
            for model, flag, way in INPUTS if _is_stepped(entry[2]) else INPUTS[:3]:
                yield _run(module, world, entry, key, (model, flag, way))
    for where in PATCHES:
        _patch(module, world, where, names)
        for entry in entries:
            for key in keys:
                yield where, *_run(module, world, entry, key, INPUTS[0])


def _run(
    module: types.ModuleType, world: types.ModuleType, entry: Entry, key: object, given: tuple[str, bool, str]
) -> tuple[object, ...]:
    name, owner, function = entry
    world.TRACE.clear()
    world.STATE.clear()
    world.LATER.clear()
    vars(module)["LAST"] = None
    instance = owner() if owner else None
    values = [_first(world, function)(key), *given[:2]]
    ended = _called(world, function, [instance, *values] if owner else values, given[2])
    later = [_plain(world, each) for each in list(world.LATER)]
    left = world.show([vars(instance) if owner else None, world.STATE, vars(module)["LAST"]])
    return name, world.show(key), *given, ended, tuple(world.TRACE), tuple(later), left


def _patch(module: types.ModuleType, world: types.ModuleType, where: str, names: tuple[str, ...]) -> None:
    """Put something else in place of the clients' functions, as a test would: by their names here, or at home."""
    if where == "globals":
        vars(module).update({name: world.stand_in(f"patched {name}") for name in names})
        return
    for home in [found for name, found in sys.modules.items() if name.startswith("shop.clients.")]:
        for name in [name for name in vars(home) if name.startswith(CALLS)]:
            setattr(home, name, world.stand_in(f"stand-in of {name}"))


def _is_stepped(function: types.FunctionType) -> bool:
    flags = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
    return bool(function.__code__.co_flags & flags)


def _entries(module: types.ModuleType) -> Iterator[Entry]:
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__ or name.startswith("_") or name == "safe_import":
            continue
        if isinstance(value, type) and name.startswith("Desk_"):
            method = name.removeprefix("Desk_")
            yield name, value, getattr(value, method)
        elif inspect.isfunction(value) and value.__code__.co_argcount == 3:
            yield name, None, value


def _first(world: types.ModuleType, function: types.FunctionType) -> Callable[[object], object]:
    """How a key is handed to a function, by the name of the parameter that takes it."""
    code = function.__code__
    name = code.co_varnames[code.co_argcount - 3]
    makers: dict[str, Callable[[object], object]] = {"request": world.Request, "options": lambda key: {"provider": key}}
    return makers.get(name, lambda key: key)


def _called(world: types.ModuleType, function: object, given: list[object], way: str) -> tuple[object, ...]:
    try:
        result = function(*given)  # type: ignore[operator]
        if inspect.iscoroutine(result):
            result = _waited(world, result, way)
        elif inspect.isgenerator(result):
            return _generated(world, result, way)
        elif inspect.isasyncgen(result):
            return _streamed(world, result, way)
        return "gave", world.show(result)
    except Exception as error:
        return "raised", *_error(world, error)


def _error(world: types.ModuleType, error: BaseException) -> tuple[str, ...]:
    """An exception with what it came from."""
    found = []
    each: BaseException | None = error
    while each is not None and len(found) < 5:
        found.append(f"{world.show(each)}{' alone' if each.__suppress_context__ else ''}")
        each = each.__cause__ or each.__context__
    return tuple(found)


def _waited(world: types.ModuleType, waiting: object, way: str) -> object:
    """Run something that awaits; the second wait is answered with an error where the way says so."""
    turn = 0
    try:
        while True:
            turn += 1
            if way == "throw" and turn == 2:
                world.TRACE.append(("asked", waiting.throw(world.Stop("thrown"))))  # type: ignore[attr-defined]
            elif way == "close" and turn == 3:
                waiting.close()  # type: ignore[attr-defined]
                return "closed"
            elif turn > 40 * TURNS:
                raise TooLong
            else:
                answer = None if turn == 1 else turn
                world.TRACE.append(("asked", waiting.send(answer)))  # type: ignore[attr-defined]
    except StopIteration as done:
        return done.value


def _generated(world: types.ModuleType, made: object, way: str) -> tuple[object, ...]:
    def take(turn: int) -> object:
        if way == "throw" and turn == 2:
            return made.throw(world.Stop("thrown"))  # type: ignore[attr-defined]
        return made.send(None if turn == 0 else turn)  # type: ignore[attr-defined]

    return _taken(world, take, made.close, way)  # type: ignore[attr-defined]


def _streamed(world: types.ModuleType, made: object, way: str) -> tuple[object, ...]:
    def take(turn: int) -> object:
        if way == "throw" and turn == 2:
            return _waited(world, made.athrow(world.Stop("thrown")), "run")  # type: ignore[attr-defined]
        return _waited(world, made.asend(None if turn == 0 else turn), "run")  # type: ignore[attr-defined]

    return _taken(world, take, lambda: _waited(world, made.aclose(), "run"), way)  # type: ignore[attr-defined]


def _taken(world: types.ModuleType, take: object, close: object, way: str) -> tuple[object, ...]:
    """What comes out of a generator, step by step."""
    found: list[object] = []
    try:
        for turn in range(TURNS):
            if way == "close" and turn == 2:
                break
            value = take(turn)  # type: ignore[operator]
            found.append((world.show(value), len(world.TRACE)))
        close()  # type: ignore[operator]
        found.append("closed")
    except (StopIteration, StopAsyncIteration) as done:
        found.append(("ended", world.show(getattr(done, "value", None))))
    except Exception as error:
        found.append(("raised", *_error(world, error)))
    return tuple(found)


def _plain(world: types.ModuleType, function: object) -> tuple[object, ...]:
    return _called(world, function, [], "run")
