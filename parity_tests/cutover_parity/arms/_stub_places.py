"""Where the stubs of calls depth go: into the names of the modules that call, and into the function objects themselves.

A callee's name is replaced in the globals of its module (after the application was imported), which answers whoever
reads the name when calling; such a call is bound by "name". The function object behind it is exchanged too, which
answers whoever took it earlier, or reaches it some other way; such a call is bound by "object". Where both arms made
the same calls and only this differs, what patches those names no longer reaches the call.

A callee may say its home, `module:attribute`: there its function is found in a tree that moved its imports about. Where
the home cannot be imported and the name holds a thing of another name, that stands for the failed import: it is left as
it is, so that both arms show what they do then.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from cutover_parity.arms._call_stubs import Callee, stub_for
from cutover_parity.arms._function_stubs import put_into

Callees = Mapping[str, Mapping[str, str]]
_ELSEWHERE = "gone from there; the functions are answered wherever they are called"
_SHOWN = 4


def install_call_stubs(modules: Mapping[str, Callees], *, root: Path | None = None) -> list[str]:
    """Replace every callee of the plan; give those that are not there, as "module: names" and what was found instead.

    Only function objects that are defined under `root` are exchanged: a library's may serve others too.
    """
    found = _Found(root)
    for module_name, callees in modules.items():
        loaded = _loaded(module_name)
        for name, entry in callees.items():
            found.look(Callee(module_name, name, entry["provider"], entry["slot"]), loaded, entry.get("home", ""))
    found.replace()
    return [_told(module, reason, names) for (module, reason), names in found.missing.items()]


@dataclass
class _Found:
    """What is to be replaced: all of it is looked up and read before anything is touched."""

    root: Path | None
    missing: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    names: dict[tuple[int, str], tuple[Any, str, Callable[..., Any], Callee]] = field(default_factory=dict)
    objects: dict[int, tuple[FunctionType, Callee]] = field(default_factory=dict)

    def look(self, callee: Callee, loaded: list[ModuleType], home: str) -> None:
        """Look one callee up in its module and at its home."""
        at_home, failure = _at_home(home)
        places = [place for module in loaded for place in _places(module, callee)]
        if failure and places and not any(_is_called(original, home) for _, _, original in places):
            self._miss(callee, f"{failure}; what stands for it is left as it is")
            return
        if not places:
            self._miss(callee, failure or (_ELSEWHERE if at_home else ""))
        for holder, name, original in places:
            self.names.setdefault((id(holder), name), (holder, name, original, callee))
            self._object(original, callee)
        self._object(at_home, callee)

    def replace(self) -> None:
        """Make all stubs, then put them where they belong."""
        named = [(holder, name, stub_for(original, callee)) for holder, name, original, callee in self.names.values()]
        bound = [
            (function, stub_for(function, replace(callee, bound="object")))
            for function, callee in self.objects.values()
        ]
        for holder, name, stub in named:
            setattr(holder, name, stub)
        for function, stub in bound:
            put_into(function, stub)

    def _miss(self, callee: Callee, reason: str) -> None:
        self.missing.setdefault((callee.module, reason), []).append(callee.name)

    def _object(self, original: object, callee: Callee) -> None:
        if isinstance(original, FunctionType) and self._is_own(original):
            self.objects.setdefault(id(original), (original, callee))

    def _is_own(self, function: FunctionType) -> bool:
        if self.root is None:
            return True
        file = getattr(sys.modules.get(function.__module__), "__file__", None)
        return isinstance(file, str) and "site-packages" not in file and Path(file).is_relative_to(self.root)


def _loaded(name: str) -> list[ModuleType]:
    try:
        module = importlib.import_module(name)
    except Exception:  # noqa: BLE001 - whatever the application's module raises, its callees are missing
        return []
    file = getattr(module, "__file__", None)
    twins = [twin for twin in list(sys.modules.values()) if file and getattr(twin, "__file__", None) == file]
    return twins or [module]


def _places(module: ModuleType, callee: Callee) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    place, _, attribute = callee.name.partition(" as ")[0].rpartition(":")
    holder: Any = module
    try:
        if place:
            holder = importlib.import_module(place)
        *path, last = attribute.split(".")
        for step in path:
            holder = getattr(holder, step)
        original = getattr(holder, last)
    except (AttributeError, ImportError):
        return
    if callable(original) and not getattr(original, "__cutover_stub__", False):
        yield holder, last, original


def _at_home(home: str) -> tuple[object, str]:
    """Give what stands at a home, and why it cannot be had."""
    module, _, attribute = home.partition(":")
    if not module:
        return None, ""
    try:
        return getattr(importlib.import_module(module), attribute), ""
    except Exception as error:  # noqa: BLE001 - whatever the provider's module raises
        return None, f"from {module}: {type(error).__name__}: {error}"


def _is_called(original: object, home: str) -> bool:
    return getattr(original, "__name__", None) == home.rpartition(":")[2]


def _told(module: str, reason: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{module}: {', '.join(names[:_SHOWN])}{more}" + (f" ({reason})" if reason else "")
