"""One file: its loops adopted or refused, and the text that results.

Example: ``adopt_file(source, registry_module="src.services.provider_registry").text``
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cutover_migrate.adopt._find import Askers, askers_of, loops_of, site_names
from cutover_migrate.adopt._loop import REGISTRY, LoopWork, Place
from cutover_migrate.adopt._outcome import Adopted, Refused, Stays
from cutover_migrate.find import Source
from cutover_migrate.rewrite._files import splice
from cutover_migrate.rewrite._sites import Edit

_NAMES = ("failover", "failover_route", "provider_route")


@dataclass(frozen=True)
class FileAdoption:
    """One file's loops; ``text`` is the file with the adopted ones."""

    source: Source
    loops: tuple[Adopted | Refused, ...]
    text: str

    @property
    def adopted(self) -> tuple[Adopted, ...]:
        """The loops that are adopted."""
        return tuple(loop for loop in self.loops if isinstance(loop, Adopted))


def adopt_file(
    source: Source,
    *,
    registry_module: str,
    askers: Collection[str] = (),
    refused: Collection[tuple[int, str]] = (),
) -> FileAdoption:
    """Adopt the loops of a file; `askers` are functions of other modules, under their names here, that hold a site.

    `refused` has the line of each loop that is to stay, and why.
    """
    own = askers_of(source)
    known = Askers(own.names | frozenset(askers), own.methods)
    stay = dict(refused)
    places = list(loops_of(source, sites=site_names(source), askers=known))
    taken = bool(places) and _is_taken(source, registry_module)
    loops = tuple(_of(place, stay.get(place.loop.lineno), taken=taken) for place in places)
    loops = tuple(_apart(loops, places))
    edits = [edit for loop in loops if isinstance(loop, Adopted) for edit in loop.edits]
    if edits:
        edits += _import_edits(source, registry_module)
    return FileAdoption(source, loops, splice(source, edits))


def _of(place: Place, stays: str | None, *, taken: bool) -> Adopted | Refused:
    file, function = place.source.path, "" if place.function is None else place.function.name
    loop = place.loop
    chain = ast.unparse(loop.iter) if isinstance(loop, ast.For | ast.AsyncFor) else ""
    try:
        if stays is not None:
            raise Stays("not-proved", loop.lineno, stays)
        if taken:
            raise Stays("registry-name-taken", loop.lineno, f"`{REGISTRY}` is bound here to something else")
        name = _fresh(place)
        return Adopted(file, function, loop.lineno, chain, name, tuple(LoopWork(place, name).edits()))
    except Stays as stay:
        return Refused(file, function, loop.lineno, chain, stay.code, f"line {stay.line}: {stay.fact}")


def _apart(loops: Collection[Adopted | Refused], places: list[Place]) -> Iterator[Adopted | Refused]:
    """Of two loops of which one stands in the other, the outer one stays."""
    for loop, place in zip(loops, places, strict=True):
        inside = {id(node) for node in ast.walk(place.loop)} - {id(place.loop)}
        held = [other for other, there in zip(loops, places, strict=True) if id(there.loop) in inside]
        if isinstance(loop, Adopted) and any(isinstance(other, Adopted) for other in held):
            fact = f"line {held[0].line}: a loop inside is adopted"
            yield Refused(loop.file, loop.function, loop.line, loop.chain, "nested-loop", fact)
        else:
            yield loop


def _fresh(place: Place) -> str:
    holder = place.function or place.source.tree
    used = {node.id for node in ast.walk(holder) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(holder) if isinstance(node, ast.arg)}
    used |= {str(getattr(node, "name", "")) for node in ast.walk(holder)}
    used |= {name for node in ast.walk(holder) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    numbered = (f"failover_{number}" for number in range(2, 1000))
    return next(name for name in (*_NAMES, *numbered) if name not in used)


def _is_taken(source: Source, registry_module: str) -> bool:
    """Whether the module binds the name of the registry's function otherwise than by importing it."""
    imported = [statement for statement in source.tree.body if _imports(statement, registry_module, REGISTRY)]
    bound = 0
    for node in ast.walk(source.tree):
        if isinstance(node, ast.alias):
            bound += (node.asname or node.name) == REGISTRY
        elif isinstance(node, ast.Name):
            bound += node.id == REGISTRY and not isinstance(node.ctx, ast.Load)
        elif isinstance(node, ast.arg):
            bound += node.arg == REGISTRY
        else:
            bound += getattr(node, "name", None) == REGISTRY
    return bound > len(imported)


def _imports(statement: ast.stmt, module: str, name: str = "") -> bool:
    plain = isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module == module
    return plain and (not name or any(alias.name == name and alias.asname is None for alias in statement.names))  # type: ignore[attr-defined]


def _import_edits(source: Source, module: str) -> Iterator[Edit]:
    body = source.tree.body
    if any(_imports(statement, module, REGISTRY) for statement in body):
        return
    present = next((statement for statement in body if _imports(statement, module)), None)
    if isinstance(present, ast.ImportFrom) and _is_plain_line(source, present):
        names = sorted([*(alias.name for alias in present.names), REGISTRY], key=str.lower)
        yield Edit(*source.span(present), f"from {module} import {', '.join(names)}")
        return
    imports = [statement for statement in body if isinstance(statement, ast.Import | ast.ImportFrom)]
    after = present or (imports[-1] if imports else body[0] if _is_docstring(body[0]) else None)
    at = source.starts[0] if after is None else source.starts[after.end_lineno or 0]
    yield Edit(at, at, f"from {module} import {REGISTRY}{source.newline}")


def _is_plain_line(source: Source, statement: ast.ImportFrom) -> bool:
    one_line = statement.lineno == statement.end_lineno
    return one_line and "(" not in source.segment(statement) and all(alias.asname is None for alias in statement.names)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
