"""Walking a loop's own code: what runs with it, and not what a function or comprehension inside may run later."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

INNER = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def own_nodes(code: ast.AST | Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Give every node that runs with the code; of what runs later, or in a scope of its own, the node alone."""
    pending = [code] if isinstance(code, ast.AST) else list(code)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, INNER):
            pending += ast.iter_child_nodes(node)


def leaving(statements: Iterable[ast.stmt]) -> Iterator[ast.Break | ast.Continue | ast.Return]:
    """Give the break, continue and return statements that leave these statements, loops inside left to themselves."""
    for statement in statements:
        if isinstance(statement, (ast.Break, ast.Continue, ast.Return)):
            yield statement
        elif isinstance(statement, LOOPS):
            yield from (each for each in _below(statement) if isinstance(each, ast.Return))
            yield from leaving(statement.orelse)
        else:
            yield from leaving(_inside(statement))


def runs_out(statements: Sequence[ast.stmt]) -> bool:
    """Tell whether control may come out at the end of the statements."""
    return not statements or not any(_stops(statement) for statement in statements)


def _stops(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If():
            return not runs_out(statement.body) and not runs_out(statement.orelse)
        case ast.With() | ast.AsyncWith():
            return not runs_out(statement.body)
        case ast.Try() | ast.TryStar():
            handlers = all(not runs_out(handler.body) for handler in statement.handlers)
            body = not runs_out(statement.body) or (bool(statement.orelse) and not runs_out(statement.orelse))
            return (bool(statement.finalbody) and not runs_out(statement.finalbody)) or (handlers and body)
        case ast.Match():
            wild = any(_takes_all(case) for case in statement.cases)
            return wild and all(not runs_out(case.body) for case in statement.cases)
        case _:
            return False


def _takes_all(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None


def _inside(statement: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return
    for field in ("body", "orelse", "finalbody"):
        yield from getattr(statement, field, [])
    for holder in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield from holder.body


def _below(statement: ast.stmt) -> Iterator[ast.stmt]:
    for inner in _inside(statement):
        yield inner
        yield from _below(inner)
