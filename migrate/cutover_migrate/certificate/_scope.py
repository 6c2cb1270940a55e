"""What a name means where a site stands: local or global, fresh or used, held or open to change from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.certificate._subjects import subject_name
from cutover_migrate.certificate._syntax import FUNCTIONS, SCOPES, FunctionNode, children, identifiers, walk

_LOOKS_AT_LOCALS = frozenset({"dir", "eval", "exec", "locals", "vars"})
_BINDERS = frozenset(
    {
        *(ast.Name, ast.arg, ast.alias, ast.ExceptHandler, *SCOPES),
        *(ast.MatchAs, ast.MatchStar, ast.MatchMapping),
    }
)
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
    def nodes(self) -> list[ast.AST]:
        """Every node of the innermost scope, inner scopes included."""
        return walk(self.owner)

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every identifier of the innermost scope, inner scopes included."""
        return frozenset(identifiers(self.nodes))

    @cached_property
    def shadowed(self) -> frozenset[str]:
        """Names that are bound somewhere in the functions around, so that a read here may be no global read."""
        outermost = next((owner for owner in self.owners if isinstance(owner, FUNCTIONS)), None)
        if outermost is None:
            return frozenset()
        return frozenset(bound_anywhere(self.nodes if outermost is self.owner else walk(outermost)))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Parameters of the innermost function that are bound for as long as it runs."""
        if not isinstance(self.owner, FUNCTIONS):
            return frozenset()
        taken = self.owner.args
        names = {arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
        inside = self.nodes
        unsure = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
        unsure |= {n.name or "" for n in inside if isinstance(n, ast.ExceptHandler)}
        return frozenset(names - unsure)

    def sees_locals(self, first: ast.stmt | None) -> bool:
        """Tell whether the innermost scope may look at its local names once it has come to the statement.

        What is called in front of it, with no loop that leads back and not by an inner function, is over by then.
        """
        if not _LOOKS_AT_LOCALS & self.mentioned:
            return False
        if first is None:
            return True
        inner = (node for node in self.nodes[1:] if isinstance(node, SCOPES))
        late = {id(node) for scope in inner for node in walk(scope)}
        over = {id(n.func) for n in self.nodes if isinstance(n, ast.Call) and id(n) not in late}
        looks = [node for node in self.nodes if isinstance(node, ast.Name) and node.id in _LOOKS_AT_LOCALS]
        spelled = sum(1 for name in identifiers(self.nodes) if name in _LOOKS_AT_LOCALS)
        loops = (node for node in self.nodes if isinstance(node, ast.For | ast.AsyncFor | ast.While))
        looped = any(loop.lineno <= first.lineno <= (loop.end_lineno or 0) for loop in loops)
        before = all(id(node) in over and node.lineno < first.lineno for node in looks)
        return looped or not before or spelled != len(looks)

    def holds(self, subject: ast.expr) -> bool:
        """Tell whether only statements of the innermost function can change the subject: calls cannot."""
        return subject_name(subject) in self._held

    @cached_property
    def _held(self) -> frozenset[str]:
        if not isinstance(self.owner, FUNCTIONS):
            return frozenset()
        declared = (node.names for node in self.nodes if isinstance(node, ast.Global | ast.Nonlocal))
        return own_of(self.owner).names - {name for names in declared for name in names}


def bound_anywhere(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Give the names that a tree's nodes bind in any of its scopes (a function's own name is not bound inside it)."""
    for node in nodes:
        if node is not nodes[0] or not isinstance(node, SCOPES):
            yield from bound_by(node)


def bound_by(node: ast.AST) -> Iterable[str]:
    """Give the names that one node binds itself."""
    if type(node) not in _BINDERS:
        return ()
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Own:
    """What a function has for itself: its local names, parameters too, and whether calling it makes a generator."""

    names: frozenset[str]
    yields: bool


def own_of(function: FunctionNode) -> Own:
    """Look at a function without what its inner scopes have."""
    found: set[str] = set()
    declared: set[str] = set()
    yields = False
    for node in _own_nodes(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            declared.update(node.names)
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            yields = True
        else:
            found.update(bound_by(node))
    return Own(frozenset(found - declared), yields)


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Walk the function without inner functions and classes, and without a comprehension's own variables."""
    pending = children(function)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _COMPREHENSIONS):
            inside = walk(node)
            yield from (part for part in inside if isinstance(part, ast.Yield | ast.YieldFrom))
            yield from (part.target for part in inside if isinstance(part, ast.NamedExpr))
        elif not isinstance(node, SCOPES):
            pending += children(node)
