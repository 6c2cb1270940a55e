"""What a name means where a site stands: local or global, fresh or used, held or open to change from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.certificate._syntax import FUNCTIONS, SCOPES, FunctionNode, identifiers

_LOOKS_AT_LOCALS = frozenset({"dir", "eval", "exec", "locals", "vars"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Scope:
    """The legacy scopes around a statement, module first."""

    owners: tuple[ast.AST, ...]

    def within(self, owner: ast.AST) -> Scope:
        """Give the scope inside one more function or class."""
        return Scope((*self.owners, owner))

    @property
    def owner(self) -> ast.AST:
        """The innermost scope."""
        return self.owners[-1]

    @property
    def is_module(self) -> bool:
        """Whether statements here run when the module is imported."""
        return isinstance(self.owner, ast.Module)

    @property
    def is_class(self) -> bool:
        """Whether names bound here become attributes of a class."""
        return isinstance(self.owner, ast.ClassDef)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every identifier of the innermost scope, inner scopes included."""
        return frozenset(identifiers(self.owner))

    @cached_property
    def shadowed(self) -> frozenset[str]:
        """Names that are bound somewhere in the functions around, so that a read here may be no global read."""
        functions = [owner for owner in self.owners if isinstance(owner, FUNCTIONS)]
        return frozenset(name for function in functions for name in bound_anywhere(function))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Parameters of the innermost function that are bound for as long as it runs."""
        if not isinstance(self.owner, FUNCTIONS):
            return frozenset()
        taken = self.owner.args
        names = {arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
        unsure = {n.id for n in ast.walk(self.owner) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
        unsure |= {n.name or "" for n in ast.walk(self.owner) if isinstance(n, ast.ExceptHandler)}
        return frozenset(names - unsure)

    @property
    def sees_locals(self) -> bool:
        """Whether the innermost scope may look at its local names other than by reading them."""
        return bool(_LOOKS_AT_LOCALS & self.mentioned)

    def holds(self, subject: ast.expr) -> bool:
        """Tell whether only statements of the innermost function can change the subject: calls cannot."""
        return isinstance(subject, ast.Name) and subject.id in self._held

    @cached_property
    def _held(self) -> frozenset[str]:
        if not isinstance(self.owner, FUNCTIONS):
            return frozenset()
        declared = (node.names for node in ast.walk(self.owner) if isinstance(node, ast.Global | ast.Nonlocal))
        return own_names(self.owner) - {name for names in declared for name in names}


def bound_anywhere(tree: ast.AST) -> Iterator[str]:
    """Give the names that the tree binds in any of its scopes (a function's own name is not bound inside it)."""
    for node in ast.walk(tree):
        if node is not tree or not isinstance(node, SCOPES):
            yield from bound_by(node)


def bound_by(node: ast.AST) -> Iterator[str]:
    """Give the names that one node binds itself."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass


def own_names(function: FunctionNode) -> frozenset[str]:
    """Give the names that are local to the function, its parameters included."""
    found: set[str] = set()
    declared: set[str] = set()
    for node in _own_nodes(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            declared.update(node.names)
        else:
            found.update(bound_by(node))
    return frozenset(found - declared)


def yields(function: FunctionNode) -> bool:
    """Tell whether calling the function makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Walk the function without inner functions and classes, and without a comprehension's own variables."""
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _COMPREHENSIONS):
            inside = list(ast.walk(node))
            yield from (part for part in inside if isinstance(part, ast.Yield | ast.YieldFrom))
            yield from (part.target for part in inside if isinstance(part, ast.NamedExpr))
        elif not isinstance(node, SCOPES):
            pending.extend(ast.iter_child_nodes(node))
