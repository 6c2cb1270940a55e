"""Handlers: branches that were lifted to functions of the module, and the statements that call them.

A handler is a function that the legacy file does not have, named by a slot of a table and used nowhere else. What it
does is proved key by key; here is what is so whatever the key.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._syntax import FUNCTIONS, FunctionNode, ends, identifiers_of, walk
from cutover_migrate.certificate._tables import SiteTable
from cutover_migrate.certificate._template import Unprovable


@dataclass(frozen=True, slots=True)
class Call:
    """`OUT = [await] handler(NAMES)`, `[await] handler(NAMES)` or `return [await] handler(NAMES)`."""

    statement: ast.stmt
    handler: FunctionNode
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    returns: bool
    awaited: bool

    def body(self) -> list[ast.stmt]:
        """Give the handler's body as it stood in the branch: without the line that gives the outputs."""
        body = self.handler.body
        if not self.outputs:
            return body
        match body[-1]:
            case ast.Return(value=value) if _names_of(value, ast.Load) == self.outputs:
                return body[:-1]
        if ends(body) and not any(isinstance(node, ast.Return) for statement in body for node in walk(statement)):
            return body
        given = ", ".join(self.outputs)
        raise Unprovable(f"handler {self.handler.name!r} does not end with `return {given}`", body[-1])


def fresh_functions(new: ast.Module, mentioned: frozenset[str]) -> dict[str, FunctionNode]:
    """Give the functions of the module whose names the legacy file does not mention."""
    functions = (statement for statement in new.body if isinstance(statement, FUNCTIONS))
    return {function.name: function for function in functions if function.name not in mentioned}


def call_of(statement: ast.stmt, handlers: Mapping[str, FunctionNode]) -> Call | None:
    """Read the call of a handler; None where the statement mentions none.

    Raises:
        Unprovable: It does something else with a handler.
    """
    named = [node for node in walk(statement) if isinstance(node, ast.Name) and node.id in handlers]
    if not named:
        return None
    outputs: tuple[str, ...] | None = ()
    match statement:
        case ast.Assign(targets=[target], value=value):
            outputs = _names_of(target, ast.Store)
        case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
            pass
        case _:
            raise Unprovable(f"handler {named[0].id!r} is not called in one of the three forms", statement)
    awaited = isinstance(value, ast.Await)
    call = value.value if isinstance(value, ast.Await) else value
    match call:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in handlers:
            arguments = tuple(arg.id for arg in args if isinstance(arg, ast.Name))
            whole = outputs is not None and len(arguments) == len(args) and len(set(outputs)) == len(outputs)
            if whole and outputs is not None:
                returns = isinstance(statement, ast.Return)
                return Call(statement, handlers[name], arguments, outputs, returns=returns, awaited=awaited)
    raise Unprovable(f"handler {named[0].id!r} is not called with plain names and for plain names", statement)


def _names_of(target: ast.expr | None, context: type[ast.expr_context]) -> tuple[str, ...] | None:
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, context))
    several = isinstance(target, ast.Tuple)
    return names if len(names) == len(parts) and several == (len(parts) > 1) else None


def own_slots(tables: Iterable[SiteTable]) -> frozenset[str]:
    """Give the names that the tables' slots read of the module itself."""
    served = (each for table in tables for each in (*table.served.values(), table.default) if each is not None)
    return frozenset(reference.name for each in served for reference in each.slots.values() if reference.own)


def handler_faults(
    nodes: Sequence[ast.AST], handlers: Mapping[str, FunctionNode], *, slots: frozenset[str], proved: Iterable[str]
) -> Iterator[tuple[int, str]]:
    """Give (line, reason) of what is wrong with the handlers of a module; `nodes` are all of its nodes."""
    if not handlers:
        return
    uses: dict[str, list[int]] = {}
    for node in nodes:
        for name in (each for each in identifiers_of(node) if each in handlers):
            uses.setdefault(name, []).append(getattr(node, "lineno", 1))
    done = set(proved)
    for name, handler in handlers.items():
        yield from ((handler.lineno, reason) for reason in _faults(handler, uses[name], slots, done))


def _faults(handler: FunctionNode, uses: Sequence[int], slots: frozenset[str], proved: set[str]) -> Iterator[str]:
    name = handler.name
    if name not in slots:
        yield f"the legacy file has no function {name!r}, and no slot of the table names it as a handler"
        return
    if handler.decorator_list:
        yield f"handler {name!r} is decorated"
    elif len(uses) > 1:
        at = max(uses) if max(uses) != handler.lineno else min(uses)
        yield f"handler {name!r} is used outside of the table (line {at})"
    elif not _is_plain(handler):
        yield f"handler {name!r} takes more than plain positional names"
    elif name not in proved:
        yield f"handler {name!r} is reached by no key of a site"


def _is_plain(handler: FunctionNode) -> bool:
    taken = handler.args
    others = (*taken.posonlyargs, *taken.kwonlyargs, *taken.defaults, taken.vararg, taken.kwarg)
    notes = (*(arg.annotation for arg in taken.args), handler.returns)
    return not any(other is not None for other in (*others, *notes)) and not getattr(handler, "type_params", [])
