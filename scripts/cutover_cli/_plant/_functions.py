"""Wrong functions: a callee of another provider or of another slot, and two entries that have each other's."""

from collections.abc import Iterator
from itertools import combinations

from cutover_cli._plant._calls import slot_calls
from cutover_cli._plant._config import absolute_reference
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._sources import Splice
from cutover_cli._plant._tree import Place, Tree


def wrong_callee(tree: Tree, place: Place) -> Iterator[Fault]:
    """An entry names another provider's function, or the template reads another slot."""
    called = tuple(dict.fromkeys(call.slot for call in slot_calls(tree, place)))
    for slot in called:
        for provider in tree.served(place):
            yield from _borrowed(tree, place, provider=provider, slot=slot)
    for call in slot_calls(tree, place):
        for other in called:
            if _always_other(tree, place, call.slot, other):
                read = next(read for read in place.reads((call.slot,)) if place.source.parents[read] is call.node)
                splice = place.source.replaced(read, f"{place.local}.{other}")
                yield Fault(place.source, (splice,), f"the template calls {other!r} where it called {call.slot!r}")


def swapped_branches(tree: Tree, place: Place) -> Iterator[Fault]:
    """Two entries have each other's functions."""
    slots = tree.slots(place)
    for one, other in combinations(tree.config.members(place.name), 2):
        if any(_differ(tree, place, (one, slot), (other, slot)) for slot in slots):
            splices = (*_given(tree, one, other, slots), *_given(tree, other, one, slots))
            sentence = f"the entries of {one!r} and {other!r} have each other's {', '.join(slots)}"
            yield Fault(tree.config.source, splices, sentence)


def _borrowed(tree: Tree, place: Place, *, provider: str, slot: str) -> Iterator[Fault]:
    for other in tree.served(place):
        if _differ(tree, place, (provider, slot), (other, slot)):
            sentence = f"the entry of {provider!r} has the {slot!r} of {other!r}"
            yield Fault(tree.config.source, tuple(_given(tree, provider, other, (slot,))), sentence)


def _given(tree: Tree, provider: str, other: str, slots: tuple[str, ...]) -> Iterator[Splice]:
    references = {slot: tree.config.reference(other, slot) for slot in slots}
    texts = {slot: absolute_reference(found) for slot, found in references.items() if found is not None}
    yield from tree.config.with_slots(provider, texts)


def _always_other(tree: Tree, place: Place, slot: str, other: str) -> bool:
    pairs = [((provider, slot), (provider, other)) for provider in tree.served(place)]
    return slot != other and any(_differ(tree, place, *pair) for pair in pairs)


def _differ(tree: Tree, place: Place, one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell whether two slots lead to two different provider functions of the module."""
    first, second = tree.config.callee(*one), tree.config.callee(*other)
    known = tree.callees[place.source.path]
    return first != second and first in known and second in known
