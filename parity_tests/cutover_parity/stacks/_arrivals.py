"""Waits for client libraries that an application imports later than the harness starts.

A library that is not installed costs nothing, and one that is not used is never imported on its account: the stack
is put in place right behind the import, before the importing module goes on.
"""

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def on_arrival(arrived: dict[str, Callable[[], None]]) -> Iterator[None]:
    """Call each function once its module is there: now, or right behind its import while this is open."""
    waiting = {name: call for name, call in arrived.items() if name not in sys.modules}
    for name in arrived.keys() - waiting.keys():
        arrived[name]()
    finder = _Finder(waiting)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        waiting.clear()
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, waiting: dict[str, Callable[[], None]]) -> None:
        self._waiting = waiting

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._waiting:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._waiting)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, waiting: dict[str, Callable[[], None]]) -> None:
        self._loader, self._waiting = loader, waiting

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        call = self._waiting.pop(module.__name__, None)
        if call is not None:
            call()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
