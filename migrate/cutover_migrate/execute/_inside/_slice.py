"""A function from its site on: the way there is made free, so that a site is reached whatever stands before it.

On the way to the site each statement before it gives way to recorders for the names that it binds (literals, imports
and inner functions stay); of an `if` only the branch with the site is left, of a loop its body, `try` and `with` stay.
"""

from __future__ import annotations

import ast

from cutover_migrate.execute._inside._bindings import evaluated
from cutover_migrate.execute._inside._places import Block, blocks, inner_of

LOCAL = "__cutover_local__"
ERROR = "__cutover_error__"
Names = frozenset[str]
ALWAYS_KEPT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal)
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.MatchAs, ast.MatchStar)
KEPT = (ast.Import, ast.ImportFrom, *ALWAYS_KEPT)


def sliced(statements: list[ast.stmt], mark: ast.stmt, varied: Names) -> list[ast.stmt]:
    """The statements from ``mark`` on, with what is needed before them; ``varied`` names are always recorders."""
    for index, statement in enumerate(statements):
        if statement is mark:
            return [*_replaced(statements[:index], varied), *statements[index:]]
        if _holds(statement, mark):
            rest = statements[index + 1 :]
            return [*_replaced(statements[:index], varied), *_narrowed(statement, mark, varied), *rest]
    return statements


def varied_names(statements: list[ast.stmt], mark: ast.stmt) -> Names:
    """The names that something else than a plain literal, import or definition binds on the way to ``mark``."""
    found: set[str] = set()
    for statement in statements:
        if statement is mark:
            break
        if _holds(statement, mark):
            _, inner = _block_of(statement, mark)
            found |= varied_names(inner, mark)
            break
        if not isinstance(statement, KEPT) and not _is_literal(statement):
            found.update(_stored(statement))
    return frozenset(found)


def _replaced(statements: list[ast.stmt], varied: Names) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for statement in statements:
        plain = isinstance(statement, ALWAYS_KEPT) or varied.isdisjoint(_stored(statement))
        if plain and (isinstance(statement, KEPT) or _is_literal(statement)):
            found.append(statement)
        else:
            found += map(_local, dict.fromkeys(_stored(statement)))
            found += [inner for inner in _scope(statement) if isinstance(inner, ast.Global | ast.Nonlocal)]
    return found


def _holds(statement: ast.stmt, mark: ast.stmt) -> bool:
    return any(inner is mark for inner in ast.walk(statement))


def _block_of(statement: ast.stmt, mark: ast.stmt) -> tuple[Block, list[ast.stmt]]:
    return next(found for found in blocks(statement) if any(_holds(each, mark) for each in found[1]))


def _narrowed(statement: ast.stmt, mark: ast.stmt, varied: Names) -> list[ast.stmt]:
    block, inner = _block_of(statement, mark)
    body = sliced(inner, mark, varied)
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.With() | ast.AsyncWith():
            inner_of(statement, block)[:] = body
            return [statement]
        case ast.For() | ast.AsyncFor() if block[0] == "body":
            statement.iter = _call(LOCAL, f"the values for {ast.unparse(statement.target)}")
            statement.body = body
            return [statement]
        case ast.While() if block[0] == "body":
            loop = ast.parse("for __cutover_round__ in (0, 1): pass").body[0]
            assert isinstance(loop, ast.For)
            loop.body, loop.orelse = body, statement.orelse
            return [loop]
        case ast.Try() | ast.TryStar() if block[0] == "body":
            statement.body = body
            return [statement]
        case ast.Try() | ast.TryStar() if block[0] == "handlers":
            handler = statement.handlers[block[1]]
            caught = ast.ExceptHandler(ast.Name("BaseException", ast.Load()), handler.name, body)
            raised = ast.Raise(_call(ERROR, "caught"), None)
            return [ast.Try([raised], [caught], [], statement.finalbody)]
        case ast.Match():
            return [*map(_local, dict.fromkeys(_stored(statement.cases[block[1]].pattern))), *body]
    return body


def _is_literal(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    try:
        evaluated(statement.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _stored(node: ast.AST) -> list[str]:
    found: list[str] = []
    for inner in _scope(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            found.append(inner.id)
        elif isinstance(inner, ast.alias):
            found.append((inner.asname or inner.name).partition(".")[0])
        elif isinstance(inner, NAMED) and inner.name:
            found.append(inner.name)
    return found


def _scope(node: ast.AST) -> list[ast.AST]:
    """The nodes of one scope: inner functions and comprehensions are not entered."""
    found: list[ast.AST] = []
    todo = [node]
    while todo:
        found.append(todo.pop())
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp)
        if not isinstance(found[-1], (*inner, ast.DictComp, ast.GeneratorExp)):
            todo.extend(ast.iter_child_nodes(found[-1]))
    return found


def _local(name: str) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], _call(LOCAL, name))


def _call(helper: str, what: str) -> ast.Call:
    return ast.Call(ast.Name(helper, ast.Load()), [ast.Constant(what)], [])
