"""Exceptions: swallowed, answered with a second call, or replaced by one of another kind."""

import ast
from collections.abc import Iterator, Sequence

from cutover_cli._plant._blocks import Block, block_of
from cutover_cli._plant._calls import can_fail
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._tree import Place, Tree

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def swallowed_exception(tree: Tree, place: Place) -> Iterator[Fault]:
    """The template leaves None where a provider's error came up."""
    block = _failing(tree, place)
    if block is None or _is_swallowed_already(place):
        return
    left = _left(place.template)
    yield Fault(place.source, (block.tried(block.inside(left)),), f"an exception of the template ends in `{left}`")


def wrong_failover(tree: Tree, place: Place) -> Iterator[Fault]:
    """The template is run once more when it raises: for the same provider, or for another one."""
    block = _failing(tree, place)
    if block is None:
        return
    yield Fault(place.source, (block.tried(block.moved),), "the template calls the same provider again when it raises")
    for provider in tree.config.members(place.name):
        resolve = block.inside(f'{place.local} = {place.symbol}.resolve("{provider}")')
        yield Fault(
            place.source, (block.tried(resolve, block.moved),), f"the template calls {provider!r} when it raises"
        )


def other_exception(tree: Tree, place: Place) -> Iterator[Fault]:
    """The template raises another kind, which shows only where the application tells kinds apart."""
    block = _failing(tree, place)
    if block is not None:
        raising = block.inside("raise RuntimeError(str(error)) from error")
        yield Fault(
            place.source, (block.tried(raising, error="error"),), "the template raises RuntimeError whatever went wrong"
        )


def _failing(tree: Tree, place: Place) -> Block | None:
    return block_of(place.source, place.template) if can_fail(tree, place) else None


def _left(template: Sequence[ast.stmt]) -> str:
    nodes = [node for statement in template for node in _own(statement)]
    if any(isinstance(node, ast.Return) for node in nodes):
        return "return None"
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return " = ".join([*dict.fromkeys(stored), "None"]) if stored else "pass"


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """Walk a statement without the scopes inside it."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop(0)
        yield node
        if not isinstance(node, _SCOPES) and not hasattr(node, "generators"):
            stack.extend(ast.iter_child_nodes(node))


def _is_swallowed_already(place: Place) -> bool:
    """Tell whether a handler around the site does nothing but leave None."""
    node: ast.AST = place.resolve
    while node in place.source.parents and not isinstance(node, _SCOPES):
        inside, node = node, place.source.parents[node]
        handlers = node.handlers if isinstance(node, ast.Try) and inside in node.body else []
        if any(all(_is_quiet(part) for part in handler.body) for handler in handlers):
            return True
    return False


def _is_quiet(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr() | ast.Continue() | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Assign(value=ast.Constant(value=None)):
            return True
        case _:
            return False
