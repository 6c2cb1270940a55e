"""Which modules of a project run while another one is being imported, and who else mentions its names.

A module that is imported by what it imports itself is half there when that one runs: a name that moves further down
may not be there yet.

Example: ``early_readers(modules, "src/routes/chat.py")``
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cutover_migrate.errors import MigrateError
from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._source import SKIPPED_FOLDERS, Source, read_source

LARGEST = 1 << 20


def early_readers(modules: ModuleMap, path: str) -> list[Source]:
    """The modules that run while ``path`` is being imported, and import it back."""
    graph = _graph(modules)
    return [source for source in graph.run_by(path) if path in graph.imported_by(source)]


def leads_to(modules: ModuleMap, path: str, targets: set[str]) -> bool:
    """Whether importing ``path`` runs one of the ``targets`` too."""
    source = _graph(modules).source(path)
    return source is not None and not targets.isdisjoint(found.path for found in _graph(modules).run_by(path))


def stars(source: Source, modules: ModuleMap, module: str) -> bool:
    """Whether a file takes every public name of a module."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.names[0].name == "*"
        and modules.absolute(source.path, node.module, node.level) == module
        for node in _eager(source.tree.body)
    )


def takers(modules: ModuleMap, path: str) -> list[Source]:
    """The scanned files that take every public name of a module, new ones too."""
    module, found = modules.name_of(path), modules.sources[path]
    if b"__all__" in found.data:
        return []
    others = [source for source in modules.sources.values() if b"import *" in source.data]
    return [source for source in others if stars(source, modules, module)]


def mentions(modules: ModuleMap, path: str, name: str) -> bool:
    """Whether another Python file of the project has this name in it, and the name of the module that binds it.

    Files that were not scanned are looked through as well, as text.
    """
    stem = modules.name_of(path).rpartition(".")[2]
    words = [re.compile(rb"\b%s\b" % re.escape(word.encode())) for word in (name, stem)]
    others = (source.data for other, source in modules.sources.items() if other != path)
    return any(all(word.search(data) for word in words) for each in (others, _unscanned(modules)) for data in each)


class _Graph:
    """Imports that happen while modules are imported, those in functions left out."""

    def __init__(self, modules: ModuleMap) -> None:
        self._modules = modules
        self._sources: dict[str, Source | None] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._places: dict[str, str | None] = {}

    def source(self, path: str) -> Source | None:
        """A file of the project, whether it was scanned or not; ``None`` if it is none or cannot be read."""
        if path not in self._sources:
            found = self._modules.sources.get(path)
            try:
                self._sources[path] = found or read_source(self._modules.root, path)
            except MigrateError:
                self._sources[path] = None
        return self._sources[path]

    def imported_by(self, source: Source) -> frozenset[str]:
        """The files that a module imports itself, packages on the way included."""
        if source.path not in self._imports:
            names = {name for node in _eager(source.tree.body) for name in self._named(source.path, node)}
            parents = {name[: place.start()] for name in names for place in re.finditer(r"\.", name)}
            found = {self._place(name) for name in names | parents}
            self._imports[source.path] = frozenset(path for path in found if path is not None)
        return self._imports[source.path]

    def run_by(self, path: str) -> list[Source]:
        """Every module that importing ``path`` runs, itself left out."""
        found: dict[str, Source] = {}
        waiting = [path]
        while waiting:
            source = self.source(waiting.pop())
            for each in self.imported_by(source) if source is not None else ():
                other = self.source(each)
                if each != path and each not in found and other is not None:
                    found[each] = other
                    waiting.append(each)
        return list(found.values())

    def _named(self, path: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        base = self._modules.absolute(path, node.module, node.level)
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)

    def _place(self, module: str) -> str | None:
        if module not in self._places:
            self._places[module] = self._modules.path_of(module) if module else None
        return self._places[module]


@lru_cache(maxsize=1)
def _graph(modules: ModuleMap) -> _Graph:
    return _Graph(modules)


@lru_cache(maxsize=1)
def _unscanned(modules: ModuleMap) -> tuple[bytes, ...]:
    """The Python files of the project that were not scanned."""
    return tuple(_read_unscanned(modules))


def _read_unscanned(modules: ModuleMap) -> Iterator[bytes]:
    for folder, folders, files in os.walk(modules.root):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith(".")]
        for name in files:
            file = Path(folder, name)
            if name.endswith(".py") and file.relative_to(modules.root).as_posix() not in modules.sources:
                try:
                    if file.stat().st_size <= LARGEST:
                        yield file.read_bytes()
                except OSError:
                    continue


def _eager(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that run with a module: not those in functions, and none that is for type checkers only."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        elif isinstance(node, ast.If) and for_type_checkers(node.test):
            yield from _eager(node.orelse)
        else:
            for field in ("body", "orelse", "finalbody"):
                yield from _eager(getattr(node, field, []))
            for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                yield from _eager(part.body)


def for_type_checkers(test: ast.expr) -> bool:
    """Whether a test is ``TYPE_CHECKING``."""
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"
