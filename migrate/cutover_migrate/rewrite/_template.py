"""TEMPLATE: branches that are one program with holes.

Anti-unification of branch bodies. Two bodies fit when they differ only in places that can be read from a table: a
module global (or a dotted path from one), a constant, or the attribute name of an equal base. The largest set of
branches that fit becomes the template; the others are kept as they are.

Example: ``find_template(chain, local_names(chain.scopes))``
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cutover_migrate.find import Branch, FunctionNodes
from cutover_migrate.rewrite._bodies import is_private

HoleKind = Literal["slot", "lazy", "value", "attribute"]
LAZY_SCOPES = (*FunctionNodes, ast.ClassDef, ast.GeneratorExp)
Absolute = Callable[[str | None, int], str]
Constant = str | bytes | int | float | complex | bool | None


@dataclass(frozen=True)
class Hole:
    """One place of the template that differs between branches.

    ``nodes`` holds the expression of each branch; ``values`` what the table has to hold: the dotted path of a slot, the
    ``module:name`` that the branch imports for itself, a constant, or an attribute name. ``context`` proposes a name
    (the keyword or target that the value is given to).
    """

    kind: HoleKind
    nodes: tuple[ast.expr, ...]
    values: tuple[Constant, ...]
    context: str = ""

    @property
    def vector(self) -> tuple[str, ...]:
        """Equal for holes that the same table column can fill."""
        return (self.kind, *(f"{type(value).__name__}:{value!r}" for value in self.values))


@dataclass(frozen=True)
class Differs:
    """Two bodies do not fit; ``line`` is where the second one departs."""

    reason: str
    line: int


@dataclass(frozen=True)
class Template:
    """The branches that fit, their holes in evaluation order of the source, and why each other branch does not."""

    members: tuple[Branch, ...]
    holes: tuple[Hole, ...]
    odd: tuple[tuple[Branch, Differs], ...]
    imports: int = 0

    @property
    def body(self) -> list[ast.stmt]:
        """The statements that stay: the first member's, its own ``imports`` left out where slots stand for them."""
        return self.members[0].body[self.imports :]


def find_template(branches: Sequence[Branch], local: set[str], absolute: Absolute | None = None) -> Template:
    """Group the branches that are one program with holes; the largest group is the template.

    With ``absolute``, which makes a module's name absolute, the imports that the branches begin with become holes.
    """
    groups: list[list[Branch]] = []
    for branch in branches:
        for group in groups:
            if isinstance(unify([group[0].body, branch.body], local, absolute), tuple):
                group.append(branch)
                break
        else:
            groups.append([branch])
    best = max(groups, key=len)
    holes = unify([branch.body for branch in best], local, absolute)
    if isinstance(holes, Differs):
        best = best[:1]
        holes = ()
    chosen = {id(branch) for branch in best}
    odd = tuple(
        (branch, _difference(best[0], branch, local, absolute)) for branch in branches if id(branch) not in chosen
    )
    return Template(tuple(best), holes, odd, imports=len(own_imports(best[0].body)) if absolute else 0)


def unify(
    bodies: Sequence[list[ast.stmt]], local: set[str], absolute: Absolute | None = None
) -> tuple[Hole, ...] | Differs:
    """Anti-unify bodies: the holes, or the first difference that cannot be one."""
    origins = [_origins(body, absolute) if absolute is not None else {} for body in bodies]
    walker = _Walker(local, origins)
    rests = [body[len(own_imports(body)) :] if absolute is not None else body for body in bodies]
    try:
        walker.lists(rests, "")
    except _Mismatch as mismatch:
        return Differs(mismatch.reason, mismatch.line)
    if absolute is not None and not _each_is_read(origins, walker.holes):
        return Differs("bodies-differ", bodies[-1][0].lineno)
    return tuple(walker.holes)


def own_imports(body: Sequence[ast.stmt]) -> list[ast.ImportFrom]:
    """The imports of single names that a body begins with."""
    found: list[ast.ImportFrom] = []
    for statement in body:
        if not isinstance(statement, ast.ImportFrom) or any(alias.name == "*" for alias in statement.names):
            break
        found.append(statement)
    return found


def _origins(body: Sequence[ast.stmt], absolute: Absolute) -> dict[str, str]:
    """What each name that a body imports for itself stands for, as ``module:name``."""
    return {
        alias.asname or alias.name: f"{absolute(statement.module, statement.level)}:{alias.name}"
        for statement in own_imports(body)
        for alias in statement.names
    }


def _each_is_read(origins: Sequence[dict[str, str]], holes: Sequence[Hole]) -> bool:
    """Whether slots stand for all that the bodies import, and for nothing else."""
    lazy = [hole for hole in holes if hole.kind == "lazy"]
    if not lazy or any(hole.kind == "slot" for hole in holes):
        return False
    read = [{str(hole.values[number]) for hole in lazy} for number in range(len(origins))]
    return all(set(each.values()) == found for each, found in zip(origins, read, strict=True))


def _difference(first: Branch, other: Branch, local: set[str], absolute: Absolute | None) -> Differs:
    found = unify([first.body, other.body], local, absolute)
    return found if isinstance(found, Differs) else Differs("bodies-differ", other.body[0].lineno)


class _Mismatch(Exception):
    def __init__(self, reason: str, line: int) -> None:
        self.reason = reason
        self.line = line
        super().__init__(reason)


class _Walker:
    """Walks several bodies in step and collects the places where they differ."""

    def __init__(self, local: set[str], origins: Sequence[Mapping[str, str]]) -> None:
        self.local = local
        self.origins = origins
        self.holes: list[Hole] = []
        self.line = 1
        self.lazy = 0
        self.fixed = 0

    def lists(self, lists: Sequence[Sequence[ast.AST]], context: str) -> None:
        if len({len(items) for items in lists}) != 1:
            longest = max(lists, key=len)
            line = getattr(longest[-1], "lineno", self.line) if longest else self.line
            raise _Mismatch("bodies-differ", line)
        for nodes in zip(*lists, strict=True):
            self.nodes(nodes, context)

    def nodes(self, nodes: Sequence[ast.AST], context: str) -> None:
        self.line = getattr(nodes[-1], "lineno", self.line)
        if all(isinstance(node, ast.expr) for node in nodes) and self._hole(nodes, context):  # type: ignore[arg-type]
            return
        if len({type(node) for node in nodes}) != 1:
            raise _Mismatch("bodies-differ", self.line)
        inside_lazy = isinstance(nodes[0], LAZY_SCOPES)
        inside_fixed = isinstance(nodes[0], (ast.JoinedStr, ast.pattern))
        self.lazy += inside_lazy
        self.fixed += inside_fixed
        for field in nodes[0]._fields:
            self._field(nodes, field, context)
        self.lazy -= inside_lazy
        self.fixed -= inside_fixed

    def _field(self, nodes: Sequence[ast.AST], field: str, context: str) -> None:
        values = [getattr(node, field) for node in nodes]
        first = values[0]
        if all(isinstance(value, ast.AST) for value in values):
            self.nodes(values, _context(nodes[0], field, context))
        elif all(isinstance(value, list) for value in values):
            if all(isinstance(item, ast.AST) for value in values for item in value):
                self.lists(values, _context(nodes[0], field, context))
            elif any(value != first for value in values):
                raise _Mismatch("bodies-differ", self.line)
        elif any(type(value) is not type(first) or value != first for value in values):
            raise _Mismatch("bodies-differ", self.line)

    def _hole(self, nodes: Sequence[ast.expr], context: str) -> bool:
        """Record a hole if the expressions differ and a table can hold the difference."""
        imported = [self._imported(number, node) for number, node in enumerate(nodes)]
        if any(imported):
            return self._lazy(nodes, imported, context)
        constants = [node.value for node in nodes if isinstance(node, ast.Constant) and node.value is not Ellipsis]
        if len(constants) == len(nodes):
            return self._constant(nodes, constants, context)
        paths = [_dotted(node) for node in nodes]
        plain = [path for path in paths if path is not None]
        if len(plain) != len(nodes) or len(set(plain)) == 1:
            return self._attribute(nodes, context)
        if any(not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) for node in nodes):
            raise _Mismatch("different-outputs", self.line)
        if any(is_private(part) for path in plain for part in path.split(".")):
            raise _Mismatch("private-name", self.line)
        if any(path.split(".")[0] in self.local for path in plain):
            return self._attribute(nodes, context) or self._reject("local-differs")
        self._add("slot", nodes, plain, context)
        return True

    def _imported(self, number: int, node: ast.expr) -> str:
        return self.origins[number].get(node.id, "") if isinstance(node, ast.Name) else ""

    def _lazy(self, nodes: Sequence[ast.expr], imported: Sequence[str], context: str) -> bool:
        """Record a hole for names that each body imports for itself."""
        loaded = all(isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) for node in nodes)
        if not loaded or not all(imported):
            raise _Mismatch("bodies-differ", self.line)
        self._add("lazy", nodes, imported, context)
        return True

    def _constant(self, nodes: Sequence[ast.expr], values: list[Constant], context: str) -> bool:
        first = values[0]
        if all(type(value) is type(first) and value == first and repr(value) == repr(first) for value in values):
            return True
        if any(isinstance(value, float) and not math.isfinite(value) for value in values):
            raise _Mismatch("literal-in-place", self.line)
        if self.fixed or any(not isinstance(value, (str, bytes, int, float, type(None))) for value in values):
            raise _Mismatch("literal-in-place", self.line)
        self._add("value", nodes, values, context)
        return True

    def _attribute(self, nodes: Sequence[ast.expr], context: str) -> bool:
        attributes = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
        if len(attributes) != len(nodes) or len({node.attr for node in attributes}) == 1:
            return False
        if len({ast.dump(node.value) for node in attributes}) != 1:
            return False
        if any(is_private(node.attr) for node in attributes):
            raise _Mismatch("private-name", self.line)
        self._add("attribute", nodes, [node.attr for node in attributes], context)
        return True

    def _reject(self, reason: str) -> bool:
        raise _Mismatch(reason, self.line)

    def _add(self, kind: HoleKind, nodes: Sequence[ast.expr], values: Sequence[Constant], context: str) -> None:
        if self.lazy:
            raise _Mismatch("hole-in-closure", self.line)
        self.holes.append(Hole(kind, tuple(nodes), tuple(values), context))


def _context(node: ast.AST, field: str, context: str) -> str:
    """The name that an expression is given to: a keyword, an assignment's target, a dict key."""
    if isinstance(node, ast.keyword) and node.arg:
        return node.arg
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and field == "value":
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            return str(target.slice.value)
        return target.id if isinstance(target, ast.Name) else getattr(target, "attr", context)
    return "" if isinstance(node, (ast.Call, ast.stmt)) and field == "func" else context


def _dotted(node: ast.expr) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None
