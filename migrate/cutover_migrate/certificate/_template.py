"""Filling a template: the registry code after `provider_config = SITE.resolve(subject)`, written out for one key.

Slots become the global reads that they stand for, values become constants, `getattr` of a value becomes the attribute.
Whatever else is done with the resolved provider (handed on, stored, captured by code that runs later) is unprovable.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cutover_migrate.certificate._axioms import LAZY_IMPORT, SLOT_READ, VALUE_READ, Axiom
from cutover_migrate.certificate._references import Reference
from cutover_migrate.certificate._syntax import copied, identifiers, walk
from cutover_migrate.certificate._tables import Served

_NodeT = TypeVar("_NodeT", bound=ast.AST)
_IMPORTED = "import "
_CONSTANTS = (str, bytes, int, float, bool, type(None))


class Unprovable(Exception):
    """The code at one key cannot be written out; `reason` says why."""

    def __init__(self, reason: str, node: ast.AST | None = None) -> None:
        self.reason = reason
        self.node = node
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Holes:
    """What the holes of one template mean at one key.

    `local` is the name of the resolved provider; `shadowed` are names that are no global reads in the template's place.
    """

    served: Served
    local: str
    shadowed: frozenset[str]


def fill(template: Sequence[_NodeT], holes: Holes) -> tuple[list[_NodeT], frozenset[Axiom]]:
    """Write the template out; gives the code and the axioms that it leans on."""
    filler = _Filler(holes)
    return [filler.visit(copied(node)) for node in template], frozenset(filler.axioms)


class _Filler(ast.NodeTransformer):
    def __init__(self, holes: Holes) -> None:
        self.holes = holes
        self.axioms: set[Axiom] = set()

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Lambda | ast.GeneratorExp | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self._later(node)
        if isinstance(node, ast.Attribute) and self._is_provider(node.value):
            return ast.copy_location(self._hole(node), node)
        if self._is_provider(node):
            raise Unprovable("the resolved provider itself is used, where only its slots and values may be", node)
        if isinstance(node, ast.Name) and node.id == self.holes.local:
            raise Unprovable(f"{node.id!r} is assigned again inside its template", node)
        return self.generic_visit(node)

    def _is_provider(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.holes.local and isinstance(node.ctx, ast.Load)

    def _later(self, node: ast.AST) -> ast.AST:
        inside = any(self._is_provider(part) for part in walk(node)) or self.holes.local in set(identifiers(node))
        if inside:
            raise Unprovable("a function or generator captures the resolved provider, and may read it later", node)
        return node

    def _hole(self, node: ast.Attribute) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            raise Unprovable("an attribute of the resolved provider is assigned", node)
        served = self.holes.served
        if node.attr in served.slots:
            return self._slot(served.slots[node.attr], node)
        if node.attr in served.values:
            self.axioms.add(VALUE_READ)
            return _constant(served.values[node.attr], node)
        raise Unprovable(
            f"provider {served.provider!r} has neither a slot nor a value {node.attr!r} at this site", node
        )

    def _slot(self, reference: Reference, node: ast.Attribute) -> ast.expr:
        self.axioms.add(SLOT_READ)
        if self.holes.served.lazy:
            self.axioms.add(LAZY_IMPORT)
            return imported_read(reference.imported)
        if reference.name in self.holes.shadowed:
            raise Unprovable(f"{reference.name!r} is a local name here, and a slot reads the module's global", node)
        return reference.expression()


def imported_read(dotted: str) -> ast.expr:
    """Give the stand-in for a read of what a lazy import names; no source text can spell it."""
    return ast.Name(_IMPORTED + dotted, ast.Load())


def _constant(value: Any, node: ast.AST) -> ast.expr:
    parts = value if isinstance(value, tuple) else (value,)
    finite = all(not isinstance(part, float) or math.isfinite(part) for part in parts)
    if not finite or not all(isinstance(part, _CONSTANTS) for part in parts):
        raise Unprovable("a value that is no constant would be shared, where the legacy literal is made anew", node)
    return ast.parse(repr(value), mode="eval").body


class _Normal(ast.NodeTransformer):
    """Two spellings of one program become one: `getattr` of a literal name, and constants inside an f-string."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id.startswith(_IMPORTED):
            return ast.copy_location(imported_read(f"{node.value.id.removeprefix(_IMPORTED)}.{node.attr}"), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[base, ast.Constant(value=str(name))], keywords=[]):
                if name.isidentifier() and not name.startswith("__"):
                    return ast.copy_location(ast.Attribute(base, name, ast.Load()), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        values: list[ast.expr] = []
        for part in node.values:
            text = _text_of(part)
            if text is None:
                values.append(part)
            elif values and isinstance(values[-1], ast.Constant):
                values[-1] = ast.copy_location(ast.Constant(str(values[-1].value) + text), part)
            elif text:
                values.append(ast.copy_location(ast.Constant(text), part))
        return ast.copy_location(ast.JoinedStr(values), node)


def _text_of(part: ast.expr) -> str | None:
    match part:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=ast.Constant(value=str(text)), conversion=-1, format_spec=None):
            return text
        case _:
            return None


def normal(code: Sequence[_NodeT]) -> list[_NodeT]:
    """Give the code in its normal form."""
    return [_Normal().visit(copied(node)) for node in code]
