"""The calls of a template that reach a provider function, and which of their arguments reach it too.

A slot is called at once (``config.ask(question)``), or handed to something that calls it later with what follows
(``to_thread(config.ask, question)``). Of the second sort only those count whose arguments surely are handed on.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cutover_cli._plant._definitions import Definition, hands_on, is_generator
from cutover_cli._plant._sources import Splice
from cutover_cli._plant._tree import Place, Tree

_ITERATING = (ast.For, ast.AsyncFor, ast.comprehension, ast.YieldFrom)
_KNOWN = {
    "anyio.to_thread.run_sync": (0, False),
    "asyncio.to_thread": (0, True),
    "fastapi.concurrency.run_in_threadpool": (0, True),
    "functools.partial": (0, True),
    "starlette.concurrency.run_in_threadpool": (0, True),
}
_METHODS = {"run_in_executor": (1, False), "submit": (0, False)}
_LATER = {"functools.partial", "submit"}


@dataclass(frozen=True, slots=True)
class SlotCall:
    """A call that leads to the function in a slot; `arguments` are those of its arguments that reach the function."""

    place: Place
    slot: str
    node: ast.Call
    arguments: tuple[ast.expr | ast.keyword, ...]

    @property
    def rest(self) -> tuple[ast.keyword, ...]:
        """Arguments of the form `**rest`."""
        return tuple(part for part in self.arguments if isinstance(part, ast.keyword) and part.arg is None)

    @property
    def named(self) -> tuple[ast.expr | ast.keyword, ...]:
        """The other arguments, each of which is surely there."""
        starred = (*self.rest, *(part for part in self.arguments if isinstance(part, ast.Starred)))
        return tuple(part for part in self.arguments if part not in starred)

    def without(self, argument: ast.expr | ast.keyword) -> Splice:
        """Make the splice that takes an argument out."""
        source = self.place.source
        parts: list[ast.expr | ast.keyword] = [*self.node.args, *self.node.keywords]
        parts.sort(key=source.span)
        index = parts.index(argument)
        start, end = source.span(argument)
        if index + 1 < len(parts):
            return Splice(start, source.span(parts[index + 1])[0], "")
        if index:
            return Splice(source.span(parts[index - 1])[1], end, "")
        return Splice(start, source.span(self.node)[1] - 1, "")


def slot_calls(tree: Tree, place: Place) -> Iterator[SlotCall]:
    """Give the calls that lead to a slot, in the order of the source."""
    for read in place.reads(tree.config.slots(place.name)):
        parent = place.source.parents[read]
        if isinstance(parent, ast.Call):
            yield SlotCall(place, read.attr, parent, _reaching(tree, place, parent, read))


def can_fail(tree: Tree, place: Place) -> bool:
    """Tell whether at some key a provider's error comes up inside the template, not only when a stream is read."""
    return any(_fails(tree, call) for call in slot_calls(tree, place))


def _fails(tree: Tree, call: SlotCall) -> bool:
    """Tell whether the function goes out (a pure one does not fail), and does so before the template ends."""
    parent = call.place.source.parents[call.node]
    called = call.place.is_read(call.node.func, (call.slot,))
    if not called and not _runs_it(tree, call):
        return False
    used_up = called and isinstance(parent, (ast.Await, *_ITERATING))
    found = [tree.definition(call.place, provider, call.slot) for provider in tree.served(call.place)]
    return any(
        tree.definitions.goes_out(each) and (used_up or each is None or not is_generator(each.node)) for each in found
    )


def _runs_it(tree: Tree, call: SlotCall) -> bool:
    """Tell whether a slot that is handed on is called before the template ends."""
    handed = _handed_on(tree, call.place, call.node)
    return handed is not None and _name(tree, call.place, call.node) not in _LATER


def _reaching(tree: Tree, place: Place, call: ast.Call, read: ast.Attribute) -> tuple[ast.expr | ast.keyword, ...]:
    if call.func is read:
        return (*call.args, *call.keywords)
    if read not in call.args:
        return ()
    handed = _handed_on(tree, place, call)
    if handed is None:
        return ()
    first, named, own = handed
    if call.args.index(read) >= max(first, 1):
        return ()
    behind = call.args[first:]
    return (*behind, *(part for part in call.keywords if named and part.arg not in own))


def _handed_on(tree: Tree, place: Place, call: ast.Call) -> tuple[int, bool, set[str | None]] | None:
    """From which argument on a call hands on, whether keywords too, and which keywords are its own."""
    found = tree.definitions.of(place.module, ast.unparse(call.func))
    if found is not None:
        return _by_definition(found.node)
    known = {**_KNOWN, **_METHODS}.get(_name(tree, place, call))
    return None if known is None else (known[0] + 1, known[1], set())


def _name(tree: Tree, place: Place, call: ast.Call) -> str:
    """Give the imported name that is called; of anything else the last name, which may be a method's."""
    dotted = ast.unparse(call.func)
    return tree.definitions.imported(place.module, dotted) or dotted.rpartition(".")[2]


def _by_definition(definition: Definition) -> tuple[int, bool, set[str | None]] | None:
    if not hands_on(definition):
        return None
    taken = definition.args
    own: set[str | None] = {arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
    return len(taken.posonlyargs) + len(taken.args), taken.kwarg is not None, own
