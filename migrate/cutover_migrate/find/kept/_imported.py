"""Tables and lists that a file reads from another module of the project: they stay there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._form import KeptForm, number_of, text_of
from cutover_migrate.find.kept._tables import keys_of, reads_of, values_of


def kept_elsewhere(source: Source, modules: ModuleMap) -> Iterator[KeptForm]:
    """Tables and lists of another module of the project that this one reads or goes through."""
    tables = {name for name, _ in reads_of(source.nodes)}
    loops = {
        ast.unparse(node.iter) for node in source.nodes if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension))
    }
    for node in source.tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        base = modules.absolute(source.path, node.module, node.level)
        for alias in node.names:
            for read in sorted(tables | loops):
                root, _, rest = read.partition(".")
                if root == (alias.asname or alias.name):
                    module, name = (f"{base}.{alias.name}", rest) if rest else (base, alias.name)
                    found = _table_in(modules, module, name) if read in tables else _list_in(modules, module, name)
                    kind: Literal["timeouts", "list"] = "timeouts" if read in tables else "list"
                    if found:
                        yield KeptForm(kind, node, found, f"{name} stands in another file, {module}")


def _table_in(modules: ModuleMap, module: str, name: str) -> tuple[str, ...]:
    """The keys of a table of numbers that a module of the project has under this name."""
    value = _value_in(modules, module, name)
    numbers = [number_of(each) for each in values_of(value)] if value is not None else []
    return keys_of(value) if value is not None and numbers and None not in numbers else ()


def _list_in(modules: ModuleMap, module: str, name: str) -> tuple[str, ...]:
    """The texts of a list or tuple that a module of the project has under this name."""
    value = _value_in(modules, module, name)
    texts = [text_of(item) for item in value.elts] if isinstance(value, (ast.List, ast.Tuple)) else []
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _value_in(modules: ModuleMap, module: str, name: str) -> ast.expr | None:
    other = modules.sources.get(modules.path_of(module) or "")
    for node in other.tree.body if other is not None else ():
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ) if target == name:
                return value
    return None
