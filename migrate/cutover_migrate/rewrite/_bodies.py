"""What a body of a branch is made of: its own statements, what it binds, waits for, and what ties it to its function.

Example: ``next(scope_bound(branch.body, in_class=False), None)``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.find import COMPREHENSIONS, FunctionNodes, bound_by, every_node, inner_nodes
from cutover_migrate.rewrite._mentions import mentions, parameters

LOOPS = (ast.For, ast.AsyncFor, ast.While)
SCOPES = (*FunctionNodes, ast.ClassDef)
FRAME_CALLS = frozenset({"locals", "vars", "dir", "eval", "exec", "globals", "super"})
FRAMES = frozenset({"_getframe", "currentframe", "getouterframes", "f_back"})
WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)


def scope_bound(body: Sequence[ast.stmt], *, in_class: bool) -> Iterator[tuple[str, int]]:
    """Constructs whose meaning depends on the function that they stand in."""
    for node in own_statements(body, loops=True):
        if isinstance(node, (ast.Break, ast.Continue)):
            yield "leaves-loop", node.lineno
    for node in body_nodes(body):
        line = getattr(node, "lineno", body[0].lineno)
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            yield "yields", line
        elif _knows_its_scope(node):
            yield "scope-bound", line
        if in_class and any(map(is_private, _identifiers(node))):
            yield "private-name", line
    if any(map(_stops_iteration, body_nodes(body))) and waits(body):
        yield "scope-bound", body[0].lineno


def own_statements(body: Sequence[ast.stmt], *, loops: bool = False) -> Iterator[ast.AST]:
    """The nodes of a body without those of inner scopes; with ``loops``, without what inner loops may stop."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, SCOPES):
            continue
        if loops and isinstance(node, LOOPS):
            stack += node.orelse
            continue
        stack += inner_nodes(node)


def mentioned_beside(function: ast.AST, moved: set[int]) -> tuple[set[str], set[str]]:
    """The names that a function mentions, and those that it binds, outside of some nodes."""
    named: set[str] = set()
    bound: set[str] = set()
    stack: list[ast.AST] = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if id(node) in moved:
            continue
        if isinstance(node, (*SCOPES, *COMPREHENSIONS)):
            found = mentions(node)
            named |= found.every
            bound |= found.binds
            continue
        named |= {node.id} if isinstance(node, ast.Name) else set()
        bound |= set(bound_by(node))
        stack += ast.iter_child_nodes(node)
    return named, bound


def function_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function; of an inner scope, the scope alone."""
    stack: list[ast.AST] = list(inner_nodes(function))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*SCOPES, ast.GeneratorExp)):
            stack += inner_nodes(node)


def in_source_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in inner_nodes(node):
        yield from in_source_order(child)


def times_bound(function: ast.AST, name: str) -> int:
    """How many places of a function bind a name; in a loop, one place counts twice."""
    count = int(name in parameters(function))
    for node in function_nodes(function):
        if isinstance(node, ast.stmt) and name in binds_here(node):
            count += 1
        if isinstance(node, ast.ExceptHandler):
            count += 2 * (node.name == name or name in mentions(node.type).binds)
        if isinstance(node, ast.match_case) and name in mentions(node.pattern, node.guard).binds:
            count += 1
    looped = any(isinstance(node, LOOPS) and name in mentions(node).binds for node in function_nodes(function))
    return count + looped


def binds_here(statement: ast.stmt) -> set[str]:
    if isinstance(statement, (ast.If, ast.While, ast.Try, ast.Match, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor)):
        headers = [
            child for child in inner_nodes(statement)
            if not isinstance(child, (ast.stmt, ast.match_case, ast.excepthandler))
        ]  # fmt: skip
        return mentions(*headers).binds
    found = mentions(statement)
    return found.binds | found.deleted


def body_nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from every_node(statement)


def waits(body: Sequence[ast.stmt]) -> bool:
    for node in own_statements(body):
        if isinstance(node, WAITING) or (isinstance(node, ast.comprehension) and node.is_async):
            return True
    return False


def waits_at_once(function: ast.AST) -> bool:
    """Whether defining a function awaits, in a default or a decorator."""
    parts = [function.args, *getattr(function, "decorator_list", [])]  # type: ignore[attr-defined]
    return any(isinstance(node, ast.Await) for part in parts for node in every_node(part))


def mention_line(body: Sequence[ast.stmt], name: str) -> int | None:
    lines = [
        node.lineno
        for statement in body
        for node in every_node(statement)
        if isinstance(node, ast.Name) and node.id == name
    ]
    return min(lines, default=None)


def is_private(name: str) -> bool:
    """Whether Python mangles the name inside a class."""
    return name.startswith("__") and not name.endswith("__")


def _knows_its_scope(node: ast.AST) -> bool:
    """Whether a node means something else in another function."""
    match node:
        case ast.ClassDef() | ast.Attribute(value=ast.Name(id="inspect"), attr="stack"):
            return True
        case ast.stmt() if type(node).__name__ == "TypeAlias" or getattr(node, "type_params", []):
            return True
        case ast.Name(id=name) if name in FRAME_CALLS or name in {"__class__", "__builtins__"}:
            return True
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in FRAMES:
            return True
        case ast.JoinedStr():
            return _shows_layout(node)
        case _:
            return False


def _stops_iteration(node: ast.AST) -> bool:
    """Whether a node may raise StopIteration itself, which no coroutine lets out."""
    match node:
        case ast.Call(func=ast.Name(id="next"), args=[_]):
            return True
        case ast.Name(id="StopIteration"):
            return True
        case _:
            return False


def _shows_layout(node: ast.JoinedStr) -> bool:
    """Whether an f-string over several lines prints the source of a field (``{x=}``), white space included."""
    texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
    return node.lineno != node.end_lineno and any(str(text).rstrip().endswith("=") for text in texts)


def _identifiers(node: ast.AST) -> Iterator[str]:
    """The names that one node spells itself."""
    for field in ("id", "attr", "arg", "name", "asname", "rest"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
