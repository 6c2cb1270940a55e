"""The code around the chains: provider imports, timeout tables, provider lists, alias fixes.

Everything is found by shape. An import form is one of

- ``from m import a, b as c``
- ``import m as x`` and ``from pkg import x`` (the module itself is the name)
- ``_x = helper("x", ["a", "b"])`` with ``a = _x.get("a")`` or ``_x["a"]``: a safe-import helper

Example: ``find_blocks(source, modules)``
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from cutover_migrate.find._cycles import early_readers, mentions, stars
from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._source import Source

Form = Literal["from", "module", "helper"]
Number = int | float


@dataclass(frozen=True)
class ImportedName:
    """A module global that an import statement binds: ``local`` is ``attribute`` of ``module`` ("" for the module)."""

    local: str
    module: str
    attribute: str


@dataclass(frozen=True)
class ProviderImports:
    """The statements that bring in the names of one module, in one form; ``obstacle`` says why they have to stay."""

    form: Form
    module: str
    names: tuple[ImportedName, ...]
    statements: tuple[ast.stmt, ...]
    helper: str = ""
    argument: str = ""
    temporary: str = ""
    obstacle: str = ""


@dataclass(frozen=True)
class Block:
    """A table, list or alias fix that belongs to the providers."""

    kind: Literal["timeouts", "list", "alias"]
    node: ast.stmt | ast.expr
    names: tuple[str, ...]
    values: tuple[Number | str, ...] = ()
    target: str = ""
    default: Number | None = None
    function: str = ""


def find_blocks(source: Source, modules: ModuleMap) -> tuple[list[ProviderImports], list[Block]]:
    """Every import, table, list and alias fix of a file that could belong to its providers."""
    found = [*_plain_imports(source, modules), *_helper_imports(source, modules)]
    readers = early_readers(modules, source.path) if found else []
    imports = [replace(group, obstacle=_obstacle(group, source, modules, readers)) for group in found]
    return imports, [*_timeouts(source), *_named_lists(source), *_lists_and_aliases(source.tree.body, ())]


def _obstacle(group: ProviderImports, source: Source, modules: ModuleMap, readers: list[Source]) -> str:
    """Why other files need the statements where they are, if they do."""
    names = re.compile(rb"\b(%s)\b" % b"|".join(re.escape(name.local.encode()) for name in group.names))
    own = modules.name_of(source.path)
    for reader in readers:
        if names.search(reader.data) or stars(reader, modules, own):
            return f"{reader.path} is imported with this file, and could read a name before the registry binds it"
    if group.temporary and mentions(modules, source.path, group.temporary):
        return f"another file mentions {group.temporary}, which would be gone"
    return ""


def _plain_imports(source: Source, modules: ModuleMap) -> Iterator[ProviderImports]:
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name != "*":
            base = modules.absolute(source.path, node.module, node.level)
            names = tuple(ImportedName(alias.asname or alias.name, base, alias.name) for alias in node.names)
            inner = [f"{base}.{name.attribute}" for name in names]
            if all(modules.path_of(module) is not None for module in inner):
                names = tuple(ImportedName(name.local, f"{base}.{name.attribute}", "") for name in names)
                yield ProviderImports("module", inner[0], names, (node,))
            else:
                yield ProviderImports("from", base, names, (node,))
        elif isinstance(node, ast.Import):
            found = tuple(
                ImportedName(alias.asname or alias.name, alias.name, "")
                for alias in node.names
                if alias.asname or "." not in alias.name
            )
            if len(found) == len(node.names):
                yield ProviderImports("module", found[0].module, found, (node,))


def _helper_imports(source: Source, modules: ModuleMap) -> Iterator[ProviderImports]:
    groups: dict[str, tuple[ast.Assign, str, str, list[str]]] = {}
    reads: dict[str, list[tuple[ast.Assign, str, str]]] = {}
    for node in source.tree.body:
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        target = node.targets[0].id
        call = _helper_call(node.value)
        if call is not None:
            groups[target] = (node, *call)
            continue
        read = _keyed_read(node.value)
        if read is not None and read[0] in groups:
            reads.setdefault(read[0], []).append((node, target, read[1]))
    for temporary, (node, helper, argument, wanted) in groups.items():
        bound = reads.get(temporary, [])
        if not bound:
            continue
        module = _helper_module(source, helper, argument, wanted, modules)
        names = tuple(ImportedName(local, module, attribute) for _, local, attribute in bound)
        yield ProviderImports(
            "helper", module, names, (node, *(statement for statement, _, _ in bound)), helper, argument, temporary
        )


def _helper_call(value: ast.expr) -> tuple[str, str, list[str]] | None:
    if not (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and len(value.args) == 2 and not value.keywords
    ):
        return None
    first, second = value.args
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return None
    names = _texts(second)
    return (value.func.id, first.value, names) if names else None


def _keyed_read(value: ast.expr) -> tuple[str, str] | None:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        base, arguments = value.func.value, value.args
        if len(arguments) != 1 or value.keywords:
            return None
        key = arguments[0]
    elif isinstance(value, ast.Subscript):
        base, key = value.value, value.slice
    else:
        return None
    if isinstance(base, ast.Name) and isinstance(key, ast.Constant) and isinstance(key.value, str):
        return base.id, key.value
    return None


def _helper_module(source: Source, helper: str, argument: str, wanted: list[str], modules: ModuleMap) -> str:
    """The module that a safe-import helper reads, told by where its names are defined."""
    homes = [set(modules.defines(name)) for name in wanted]
    common = set.intersection(*homes) if homes else set()
    if len(common) == 1:
        return common.pop()
    written = [module for module in _written_modules(source, helper, argument) if modules.path_of(module)]
    return written[0] if written else ""


def _written_modules(source: Source, helper: str, argument: str) -> Iterator[str]:
    yield argument
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == helper and node.args.args:
            parameter = node.args.args[0].arg
            for inner in ast.walk(node):
                if isinstance(inner, ast.JoinedStr):
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else argument
                        for part in inner.values
                        if isinstance(part, ast.Constant)
                        or (isinstance(part, ast.FormattedValue) and ast.unparse(part.value) == parameter)
                    )


def _timeouts(source: Source) -> Iterator[Block]:
    module = source.tree
    reads = dict(_table_reads(source.nodes))
    constants = {
        node.targets[0].id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for node in module.body:
        target = _single_target(node)
        value = getattr(node, "value", None)
        if target is None or not isinstance(value, ast.Dict) or target not in reads or not value.keys:
            continue
        keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
        numbers = [item.value if isinstance(item, ast.Constant) else None for item in value.values]
        if all(isinstance(key, str) for key in keys) and all(_is_seconds(number) for number in numbers):
            fallback = reads[target]
            default = fallback.value if isinstance(fallback, ast.Constant) else constants.get(_name(fallback))
            if _is_number(default) and not _is_seconds(default):
                continue
            yield Block(
                "timeouts", node, tuple(map(str, keys)), tuple(numbers), target,  # type: ignore[arg-type]
                default if _is_number(default) else None,  # type: ignore[arg-type]
            )  # fmt: skip


def _table_reads(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, default]):
                yield name, default


def _named_lists(source: Source) -> Iterator[Block]:
    """Module-level lists and tuples of texts that a loop goes through by name."""
    loops = [node.iter for node in source.nodes if isinstance(node, ast.For)]
    looped = {each.id for each in loops if isinstance(each, ast.Name)}
    for node in source.tree.body:
        target = _single_target(node)
        value = getattr(node, "value", None)
        texts = _texts(value) if isinstance(value, ast.expr) else None
        if target in looped and isinstance(value, ast.expr) and texts and len(texts) > 1:
            yield Block("list", value, tuple(texts), (), target or "")


def _lists_and_aliases(body: list[ast.stmt], names: tuple[str, ...]) -> Iterator[Block]:
    for node in body:
        inner = (
            (*names, node.name) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else names
        )
        if isinstance(node, (ast.For, ast.AsyncFor)):
            texts = _texts(node.iter)
            if texts and len(texts) > 1:
                yield Block("list", node.iter, tuple(texts), function=".".join(inner))
        if isinstance(node, ast.If) and names:
            alias = _alias(node)
            if alias is not None:
                yield Block("alias", node, alias[1:], (), alias[0], function=".".join(inner))
        for below in _bodies(node):
            yield from _lists_and_aliases(below, inner)


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists directly inside a statement; an ``elif`` is not a statement of its own."""
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        match body:
            case [ast.If() as below] if field == "orelse" and below.col_offset == node.col_offset:
                yield from _bodies(below)
            case [*statements]:
                yield statements
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _alias(node: ast.If) -> tuple[str, str, str] | None:
    """``if p == "hug": p = "huggingface"`` as (subject, alias, name)."""
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id=subject), ops=[ast.Eq()], comparators=[ast.Constant(value=str() as alias)]
            ),
            body=[ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str() as name))],
            orelse=[],
        ) if subject == target:
            return subject, alias, name
        case _:
            return None


def _texts(node: ast.expr) -> list[str] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    values = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
    return [str(value) for value in values] if all(isinstance(value, str) for value in values) else None


def _single_target(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_seconds(value: object) -> bool:
    """Whether an entry can have this number as its timeout."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
