"""Where each module global of a file comes from, and which import statements belong to providers.

Example: ``FileImports(source, groups).reference("make_groq_request")``
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.find import ImportedName, ProviderImports, Source, every_statement, inner_nodes


@dataclass(frozen=True)
class Origin:
    """What a dotted path from a module global means: its import group, if it has one, and the name in it."""

    path: str
    module: str
    attribute: str
    group: ProviderImports | None
    name: ImportedName | None


class TopNames(Container[str]):
    """The names that a module's top level binds, worked out when they are first asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def __contains__(self, name: object) -> bool:
        """Whether the module binds this name."""
        return name in self.counts

    @cached_property
    def counts(self) -> Counter[str]:
        """How many statements bind each name."""
        bound: Counter[str] = Counter()
        stack: list[ast.AST] = list(self.source.tree.body)
        while stack:
            node = stack.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bound[node.name] += 1
                continue
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound[node.id] += 1
            stack.extend(inner_nodes(node))
        if b"global" in self.source.data:
            for node in every_statement(self.source.tree):
                if isinstance(node, ast.Global):
                    bound.update(node.names)
        return bound


class FileImports:
    """The import groups of one file, by the global names that they bind."""

    def __init__(self, source: Source, groups: list[ProviderImports]) -> None:
        self.source = source
        self._top = TopNames(source)
        self.groups = [group for group in groups if group.module and self._single(group)]
        self._by_name = {name.local: (group, name) for group in self.groups for name in group.names}

    def origin(self, path: str) -> Origin:
        """The origin of a callee such as ``make_x`` or ``x_client.make``."""
        root, _, rest = path.partition(".")
        group, name = self._by_name.get(root, (None, None))
        if group is None or name is None or (name.attribute == "") != bool(rest):
            return Origin(path, "", path, None, None)
        return Origin(path, name.module, rest or name.attribute, group, name)

    @property
    def module_names(self) -> set[str]:
        """Every name that the module's own top level binds."""
        return set(self._top.counts)

    def _single(self, group: ProviderImports) -> bool:
        """A name that is bound twice is left to the module itself."""
        return all(self._top.counts[name.local] == 1 for name in group.names)


def lazy_origin(path: str) -> Origin:
    """The origin of a name that a branch imports for itself, given as ``module:name``."""
    module, _, attribute = path.partition(":")
    return Origin(path, module, attribute, None, None)


def reference(origin: Origin, module_name: str) -> str:
    """The slot reference of an origin in the grammar of ``cutover_registry``, for an entry with this module."""
    if ":" in origin.path:
        return origin.attribute if origin.module == module_name else origin.path
    if origin.group is None or origin.name is None:
        return f".{origin.path}"
    if origin.name.attribute == "":
        return origin.path if origin.module == module_name else f".{origin.path}"
    where = "" if origin.module == module_name else f"{origin.module}:"
    local = "" if origin.name.local == origin.attribute else f" as {origin.name.local}"
    return f"{where}{origin.attribute}{local}"
