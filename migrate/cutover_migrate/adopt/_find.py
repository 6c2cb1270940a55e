"""Loops around a finished site: by what they do, not by any name.

A loop is looked at where it asks a provider: it holds a site whose subject one of its own names is, or it hands such a
name to a function that holds one.

Example: ``[place.loop.lineno for place in loops_of(source, sites={"CHAT"}, askers=frozenset())]``
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from cutover_migrate.adopt._loop import Place
from cutover_migrate.adopt._nodes import FUNCTIONS, LOOPS
from cutover_migrate.find import Source

_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True)
class Askers:
    """Functions that ask the provider that they are given: by their name in this module, and of any class in it."""

    names: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()


@dataclass
class _Around:
    function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    loops: list[tuple[ast.stmt, list[ast.stmt]]] = field(default_factory=list)


def site_names(source: Source) -> frozenset[str]:
    """The names of a module's sites: what its bind lines assign."""
    found: set[str] = set()
    for statement in source.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=elements)], value=ast.Call(func=ast.Name(id="bind_providers"))):
                found |= {element.id for element in elements if isinstance(element, ast.Name)}
    return frozenset(found)


def askers_of(source: Source) -> Askers:
    """The functions of a module with a site whose subject is one of their parameters."""
    sites = site_names(source)
    names: set[str] = set()
    methods: set[str] = set()
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef)]
    holders: list[ast.Module | ast.ClassDef] = [source.tree, *classes]
    for holder in holders:
        for function in holder.body:
            if isinstance(function, FUNCTIONS) and _asks_a_parameter(function, sites):
                (methods if isinstance(holder, ast.ClassDef) else names).add(function.name)
    return Askers(frozenset(names), frozenset(methods))


def loops_of(source: Source, *, sites: Collection[str], askers: Askers) -> Iterator[Place]:
    """Give every loop that asks a provider, in the order of the file."""
    generators = _generators(source) if b"yield" in source.data else frozenset()
    found = list(_Search(source, sites, askers, generators).places(source.tree, _Around()))
    yield from sorted(found, key=lambda place: place.loop.lineno)


def _generators(source: Source) -> frozenset[str]:
    functions = (node for node in source.nodes if isinstance(node, FUNCTIONS))
    return frozenset(
        function.name
        for function in functions
        if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(function))
    )


@dataclass(frozen=True)
class _Search:
    source: Source
    sites: Collection[str]
    askers: Askers
    generators: frozenset[str]

    def places(self, node: ast.AST, around: _Around) -> Iterator[Place]:
        for block in _blocks(node):
            for statement in block:
                inside = _Around(statement, []) if isinstance(statement, FUNCTIONS) else around
                if isinstance(statement, ast.ClassDef):
                    inside = _Around()
                if isinstance(statement, LOOPS) and not _goes_over_a_route(statement, block):
                    yield from self._loop(statement, block, around)
                yield from self.places(statement, inside)

    def _loop(self, loop: ast.stmt, block: list[ast.stmt], around: _Around) -> Iterator[Place]:
        names = _own_names(loop)
        asked = [node for node in _own_code(loop) if self._asks(node, names)]
        if asked:
            yield Place(self.source, loop, around.function, block, asked, self.generators)

    def _asks(self, node: ast.AST, names: frozenset[str]) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=site), attr="resolve"), args=[subject]):
                return site in self.sites and bool(_named(subject) & names)
            case ast.Call(func=ast.Name(id=function)):
                return function in self.askers.names and self._hands(node, names)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=method)):
                return method in self.askers.methods and self._hands(node, names)
            case _:
                return False

    def _hands(self, call: ast.Call, names: frozenset[str]) -> bool:
        handed = [*call.args, *(keyword.value for keyword in call.keywords)]
        return any(isinstance(each, ast.Name) and each.id in names for each in handed)


def _goes_over_a_route(loop: ast.stmt, block: list[ast.stmt]) -> bool:
    """Whether a loop is adopted already: the statement in front of it gave it a route."""
    at = next(number for number, statement in enumerate(block) if statement is loop)
    match block[at - 1] if at else None:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_provider_registry")), attr="failover")
            ),
        ):
            return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(getattr(loop, "iter", loop)))
        case _:
            return False


def _asks_a_parameter(function: ast.FunctionDef | ast.AsyncFunctionDef, sites: Collection[str]) -> bool:
    taken = function.args
    names = frozenset(arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs))
    search = _Search(Source("", b""), sites, Askers(), frozenset())
    return any(search._asks(node, names) for node in ast.walk(function))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in _BLOCKS:
        block = getattr(node, name, [])
        if isinstance(block, list) and block:
            yield block
    for holder in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield holder.body


def _own_code(loop: ast.stmt) -> Iterator[ast.AST]:
    """What runs in a loop, functions inside left out."""
    pending: list[ast.AST] = list(getattr(loop, "body", []))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)


def _own_names(loop: ast.stmt) -> frozenset[str]:
    """The names that a loop gives values: its target's, and those that are read off the chain by number."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        targets = frozenset(node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name))
        numbered = (
            isinstance(loop.iter, ast.Call) and isinstance(loop.iter.func, ast.Name) and loop.iter.func.id == "range"
        )
        return targets | (_read_by_number(loop) if numbered else frozenset())
    return _read_by_number(loop)


def _read_by_number(loop: ast.stmt) -> frozenset[str]:
    found: set[str] = set()
    for node in _own_code(loop):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.Call()):
                found.add(name)
    return frozenset(found)


def _named(subject: ast.expr) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(subject) if isinstance(node, ast.Name))
