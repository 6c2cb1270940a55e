"""What a module's top level binds, and how often.

A name can stand for a constant only where one statement of the module's body binds it and nothing else ever does.

Example: ``ModuleNames(source).once("OPENAI")`` gives the statement that binds it, or ``None``
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

from cutover_migrate.find._scope import ANY_NAME, bound_by, own_nodes
from cutover_migrate.find._source import Source, every_node

NAMESPACES = frozenset({"globals", "vars", "locals"})
NAMESPACE_USE = re.compile(r"s\s*\(\s*\)\s*[\[.]")
GLOBAL = re.compile(r"global\b((?:[\w, \t]|\\\r?\n)+)")
WALRUS = ":="
NAME_BEFORE = re.compile(r"(?<!\w)(\w+)[ \t]*\Z")
NAME_AND_SPACE = 100


@dataclass(frozen=True)
class Imported:
    """A name that an import statement binds: the whole module where ``attribute`` is empty."""

    module: str
    level: int
    attribute: str


Binding = ast.Assign | ast.AnnAssign | ast.ClassDef | Imported


class ModuleNames:
    """The names of one module's top level."""

    def __init__(self, source: Source) -> None:
        self._source = source
        module = self._module = source.tree
        self._bindings: dict[str, tuple[Binding, int]] = {}
        self._again: Counter[str] = Counter()
        for statement in module.body:
            for name, binding in bindings_of(statement):
                before, _ = self._bindings.get(name, (None, 0))
                self._again[name] += before == binding and isinstance(binding, Imported)
                self._bindings[name] = (binding, statement.lineno)

    @property
    def is_open(self) -> bool:
        """Whether the module may have names that its text does not show."""
        return self._last_star > 0 or ANY_NAME in self._counts

    def __contains__(self, name: object) -> bool:
        """Whether anything binds the name."""
        return name in self._counts

    def may_bind(self, name: str) -> bool:
        """Whether a statement of the module's body binds the name."""
        return name in self._bindings

    def once(self, name: str) -> Binding | None:
        """The one statement of the module's body that binds the name, with no star import or the like behind it."""
        if name not in self._bindings:
            return None
        binding, line = self._bindings[name]
        alone = self._counts[name] - self._again[name] == 1 and ANY_NAME not in self._counts
        return binding if alone and line > self._last_star else None

    @cached_property
    def _counts(self) -> Counter[str]:
        """How often each name is bound; twice for each place in another scope, which may run at any time."""
        counts = Counter(name for node in own_nodes(self._module) for name in bound_by(node))
        for name in _bound_in_text(self._source) or _bound_inside(self._module):
            counts[name] += 2
        return counts

    @cached_property
    def _last_star(self) -> int:
        stars = [node for node in own_nodes(self._module) if isinstance(node, ast.ImportFrom)]
        return max((node.lineno for node in stars if node.names[0].name == ANY_NAME), default=0)


def bindings_of(statement: ast.stmt) -> list[tuple[str, Binding]]:
    """The names that a statement has bound for certain, once it has run."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [(name, statement)]
        case ast.ClassDef(name=name):
            return [(name, statement)]
        case ast.Import(names=names):
            return [
                (alias.asname, Imported(alias.name, 0, ""))
                if alias.asname
                else (first := alias.name.partition(".")[0], Imported(first, 0, ""))
                for alias in names
            ]
        case ast.ImportFrom(module=module, names=names, level=level):
            return [(alias.asname or alias.name, Imported(module or "", level, alias.name)) for alias in names]
        case _:
            return []


def _bound_in_text(source: Source) -> list[str] | None:
    """The names that code of another scope may bind, as the text shows them; ``None`` where it takes the tree."""
    text = source.data.decode(source.encoding)
    text = text if text.isascii() else normalize("NFKC", text)
    if any(word in text for word in NAMESPACES) and NAMESPACE_USE.search(text):
        return None
    names = [name.strip() for found in GLOBAL.findall(text) for name in found.replace("\\", " ").split(",")]
    place = text.find(WALRUS)
    while place >= 0:
        before = NAME_BEFORE.search(text, max(0, place - NAME_AND_SPACE), place)
        if before is None or before.start() == place - NAME_AND_SPACE:
            return None
        names.append(before.group(1))
        place = text.find(WALRUS, place + 1)
    return [*names, ""]


def _bound_inside(module: ast.Module) -> list[str]:
    return [name for node in every_node(module) for name in _bound_from_inside(node)]


def _bound_from_inside(node: ast.AST) -> list[str]:
    """The module's names that code of another scope may bind: ``global``, ``:=``, ``globals()["X"] = …``."""
    match node:
        case ast.Global(names=names):
            return names
        case ast.NamedExpr(target=ast.Name(id=name)):
            return [name]
        case ast.Subscript(value=ast.Call(func=ast.Name(id=called)), ctx=ast.Store() | ast.Del(), slice=key):
            known = str(key.value) if isinstance(key, ast.Constant) else ANY_NAME
            return [known] if called in NAMESPACES else []
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="globals")), attr="update" | "setdefault")):
            return [ANY_NAME]
        case _:
            return []
