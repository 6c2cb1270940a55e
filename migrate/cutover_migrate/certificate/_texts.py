"""Keys that are spelled as constants: module-level texts and members of text enums, looked up in the source.

`P.NEAR`, `settings.NEAR` and `NEAR` are followed through the imports of the file into the project's files, which are
parsed and never run. What is bound more than once, under a condition, or to anything but a text is no key.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cutover_migrate.certificate._axioms import CONSTANT_STAYS, ENUM_TEXT, Axiom
from cutover_migrate.certificate._enums import EnumText, enum_text
from cutover_migrate.certificate._names import own_nodes
from cutover_migrate.certificate._scope import bound_by
from cutover_migrate.certificate._syntax import walk

TextOf: TypeAlias = Callable[[ast.expr], str | None]
_MAX_HOPS = 12


def no_text(_: ast.expr) -> str | None:
    """Know no constant."""
    return None


@dataclass(frozen=True)
class _Module:
    """One parsed file and what its top level binds."""

    path: str
    dotted: str
    tree: ast.Module

    @cached_property
    def bindings(self) -> Mapping[str, list[ast.AST]]:
        found: dict[str, list[ast.AST]] = {}
        for node in own_nodes(self.tree.body):
            for name in bound_by(node):
                found.setdefault(name, []).append(node)
        for node in walk(self.tree):
            if isinstance(node, ast.Global):
                for name in node.names:
                    found.setdefault(name, []).append(node)
        return found

    @cached_property
    def statements(self) -> Mapping[str, ast.stmt]:
        """The statements of the top level that bind a name, by name: for good, as nothing else binds it."""
        if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in own_nodes(self.tree.body)):
            return {}
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            for name in _bound_plainly(statement):
                found.setdefault(name, []).append(statement)
        return {
            name: said[0]
            for name, said in found.items()
            if len(self.bindings.get(name, ())) == len(said) and len({_said(name, each) for each in said}) == 1
        }

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")


@dataclass(frozen=True, slots=True)
class _Class:
    module: _Module
    node: ast.ClassDef


@dataclass(frozen=True, slots=True)
class _Package:
    dotted: str


_Found: TypeAlias = str | _Class | _Package | EnumText | None


class Definitions:
    """The project's files in which constants are defined, parsed when they are asked for."""

    def __init__(self, files: Mapping[str, bytes], *, import_root: str = "") -> None:
        self._files = files
        self._root = f"{import_root}/" if import_root else ""
        self._modules: dict[str, _Module | None] = {}
        self.read: set[str] = set()

    def module(self, dotted: str) -> _Module | None:
        """Give a module of the project; None where there is none, or two."""
        if dotted not in self._modules:
            stem = self._root + dotted.replace(".", "/")
            paths = [path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in self._files]
            self._modules[dotted] = self._parsed(dotted, paths[0]) if len(paths) == 1 else None
        return self._modules[dotted]

    def _parsed(self, dotted: str, path: str) -> _Module | None:
        self.read.add(path)
        try:
            return _Module(path, dotted, ast.parse(self._files[path]))
        except (SyntaxError, ValueError, RecursionError):
            return None

    def holds(self, dotted: str) -> bool:
        """Tell whether a dotted name is a module or a folder of the project."""
        folder = f"{self._root}{dotted.replace('.', '/')}/"
        return self.module(dotted) is not None or any(path.startswith(folder) for path in self._files)


class Texts:
    """Looks constants up as one file sees them, and notes what that takes for granted."""

    def __init__(self, path: str, dotted: str, tree: ast.Module, definitions: Definitions) -> None:
        self._module = _Module(path, dotted.removesuffix(".__init__"), tree)
        self._definitions = definitions
        self._known: dict[str, str | None] = {}
        self.axioms: set[Axiom] = set()

    def reader(self, shadowed: frozenset[str]) -> TextOf:
        """Give the look-up for a place in which some names are local."""

        def text_of(node: ast.expr) -> str | None:
            dotted = _dotted(node)
            if not dotted or dotted[0] in shadowed:
                return None
            name = ".".join(dotted)
            if name not in self._known:
                self._known[name] = self._text(dotted)
            return self._known[name]

        return text_of

    def _text(self, dotted: list[str]) -> str | None:
        found = self._name(self._module, dotted[0], _MAX_HOPS)
        for attribute in dotted[1:]:
            found = self._attribute(found, attribute)
        if isinstance(found, EnumText) and found.equal:
            self.axioms.add(ENUM_TEXT)
            return found.text
        if isinstance(found, str):
            self.axioms.add(CONSTANT_STAYS)
            return found
        return None

    def _attribute(self, owner: _Found, name: str) -> _Found:
        if isinstance(owner, _Package):
            return self._member(owner.dotted, name, _MAX_HOPS)
        if isinstance(owner, _Class):
            return enum_text(owner.node, name, owner.module.statements)
        return owner.text if isinstance(owner, EnumText) and name == "value" else None

    def _member(self, dotted: str, name: str, hops: int) -> _Found:
        """Give what an attribute of a module is: one of its own names, or else a module below it."""
        module = self._definitions.module(dotted)
        below = f"{dotted}.{name}"
        bound = module is not None and name in module.bindings
        if self._definitions.holds(below):
            return None if bound else _Package(below)
        return self._name(module, name, hops) if module is not None else None

    def _name(self, module: _Module, name: str, hops: int) -> _Found:
        statement = module.statements.get(name)
        match statement:
            case ast.Assign(value=ast.Constant(value=str(text))) | ast.AnnAssign(value=ast.Constant(value=str(text))):
                return text
            case ast.ClassDef():
                return _Class(module, statement)
            case ast.Import(names=aliases):
                alias = next(each for each in aliases if name in bound_by(each))
                return _Package(alias.name if alias.asname else name)
            case ast.ImportFrom() if hops:
                alias = next(each for each in statement.names if name in bound_by(each))
                return self._member(_source(module, statement), alias.name, hops - 1)
            case _:
                return None


def _said(name: str, statement: ast.stmt) -> str:
    """Give what a statement binds a name to: the same import may be said twice, anything else is its own."""
    if not isinstance(statement, ast.ImportFrom):
        return f"line {statement.lineno}"
    taken = [alias.name for alias in statement.names if (alias.asname or alias.name) == name]
    return f"{'.' * statement.level}{statement.module}: {taken}"


def _bound_plainly(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [name for alias in aliases for name in bound_by(alias)]
        case _:
            return []


def _source(module: _Module, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    parts = module.dotted.split(".")
    kept = parts[: len(parts) - statement.level + module.is_package]
    return ".".join([*kept, *([statement.module] if statement.module else [])])


def _dotted(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return [*before, node.attr] if before else []
    return [node.id] if isinstance(node, ast.Name) else []
