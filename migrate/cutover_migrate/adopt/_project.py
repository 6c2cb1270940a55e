"""The loops of a whole finished tree: files with sites, and files that import a function which holds one.

Example: ``adopt_files({"src/chat.py": source}, registry_module="src.provider_registry", import_root="")``
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from cutover_migrate.adopt._file import FileAdoption, adopt_file
from cutover_migrate.adopt._find import askers_of, site_names
from cutover_migrate.find import Source

Stays = Mapping[str, Collection[tuple[int, str]]]


def adopt_files(
    sources: Mapping[str, Source], *, registry_module: str, import_root: str, refused: Stays | None = None
) -> Iterator[FileAdoption]:
    """Work on every file in which a loop asks a provider; `refused` has loops that stay, by file."""
    askers = {
        _module_of(path, import_root): names
        for path, source in sources.items()
        if site_names(source) and (names := askers_of(source).names)
    }
    for path, source in sources.items():
        handed = frozenset(_handed(source, path, askers, import_root))
        if not handed and not site_names(source):
            continue
        stays = (refused or {}).get(path, ())
        found = adopt_file(source, registry_module=registry_module, askers=handed, refused=stays)
        if found.loops:
            yield found


def asker_names(sources: Mapping[str, Source]) -> frozenset[str]:
    """The names of the functions that hold a site, whatever their module."""
    return frozenset(name for source in sources.values() for name in askers_of(source).names)


def _handed(source: Source, path: str, askers: Mapping[str, frozenset[str]], import_root: str) -> Iterator[str]:
    """The names under which a module has functions of other modules that hold a site."""
    for statement in source.tree.body:
        if isinstance(statement, ast.ImportFrom):
            known = askers.get(_imported(statement, _module_of(path, import_root)), frozenset())
            yield from (alias.asname or alias.name for alias in statement.names if alias.name in known)


def _imported(statement: ast.ImportFrom, module: str) -> str:
    if not statement.level:
        return statement.module or ""
    parts = module.split(".")
    return ".".join([*parts[: len(parts) - statement.level], *([statement.module] if statement.module else [])])


def _module_of(path: str, import_root: str) -> str:
    inside = path.removeprefix(f"{import_root}/") if import_root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
