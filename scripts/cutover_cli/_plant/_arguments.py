"""Lost arguments: a keyword, a positional argument or `**rest` no longer reaches the provider's function."""

import ast
from collections.abc import Iterator

from cutover_cli._plant._calls import SlotCall, slot_calls
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._tree import Place, Tree


def lost_argument(tree: Tree, place: Place) -> Iterator[Fault]:
    """An argument that every route gives is left out."""
    for call in slot_calls(tree, place):
        for argument in call.named:
            yield _lost(call, argument)


def lost_rest(tree: Tree, place: Place) -> Iterator[Fault]:
    """`**rest` is left out, which shows only in a route whose request fills it."""
    for call in slot_calls(tree, place):
        for argument in call.rest:
            yield _lost(call, argument)


def _lost(call: SlotCall, argument: ast.expr | ast.keyword) -> Fault:
    source = call.place.source
    what = "keyword" if isinstance(argument, ast.keyword) and argument.arg else "argument"
    sentence = f"the {what} `{_short(source.segment(argument))}` no longer reaches {call.slot!r}"
    return Fault(source, (call.without(argument),), sentence)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:59] + "…"
