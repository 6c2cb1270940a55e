"""Wrong sets: an entry that joins a site whose chain did not serve it, and another default arm."""

import ast
from collections.abc import Iterator

from cutover_cli._plant._fault import Fault
from cutover_cli._plant._tree import Place, Tree


def widened_set(tree: Tree, place: Place) -> Iterator[Fault]:
    """An entry's `sites` gets a site that sent this provider to its default arm."""
    config, known = tree.config, tree.callees[place.source.path]
    outside = set(config.entries) - {*config.members(place.name), *config.tables["SITES"][place.name].get("kept", ())}
    default = config.default(place.name)
    for provider in (name for name in config.entries if name in outside and name != default):
        sites = config.entries[provider].get("sites")
        callees = [config.callee(provider, slot) for slot in tree.slots(place)]
        if sites is None or not config.fills(provider, place.name) or not all(callee in known for callee in callees):
            continue
        if default is None or callees != [config.callee(default, slot) for slot in tree.slots(place)]:
            splices = config.with_field(provider, "sites", [*sites, place.name])
            yield Fault(config.source, splices, f"{provider!r} joins the site, which sent it to its default arm")


def changed_default(tree: Tree, place: Place) -> Iterator[Fault]:
    """Every other key gets something else; only after finish, since before that both arms share the default arm.

    What stands in a kept arm is left alone: an edit there cannot be told from the team's own.
    """
    if tree.state != "finished":
        return
    if place.guard is None:
        yield from _other_default(tree, place)
        return
    test = place.guard.test if isinstance(place.guard, ast.If) else place.guard.guard
    kept = tuple(tree.config.tables["SITES"][place.name].get("kept", ()))
    if test is not None:
        subject = place.source.segment(place.subject)
        text = f"{place.source.segment(test)} or {subject} not in {kept!r}" if kept else "True"
        sentence = "the default arm is never reached: its keys are resolved like those of the table"
        yield Fault(place.source, (place.source.replaced(test, text),), sentence)


def _other_default(tree: Tree, place: Place) -> Iterator[Fault]:
    config, slots, known = tree.config, tree.slots(place), tree.callees[place.source.path]
    default = config.default(place.name)
    if default is None:
        return
    now = [config.callee(default, slot) for slot in slots]
    for provider in config.members(place.name):
        then = [config.callee(provider, slot) for slot in slots]
        if any(one != other and one in known and other in known for one, other in zip(now, then, strict=True)):
            sentence = f"the default arm is that of {provider!r}, no longer that of {default!r}"
            yield Fault(config.source, config.with_default(place.name, provider), sentence)
