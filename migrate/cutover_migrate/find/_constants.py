"""Constants and enum members read as the texts that they stand for; nothing is imported or executed.

A name is followed through the imports of the tree (files beside the scanned ones included) to one text literal:

- ``NAME = "text"`` at a module's top level, bound by nothing else
- a member ``X = "text"`` of ``class P(str, Enum)`` or ``StrEnum``
- ``P.X.value`` of any enum

A member of an enum that does not compare as a text is :class:`NotText` with the code ``enum-not-text``.

Example: ``Constants(modules, sources).text_of("chat.py", node)`` for ``Provider.OPENAI`` gives ``"openai"``
"""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from cutover_migrate.errors import BadInput, NotPython
from cutover_migrate.find._chains import Resolver
from cutover_migrate.find._enums import (
    BUILTIN_BASES,
    STANDARD_BASES,
    Base,
    EnumKind,
    class_kind,
    enum_kind,
    member_value,
)
from cutover_migrate.find._modules import ModuleMap
from cutover_migrate.find._names import Imported, ModuleNames, bindings_of
from cutover_migrate.find._scope import FunctionNodes, bound_by, bound_names, own_nodes
from cutover_migrate.find._source import Source, read_source

FILES_KEPT = 64
REPLACES_ITSELF = b"sys.modules[__name__]"


Lookups = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Constant:
    """The text that an expression stands for, and the files (project paths) that this answer rests on."""

    text: str
    definitions: frozenset[str]


@dataclass(frozen=True)
class NotText:
    """An expression that stands for no known text; ``code`` is one of the ledger's."""

    code: str


@dataclass(frozen=True)
class _Module:
    name: str


@dataclass(frozen=True)
class _Class:
    path: str
    node: ast.ClassDef


@dataclass(frozen=True)
class _Member:
    kind: EnumKind
    value: ast.expr


@dataclass(frozen=True)
class _Literal:
    value: object


@dataclass(frozen=True)
class _Standard:
    """A class of Python itself, such as ``enum.Enum``."""

    base: Base


_Value = _Module | _Class | _Member | _Literal | _Standard | None


class Constants:
    """Reads the constants of one tree. ``definitions`` are the files that all answers so far rest on."""

    def __init__(self, modules: ModuleMap, sources: Mapping[str, Source]) -> None:
        self.modules = modules
        self.definitions: set[str] = set()
        self._sources = sources
        self._files: OrderedDict[str, tuple[ModuleNames | None, str]] = OrderedDict()
        self._asked: dict[str, str | None] = {}
        self._read: dict[str, str] = {}
        self._at_hand: Source | None = None

    def watch(self, source: Source) -> None:
        """Begin to note what is looked up for one file, which is at hand."""
        self._asked, self._read, self._at_hand = {}, {}, source

    def watched(self) -> tuple[Lookups, tuple[tuple[str, str], ...]]:
        """What was looked up since: modules with their files, and the digests of the other files that were read."""
        at_hand, self._at_hand = self._at_hand, None
        read = {path: digest for path, digest in self._read.items() if at_hand is None or path != at_hand.path}
        if at_hand is not None:
            self._files.pop(at_hand.path, None)
        return tuple(sorted(self._asked.items())), tuple(sorted(read.items()))

    def path_of(self, module: str) -> str | None:
        """The file of a module of the tree."""
        path = self._asked[module] = self.modules.path_of(module)
        return path

    def text_of(self, path: str, node: ast.expr, *, scopes: tuple[ast.AST, ...] = ()) -> str | None:
        """The text that an expression of the file ``path`` stands for, ``None`` where that is not known."""
        found = self.meaning_of(path, node, scopes=scopes)
        return found.text if isinstance(found, Constant) else None

    def meaning_of(self, path: str, node: ast.expr, *, scopes: tuple[ast.AST, ...] = ()) -> Constant | NotText:
        """The same with the files that it rests on, or why not; ``scopes`` are those around the expression."""
        walk = _Walk(self)
        match walk.expression(path, node, scopes):
            case _Literal(value=str() as text) | _Member(kind="text", value=ast.Constant(value=str() as text)):
                self.definitions |= walk.trail
                return Constant(text, frozenset(walk.trail))
            case _Member(kind="other"):
                return NotText("enum-not-text")
            case _Literal():
                return NotText("key-not-text")
            case _:
                return NotText("key-not-literal")

    def is_key(self, path: str) -> Resolver:
        """Tells, for expressions of one file, whether they stand for a constant or an enum member, whatever it is."""

        def told(node: ast.expr, scopes: tuple[ast.AST, ...]) -> bool:
            if not self._may_be_key(path, node, scopes):
                return False
            return self.meaning_of(path, node, scopes=scopes) != NotText("key-not-literal")

        return told

    def _may_be_key(self, path: str, node: ast.expr, scopes: tuple[ast.AST, ...]) -> bool:
        """Whether the first name of a path is one that the module binds, or that a function around imports."""
        while isinstance(node, ast.Attribute):
            node = node.value
        names = self.names(path)
        if not isinstance(node, ast.Name) or names is None:
            return False
        return names.may_bind(node.id) or any(_imports_itself(scope, node.id) for scope in scopes)

    def data_of(self, path: str) -> bytes:
        """The bytes of a file that an answer rests on."""
        source = self._sources.get(path)
        return source.data if source is not None else read_source(self.modules.root, path).data

    def names(self, path: str) -> ModuleNames | None:
        """The names of a file; ``None`` where it cannot be read, or puts another object in its own place."""
        if path not in self._files:
            self._files[path] = self._names(path)
            while len(self._files) > FILES_KEPT:
                self._files.popitem(last=False)
        self._files.move_to_end(path)
        names, self._read[path] = self._files[path]
        return names

    def _names(self, path: str) -> tuple[ModuleNames | None, str]:
        digest = ""
        try:
            source = self._source(path)
            digest = source.digest
            return None if REPLACES_ITSELF in source.data else ModuleNames(source), digest
        except (BadInput, NotPython):
            return None, digest

    def _source(self, path: str) -> Source:
        if self._at_hand is not None and self._at_hand.path == path:
            return self._at_hand
        return self._sources.get(path) or read_source(self.modules.root, path)


class _Walk:
    """One question; ``trail`` collects the files that were read for its answer."""

    def __init__(self, constants: Constants) -> None:
        self.trail: set[str] = set()
        self._constants = constants
        self._modules = constants.modules
        self._asking: set[tuple[str, str]] = set()

    def expression(self, path: str, node: ast.expr, scopes: tuple[ast.AST, ...] = ()) -> _Value:
        """What a name or a dotted path of a file stands for."""
        if isinstance(node, ast.Name):
            owner = _owner(node.id, scopes)
            return self._name(path, node.id) if owner is None else self._local(path, node, owner)
        if isinstance(node, ast.Attribute):
            return self._attribute(self.expression(path, node.value, scopes), node.attr)
        return None

    def _local(self, path: str, node: ast.Name, owner: ast.AST) -> _Value:
        """A name that a function imports itself, by one statement directly in its body and above the read."""
        if not isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        if not _imports_itself(owner, node.id):
            return None
        times = sum(bound_by(inner).count(node.id) for inner in own_nodes(owner))
        above = [statement for statement in owner.body if statement.lineno < node.lineno]
        found = [binding for statement in above for name, binding in bindings_of(statement) if name == node.id]
        self.trail.add(path)
        match found:
            case [Imported() as imported] if times == 1:
                return self._imported(path, imported)
            case _:
                return None

    def _name(self, path: str, name: str) -> _Value:
        """What a module's own name stands for."""
        names = self._constants.names(path)
        if names is None or (path, name) in self._asking:
            return None
        self._asking.add((path, name))
        self.trail.add(path)
        value = self._bound(path, name, names)
        self._asking.remove((path, name))
        return value

    def _bound(self, path: str, name: str, names: ModuleNames) -> _Value:
        match names.once(name):
            case ast.Assign(value=ast.Constant(value=value)) | ast.AnnAssign(value=ast.Constant(value=value)):
                return _Literal(value)
            case ast.ClassDef() as node:
                return _Class(path, node)
            case Imported() as imported:
                return self._imported(path, imported)
            case _:
                builtin = BUILTIN_BASES.get(name)
                return _Standard(builtin) if builtin and name not in names and not names.is_open else None

    def _imported(self, path: str, imported: Imported) -> _Value:
        module = self._modules.absolute(path, imported.module, imported.level)
        return self._of_module(module, imported.attribute) if imported.attribute else _Module(module)

    def _attribute(self, value: _Value, attribute: str) -> _Value:
        match value:
            case _Module(name=module):
                return self._of_module(module, attribute)
            case _Class(path=path, node=node):
                kind = enum_kind(self._kind(path, node))
                member = member_value(node, attribute)
                return _Member(kind, member) if kind is not None and member is not None else None
            case _Member(value=ast.Constant(value=inner)) if attribute == "value":
                return _Literal(inner)
            case _:
                return None

    def _of_module(self, module: str, attribute: str) -> _Value:
        """A name that a module's file binds, or a module inside it; nothing where it may be the one or the other."""
        path = self._constants.path_of(module)
        inner = _Module(f"{module}.{attribute}")
        is_module = self._constants.path_of(inner.name) is not None
        if path is None:
            standard = STANDARD_BASES.get(inner.name)
            return inner if is_module else _Standard(standard) if standard else None
        names = self._constants.names(path)
        if is_module and names is not None and attribute not in names and not names.is_open:
            self.trail.add(path)
            return inner
        value = self._name(path, attribute)
        return value if not is_module or value == inner else None

    def _kind(self, path: str, node: ast.ClassDef) -> Base | None:
        """What a class is to its members and to the classes below it."""
        return class_kind(node, lambda base: self._base(path, base))

    def _base(self, path: str, base: ast.expr) -> Base | None:
        match self.expression(path, base):
            case _Standard() as standard:
                return standard.base
            case _Class(path=home, node=node) if (home, node.name) not in self._asking:
                self._asking.add((home, node.name))
                kind = self._kind(home, node)
                self._asking.remove((home, node.name))
                return kind
            case _:
                return None


def _imports_itself(scope: ast.AST, name: str) -> bool:
    """Whether a function imports a name by a statement directly in its body."""
    body = scope.body if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
    imports = (statement for statement in body if isinstance(statement, (ast.Import, ast.ImportFrom)))
    return any(bound == name for statement in imports for bound, _ in bindings_of(statement))


def _owner(name: str, scopes: tuple[ast.AST, ...]) -> ast.AST | None:
    """The function around an expression that binds the name itself (or the class that the expression runs in)."""
    inner = scopes[-1:]
    around = [scope for scope in scopes if isinstance(scope, FunctionNodes) or scope in inner]
    return next((scope for scope in reversed(around) if name in bound_names(scope)), None)
