"""Wrong sets: an entry that joins a site whose chain did not serve it, and another default arm."""

import ast
from collections.abc import Iterator

from cutover_cli._plant._blocks import block_of
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._tree import Guard, Place, Tree


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
    """What every other key gets is another provider's; only where no legacy arm shares that code."""
    if tree.state != "finished":
        return
    if place.guard is None:
        yield from _other_default(tree, place)
        return
    arm = default_arm(place.source.parents, place.guard)
    nodes = (node for part in arm for node in ast.walk(part))
    read = [node for node in nodes if isinstance(node, ast.expr) and _is_callee(tree, place, node)]
    sure = [node for node in read if not _in_handler(place, node)]
    for node in sure or read:
        yield from _other_callee(tree, place, node)
    if arm and not read:
        yield from _served_instead(tree, place, arm)


def default_arm(parents: dict[ast.AST, ast.AST], guard: Guard) -> list[ast.stmt]:
    """Give the statements for every other key, behind a guarded template and what was kept; empty if there are none."""
    if isinstance(guard, ast.If):
        last = guard
        while len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If):
            last = last.orelse[0]
        return last.orelse
    match = parents[guard]
    final = match.cases[-1] if isinstance(match, ast.Match) else guard
    match final:
        case ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None, body=body):
            return body
        case _:
            return []


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


def _other_callee(tree: Tree, place: Place, node: ast.expr) -> Iterator[Fault]:
    known, name = tree.callees[place.source.path], ast.unparse(node)
    alike = [other for other, entry in known.items() if entry["slot"] == known[name]["slot"] and other != name]
    for other in alike or [other for other in known if other != name]:
        splice = place.source.replaced(node, other)
        yield Fault(place.source, (splice,), f"the default arm has {other}, no longer {name}")


def _served_instead(tree: Tree, place: Place, arm: list[ast.stmt]) -> Iterator[Fault]:
    block, template = block_of(place.source, arm), block_of(place.source, place.template)
    if block is None or template is None or block.indent != template.indent:
        return
    for provider in tree.config.members(place.name):
        resolve = f'{block.indent}{place.local} = {place.symbol}.resolve("{provider}"){place.source.newline}'
        splice = block.replaced(resolve + template.text)
        yield Fault(place.source, (splice,), f"the default arm is that of {provider!r}")


def _is_callee(tree: Tree, place: Place, node: ast.expr) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return False
    return ast.unparse(node) in tree.callees[place.source.path]


def _in_handler(place: Place, node: ast.AST) -> bool:
    while node in place.source.parents:
        node = place.source.parents[node]
        if isinstance(node, ast.ExceptHandler):
            return True
        if node is place.guard:
            return False
    return False
