"""Loads the application of an arm inside its worker, and tells what kind it is."""

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from cutover_parity.clock._determinism import freeze_later_module


class FreshLoader(SourceFileLoader):
    """Compiles from source every time: byte code left beside an edited file is neither believed nor written."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module's source."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; its dates stand still if it comes late."""
        super().exec_module(module)
        freeze_later_module(module)


def load_app(spec: str, *, root: Path, paths: Sequence[str] = (".",)) -> Any:
    """Lead the module search path into the tree, then import the application."""
    search_in(root, paths)
    return import_app(spec)


def search_in(root: Path, paths: Sequence[str]) -> None:
    """Find modules in these folders of the tree first, always compiled anew."""
    sys.path_hooks.insert(0, _fresh_under(root))
    sys.path_importer_cache.clear()
    sys.path[:0] = [str((root / path).resolve()) for path in paths]


def import_app(spec: str) -> Any:
    """Import `module:attribute`, or call the factory of `module:factory()`."""
    module_name, _, attribute = spec.partition(":")
    is_factory = attribute.endswith("()")
    found: Any = importlib.import_module(module_name)
    for name in (attribute or "app").removesuffix("()").split("."):
        found = getattr(found, name)
    app = found() if is_factory else found
    if not callable(app):
        raise TypeError(f"{spec} is a {type(app).__name__}, not an ASGI or WSGI application")
    return app


def is_asgi(app: Any) -> bool:
    """Whether an application is an ASGI one: it, or its call, is a coroutine function, or takes three arguments."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
        return True
    try:
        inspect.signature(app).bind(None, None, None)
    except (TypeError, ValueError):
        return False
    return True


def _fresh_under(root: Path) -> Callable[[str], FileFinder]:
    make = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), (FreshLoader, [".py"]))

    def hook(path: str) -> Any:
        if "site-packages" in path or not Path(path or ".").resolve().is_relative_to(root):
            raise ImportError(f"{path} is not in the arm's tree")
        return make(path)

    return hook
