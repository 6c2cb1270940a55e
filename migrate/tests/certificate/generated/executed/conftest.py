"""Running a gateway: everything that can be seen of a module, with recording clients in place of the real ones.

A gateway is run once as imported and once with every client patched in the module (late binding shows there).
"""

import itertools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest

from cutover_registry import ProviderRegistry, hold_arm, use_registry


class Recorder:
    """The trace of one run, and the modules that write it."""

    def __init__(self) -> None:
        self.trace: list[object] = []

    def note(self, *what: object) -> object:
        self.trace.append(shown(what))
        return what[0]

    def client(self, name: str) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            self.note(name, args, options)
            if "bad" in args:
                raise ValueError(name)
            if "worse" in args:
                raise KeyError(name)
            return (name, args)

        call.__qualname__ = name
        return call

    def modules(self, gateway, config: str) -> dict[str, types.ModuleType]:
        tables: dict[str, object] = {}
        exec(config, tables)
        found = {"clients": module("clients")}
        for name, functions in gateway.clients.items():
            made = {each: self.client(each) for each in functions}
            found[f"clients.{name}_client"] = module(f"clients.{name}_client", **made)
        hub = types.SimpleNamespace(**{method: self.client(method) for method in gateway.methods})

        async def in_thread(function: Callable[..., object], *args: object, **options: object) -> object:
            return function(*args, **options)

        def to_thread(function: Callable[..., object], *args: object, **options: object) -> object:
            return function(*args, **options)

        found["recorder"] = module(
            "recorder",
            hub=hub,
            in_thread=in_thread,
            provider_of=str,
            quietly=suppress,
            to_thread=to_thread,
            trace=self.note,
        )
        found["gateway_config"] = module("gateway_config", **{k: v for k, v in tables.items() if k.isupper()})
        registry = ProviderRegistry.from_module(found["gateway_config"])
        found["gateway_registry"] = module(
            "gateway_registry",
            bind_providers=registry.bind,
            use_registry=use_registry,
            get_provider_registry=lambda: registry,
            normalize_provider_name=registry.normalize,
        )
        return found


def shown(value: object) -> object:
    """A comparable picture of a value; functions by name."""
    if isinstance(value, tuple | list):
        return (type(value).__name__, *map(shown, value))
    if isinstance(value, Mapping):
        return tuple((key, shown(item)) for key, item in value.items())
    if isinstance(value, types.GeneratorType):
        return f"generator {value.__qualname__}"
    if isinstance(value, types.CoroutineType):
        value.close()
        return f"coroutine {value.__qualname__}"
    return getattr(value, "__qualname__", None) or f"{type(value).__name__} {value!r}"


def module(name: str, **members: object) -> types.ModuleType:
    made = types.ModuleType(name)
    vars(made).update(members)
    return made


@contextmanager
def installed(modules: dict[str, types.ModuleType]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, old in before.items():
            sys.modules.pop(name, None)
            if old is not None:
                sys.modules[name] = old


def outcomes(text: str, gateway, *, config: str | None = None, arm: str = "registry") -> list[object]:
    """Everything that can be seen of a module: its import, and each function at each key, as it is and patched."""
    recorder = Recorder()
    namespace: dict[str, object] = {"__name__": "gateway"}
    with hold_arm(arm):
        try:
            modules = recorder.modules(gateway, gateway.config if config is None else config)
            with installed(modules):
                exec(compile(text, "gateway", "exec"), namespace)
        except Exception as error:
            return [f"import: {type(error).__name__}: {error}"]
        names = sorted(name for name in namespace if name.startswith(("make_", "process_")))
        seen: list[object] = [sorted(map(str, recorder.trace)), [(name, shown(namespace[name])) for name in names]]
        with installed(modules):
            seen += list(runs(namespace, gateway, recorder, ("m", "bad", "worse")))
            for name in names:
                namespace[name] = recorder.client(f"patched {name}")
            for client in [found for name, found in modules.items() if name.startswith("clients.")]:
                vars(client).update(
                    {name: recorder.client(f"patched {name}") for name in vars(client) if name[0] != "_"}
                )
            return seen + list(runs(namespace, gateway, recorder, ("m",)))


def runs(namespace: dict[str, object], gateway, recorder: Recorder, models: tuple[str, ...]) -> Iterator[object]:
    for name, key, model, flag in itertools.product(gateway.functions, gateway.keys, models, (True, False)):
        recorder.trace.clear()
        try:
            request = types.SimpleNamespace(provider=key) if "(request" in signature(namespace[name]) else key
            ended: object = ("gave", shown(finished(namespace[name](request, model, flag))))
        except Exception as error:
            ended = ("raised", f"{type(error).__name__}: {error}")
        yield (name, key, model, flag, tuple(recorder.trace), ended)


def signature(function: object) -> str:
    return "(" + ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])


def finished(result: object) -> object:
    if isinstance(result, types.GeneratorType):
        return list(result)
    if not isinstance(result, types.CoroutineType):
        return result
    try:
        result.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("nothing in here waits")


@pytest.fixture(scope="session")
def seen_of() -> Callable[..., list[object]]:
    """Runs a module and gives all that can be seen of it."""
    return outcomes
