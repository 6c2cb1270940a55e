"""A function under test as something that runs: marked at its sites, compiled into a namespace of recorders."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from cutover_migrate.execute._inside._bindings import Bindings, Literal
from cutover_migrate.execute._inside._copy import copied
from cutover_migrate.execute._inside._live import live_names
from cutover_migrate.execute._inside._pairs import MODULE, Function, Pair, Spot
from cutover_migrate.execute._inside._places import Path, Place, block_at, inner_of
from cutover_migrate.execute._inside._slice import sliced, varied_names
from cutover_migrate.execute._inside._smooth import Smooth, bare
from cutover_migrate.execute._inside._subject import ALIAS

PROBE = "__cutover_probe__"
DOOR = "__cutover_door__"
LOCALS = "__cutover_locals__"
NAME = "<function under test>"
Insert = tuple[list[ast.stmt], int, int, ast.stmt]


@dataclass
class Program:
    """One version of one function, ready to run.

    Attributes:
        function: What is called.
        parameters: Its parameters as written.
        head: Its signature and decorators, as text.
        namespace: Its globals.
        start: The globals as they are when a run begins.
        literals: Globals that are made anew for each run.
        written: Globals that it writes.
    """

    function: FunctionType
    parameters: ast.arguments
    head: str
    namespace: dict[str, Any]
    start: dict[str, Any]
    literals: Mapping[str, Literal] = field(default_factory=dict)
    written: tuple[str, ...] = ()

    def reset(self) -> None:
        """Put the globals back."""
        self.namespace.clear()
        self.namespace.update(self.start)
        self.namespace.update({name: literal.value for name, literal in self.literals.items()})


def head_of(function: Function) -> str:
    """The signature and the decorators of a function as text."""
    decorators = " ".join(f"@{ast.unparse(each)}" for each in function.decorator_list)
    return f"{type(function).__name__} {function.name}({ast.unparse(function.args)}) {decorators}".strip()


def marked(pair: Pair, *, legacy: bool) -> Function:
    """A copy of one version with a mark before each site, a probe behind it, and doors to inner functions."""
    function = copied(pair.before if legacy else pair.after)
    inserts: list[Insert] = []
    for spot in pair.spots:
        place = spot.before if legacy else spot.after
        block = block_at(function.body, place.path)
        mark = spot.subject.statement(spot.site)
        mark.cutover_site = spot.site  # type: ignore[attr-defined]
        inserts.append((block, _last(place.path), 1, mark))
        if spot.before.end is not None and not spot.site.startswith(ALIAS):
            inserts.append((block, place.end or 0, 0, _probe(pair, spot)))
        inserts += _doors(function, place.path)
        inserts += _declared(function, place.path, spot)
    for block, index, _, statement in sorted(inserts, key=lambda each: (-each[1], -each[2])):
        block.insert(index, statement)
    return function


def cut_out(
    function: Function, site: str | None, *, module_site: str | None, varied: frozenset[str] = frozenset()
) -> Function:
    """The function, from its site on if one is given; of a module, only the statements of one site."""
    made = copied(function)
    if module_site is not None:
        made.body = _region(made.body, module_site)
    if site is not None:
        made.body = sliced(made.body, _mark(made, site), varied)
    if module_site is not None:
        stored = sorted(_stored_names(made))
        made.body.insert(0, ast.Global(stored) if stored else ast.Pass())
    bare(made)
    return made


def varied_in(function: Function, site: str) -> frozenset[str]:
    """The names whose values a slice of the function cannot know."""
    return varied_names(function.body, _mark(function, site))


def _mark(function: Function, site: str) -> ast.stmt:
    found = next(node for node in ast.walk(function) if getattr(node, "cutover_site", None) == site)
    assert isinstance(found, ast.stmt)
    return found


def _stored_names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}


def compiled(
    function: Function,
    *,
    head: str,
    classes: tuple[str, ...],
    namespace: dict[str, Any],
    bindings: Bindings,
    helpers: Mapping[str, Any],
) -> Program:
    """Compile a function into a namespace."""
    inner: ast.stmt = function
    for name in reversed(classes):
        inner = ast.ClassDef(name=name, bases=[], keywords=[], body=[inner], decorator_list=[])
        inner.__dict__.setdefault("type_params", [])
    names = {name: namespace.get(name) for name in (classes[0] if classes else function.name,) if name in namespace}
    namespace["__builtins__"].update(helpers)
    define([inner], namespace)
    top = classes[0] if classes else function.name
    made = namespace.pop(top)
    namespace.update(names)
    for name in (*classes[1:], function.name) if classes else ():
        made = vars(made)[name]
    written = {name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names}
    read = set(namespace)
    literals = {
        name: binding
        for name, binding in bindings.names.items()
        if name in read and isinstance(binding, Literal) and type(namespace[name]) in (list, dict, set)
    }
    return Program(made, function.args, head, namespace, dict(namespace), literals, tuple(sorted(written)))


def define(statements: Sequence[ast.stmt], namespace: dict[str, Any]) -> None:
    """Execute definitions, smoothed, in a namespace."""
    module = ast.fix_missing_locations(Smooth().visit(ast.Module(list(statements), [])))
    exec(compile(module, NAME, "exec", dont_inherit=True), namespace)  # noqa: S102  in the sandbox


def _last(path: Path) -> int:
    index = path[-1]
    assert isinstance(index, int)
    return index


def _probe(pair: Pair, spot: Spot) -> ast.stmt:
    place: Place = spot.before
    live = live_names(pair.before.body, place.path, place.end or 0)
    given = {node.arg for node in ast.walk(pair.before) if isinstance(node, ast.arg)}
    names = tuple(sorted(live & (_stored_names(pair.before) | given)))
    return ast.parse(f"{PROBE}({spot.site!r}, {names!r}, {LOCALS}())").body[0]


def _doors(function: Function, path: Path) -> list[Insert]:
    """After each inner function on the way to a site: a call that makes it known, undecorated."""
    found: list[Insert] = []
    statements = function.body
    for step, block in zip(path[:-1:2], path[1::2], strict=True):
        assert isinstance(step, int)
        assert isinstance(block, tuple)
        holder = statements[step]
        if isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef):
            holder.decorator_list = []
            found.append((statements, step + 1, 0, ast.parse(f"{DOOR}({holder.name})").body[0]))
        statements = inner_of(holder, block)
    return found


def _declared(function: Function, path: Path, spot: Spot) -> list[Insert]:
    """A subject that is a name of an outer scope stays one, although the mark assigns it."""
    if spot.subject.last != "name":
        return []
    around: list[Function] = [function]
    statements = function.body
    for step, block in zip(path[:-1:2], path[1::2], strict=True):
        assert isinstance(step, int)
        assert isinstance(block, tuple)
        holder = statements[step]
        if isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef):
            around.append(holder)
        statements = inner_of(holder, block)
    name = spot.subject.root
    if name in _own_names(around[-1]) or function.name == MODULE:
        return []
    outer = any(name in _own_names(each) for each in around[:-1])
    declaration = ast.Nonlocal([name]) if outer else ast.Global([name])
    return [(around[-1].body, 0, -1, declaration)]


def _own_names(function: Function) -> set[str]:
    """The names that a function binds, or says where they are bound."""
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    found = {each.arg for each in every}
    found |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found.update(node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        if not isinstance(node, ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))
    return found


def _region(statements: list[ast.stmt], site: str) -> list[ast.stmt]:
    """The statements of one site at module level, mark and probe included."""
    for index, statement in enumerate(statements):
        if getattr(statement, "cutover_site", None) == site:
            probes = [at for at in range(index, len(statements)) if _is_probe(statements[at], site)]
            return statements[index : probes[0] + 1 if probes else index + 2]
        if any(getattr(node, "cutover_site", None) == site for node in ast.walk(statement)):
            return [statement]
    return statements


def _is_probe(statement: ast.stmt, site: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=known), *_])):
            return name == PROBE and known == site
    return False
