"""Early binding: a table of function objects, made at import, stands where the template read the slot late."""

import ast
from collections.abc import Iterator

from cutover_cli._plant._calls import slot_calls
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._sources import Splice
from cutover_cli._plant._tree import Place, Tree

_NAME = "CAPTURED"


def early_binding(tree: Tree, place: Place) -> Iterator[Fault]:
    """One slot's functions are captured just behind the line that binds the providers."""
    if tree.config.is_lazy(place.name):
        return
    for slot in dict.fromkeys(call.slot for call in slot_calls(tree, place)):
        if any(_is_own(tree, provider, slot) for provider in tree.config.members(place.name)):
            continue
        name = _fresh(place)
        splices = [_captured(place, name, slot)]
        for read in place.reads((slot,)):
            text = f"({name}.get({place.local}.name) or {place.local}.{slot})"
            splices.append(place.source.replaced(read, text))
        yield Fault(place.source, tuple(splices), f"{slot!r} is captured at import, where it was read at each call")


def _captured(place: Place, name: str, slot: str) -> Splice:
    symbol, newline = place.symbol, place.source.newline
    behind = place.source.starts[place.bound.end_lineno or place.bound.lineno]
    functions = f'{{key: getattr({symbol}.resolve(key), "{slot}", None) for key in {symbol}.keys()}}'
    return Splice(behind, behind, f"{name} = {functions}{newline}")


def _is_own(tree: Tree, provider: str, slot: str) -> bool:
    """Tell whether the module itself defines the function, perhaps further down than the capture."""
    reference = tree.config.reference(provider, slot)
    return reference is None or reference.own


def _fresh(place: Place) -> str:
    used = {node.id for node in ast.walk(place.source.tree) if isinstance(node, ast.Name)}
    name = _NAME
    while name in used:
        name = f"_{name}"
    return name
