"""One loop: what stands against adopting it, and the small edits that adopt it.

Nothing is moved: head, guard, `chain[i + 1]` and the exits of the loop get a word of the route; all else stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.adopt._handlers import Ways, ways_of
from cutover_migrate.adopt._header import Header, header_of
from cutover_migrate.adopt._nodes import INNER, LOOPS, leaving, own_nodes, runs_out
from cutover_migrate.adopt._outcome import Stays
from cutover_migrate.adopt._terms import Terms, lengths_before
from cutover_migrate.find import Source
from cutover_migrate.rewrite._sites import Edit

_LAZY = frozenset({"iter", "map", "filter", "zip", "reversed", "enumerate"})
_LOOKING = frozenset({"locals", "vars", "dir", "eval", "exec"})
_READING = frozenset({"index", "count", "copy"})
_TAKING = frozenset({"len", "list", "tuple", "set", "sorted", "str", "repr", "print", "join", "format"}) | {
    *("debug", "info", "warning", "error", "exception", "critical", "log")
}
REGISTRY = "get_provider_registry"


@dataclass(frozen=True)
class Place:
    """A loop where it stands: its function, the block that it is a statement of, the calls that ask a provider."""

    source: Source
    loop: ast.stmt
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    block: list[ast.stmt]
    asked: Sequence[ast.AST]
    generators: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LoopWork:
    """The work on one loop; `name` is what its route is called."""

    place: Place
    name: str

    def edits(self) -> Iterator[Edit]:
        """Give the edits that adopt the loop.

        Raises:
            Stays: It cannot be adopted.
        """
        self._check_surroundings()
        self._check_chain()
        self._check_index()
        self._check_exits()
        ways = self._ways()
        if not any(way.goes_on for way in ways):
            raise self._stays("never-goes-on", self.header.loop, "no handler goes on")
        yield from self._head_edits()
        for handler, way in zip(self.deciding.handlers, ways, strict=True):
            yield from self._handler_edits(handler, way)
        yield from self._term_edits({id(node) for way in ways for guard in way.guards for node in ast.walk(guard.test)})
        yield from self._answer_edits()

    # ---- the parts of the loop

    @cached_property
    def header(self) -> Header:
        loop = self.place.loop
        if not isinstance(loop, ast.For):
            raise self._stays("while-loop", loop, f"it is written `{type(loop).__name__.lower()}`")
        header = header_of(loop)
        if header is None:
            raise self._stays("loop-header", loop, f"it goes over `{ast.unparse(loop.iter)}`")
        return header

    @cached_property
    def terms(self) -> Terms:
        block, loop = self.place.block, self.header.loop
        before = block[: block.index(loop)]
        found = dict(lengths_before(before, self.header))
        stored = [name for name in self._stored(self._function.body) if name in found]
        return Terms(self.header, {name: value for name, value in found.items() if stored.count(name) == 1})

    @cached_property
    def deciding(self) -> ast.Try:
        """The try of the loop's own in which a provider is asked."""
        for statement in _through_with(self.header.body):
            tried = isinstance(statement, ast.Try) and bool(statement.handlers)
            inside = {id(node) for part in (statement.body if tried else [statement]) for node in ast.walk(part)}  # type: ignore[attr-defined]
            if not any(id(asked) in inside for asked in self.place.asked):
                continue
            if isinstance(statement, LOOPS) or (tried and self._repeats(statement)):
                raise self._stays("nested-loop", statement, "the call stands in a loop inside")
            if isinstance(statement, ast.Try) and tried:
                return statement
        raise self._stays("no-handler", self.header.loop, "the call stands in no try of the loop's own")

    def _repeats(self, statement: ast.stmt) -> bool:
        loops = (node for node in own_nodes(statement) if isinstance(node, LOOPS))
        inside = {id(inner) for loop in loops for inner in ast.walk(loop)}
        return any(id(asked) in inside for asked in self.place.asked)

    @cached_property
    def _function(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        if self.place.function is None:
            raise self._stays("loop-in-module", self.place.loop, "the loop stands in no function")
        return self.place.function

    @cached_property
    def _behind(self) -> list[ast.stmt]:
        """The statements of the loop's body behind the try."""
        flat = list(_through_with(self.header.body))
        return flat[flat.index(self.deciding) + 1 :]

    # ---- what stands against it

    def _check_surroundings(self) -> None:
        names = {node.id for node in ast.walk(self._function) if isinstance(node, ast.Name)}
        looking = sorted(names & _LOOKING)
        if looking:
            raise self._stays("locals-read", self.header.loop, f"it calls {looking[0]}()")
        line = self.place.source.lines[self.header.loop.lineno - 1]
        if line[: self.header.loop.col_offset].strip() or self.header.loop.body[0].lineno == self.header.loop.lineno:
            raise self._stays("one-line", self.header.loop, "the loop's body stands on its own line")

    def _check_chain(self) -> None:
        chain = self.header.chain
        own = [name for name in (self.header.index, self.header.provider) if name is not None]
        if len(set(own)) < len(own) or set(own) & {n.id for n in ast.walk(chain) if isinstance(n, ast.Name)}:
            raise self._stays("chain-changed", self.header.loop, "the loop gives its names, or its chain's, twice")
        if self._is_lazy(chain):
            raise self._stays("chain-generator", self.header.loop, f"`{ast.unparse(chain)}` is no list")
        for name, value in self._bindings():
            if name in self._aliases and self._is_lazy(value):
                raise self._stays("chain-generator", value, f"`{name}` is `{ast.unparse(value)}`")
        for node in self._loop_nodes:
            fact = self._changes(node)
            if fact:
                raise self._stays("chain-changed", node, fact)

    def _check_index(self) -> None:
        header = self.header
        names = {header.index} - {None}
        if names & set(self._stored(header.body)):
            raise self._stays("index-changed", header.loop, f"`{header.index}` is assigned in the loop")
        known = self._known_terms()
        for node in self._loop_nodes:
            if id(node) not in known and self._is_odd(node):
                code = "last-by-name" if isinstance(node, ast.Compare) else "index-use"
                raise self._stays(code, node, f"`{ast.unparse(node)}`")
        for node in ast.walk(self._function):
            if id(node) in self._counted or not isinstance(node, ast.Subscript) or not self.terms.reads_chain(node):
                continue
            if names & {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}:
                raise self._stays("index-use", node, f"`{ast.unparse(node)}` outside of the loop")

    def _check_exits(self) -> None:
        body, deciding = self.header.body, self.deciding
        flat = list(_through_with(body))
        before = flat[: flat.index(deciding)]
        normal = [*before, *deciding.body, *deciding.orelse, *deciding.finalbody, *self._behind]
        for leave in leaving(normal):
            if isinstance(leave, ast.Continue):
                raise self._stays("continue-elsewhere", leave, "it goes on where no failure is noted")
        for leave in leaving(deciding.finalbody):
            raise self._stays("leaves-unasked", leave, "the try is left in its finally")
        first = min(getattr(node, "lineno", 0) for node in self.place.asked)
        for leave in leaving(deciding.body):
            if (leave.end_lineno or 0) < first:
                raise self._stays("leaves-unasked", leave, "the try is left before a provider was asked")
        answered = [*deciding.body, *deciding.orelse] if runs_out(deciding.body) else deciding.body
        if runs_out(answered) and runs_out(self._behind):
            raise self._stays("asks-everyone", deciding, "behind an answer the loop goes on")

    def _ways(self) -> list[Ways]:
        deciding = self.deciding
        last = not self._behind
        for handler in deciding.handlers:
            if handler.body[0].lineno == handler.lineno:
                raise self._stays("one-line", handler, "a handler's body stands on its own line")
        taken = self._function.args
        given = {arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
        local = set(self._stored(self._function.body)) - given
        return [ways_of(handler, self.terms, ends_loop=last, local=local) for handler in deciding.handlers]

    # ---- the edits

    def _head_edits(self) -> Iterator[Edit]:
        source, header = self.place.source, self.header
        start, _ = source.span(header.loop)
        chain = source.segment(header.chain)
        indent = source.indent(header.loop.lineno)
        yield Edit(start, start, f"{self.name} = {REGISTRY}().failover({chain}){source.newline}{indent}")
        if header.item is None:
            yield Edit(*source.span(header.chain), self.name)
            return
        yield Edit(*source.span(header.loop.target), f"{header.index}, {header.provider}")
        yield Edit(*source.span(header.loop.iter), f"enumerate({self.name})")
        yield Edit(source.starts[header.item.lineno - 1], source.starts[header.item.end_lineno or 0], "")

    def _handler_edits(self, handler: ast.ExceptHandler, ways: Ways) -> Iterator[Edit]:
        source = self.place.source
        for guard in ways.guards:
            asked = f"{self.name}.goes_on({guard.error.id}, {source.segment(guard.decide)})"
            yield Edit(*source.span(guard.test), f"not {asked}" if guard.negated else asked)
        failed = f"{self.name}.failed({handler.name or ''})"
        for leave in ways.before:
            start, _ = source.span(leave)
            alone = not source.lines[leave.lineno - 1][: leave.col_offset].strip()
            yield Edit(
                start, start, f"{failed}{source.newline}{source.indent(leave.lineno)}" if alone else f"{failed}; "
            )
        for statement in ways.behind:
            end = source.starts[statement.end_lineno or 0]
            indent = source.indent(handler.body[0].lineno)
            ended = source.data[:end].endswith(b"\n")
            yield Edit(end, end, f"{'' if ended else source.newline}{indent}{failed}{source.newline if ended else ''}")

    def _term_edits(self, taken: set[int]) -> Iterator[Edit]:
        for node in _outermost(self.header.body, self._term_text):
            if id(node) not in taken and isinstance(node, ast.expr):
                yield Edit(*self.place.source.span(node), self._term_text(node) or "")

    def _answer_edits(self) -> Iterator[Edit]:
        source = self.place.source
        for leave in leaving([*self.deciding.body, *self.deciding.orelse, *self._behind]):
            start, _ = source.span(leave)
            if isinstance(leave, ast.Return) and leave.value is not None:
                first, last = source.span(leave.value)
                bare = _needs_parentheses(leave.value, source.segment(leave.value))
                yield Edit(first, first, f"{self.name}.answered({'(' if bare else ''}")
                yield Edit(last, last, "))" if bare else ")")
                continue
            alone = not source.lines[leave.lineno - 1][: leave.col_offset].strip()
            gap = f"{source.newline}{source.indent(leave.lineno)}" if alone else "; "
            yield Edit(start, start, f"{self.name}.answered(){gap}")

    # ---- facts

    def _term_text(self, node: ast.AST) -> str | None:
        if not isinstance(node, ast.expr):
            return None
        says = self.terms.says(node)
        if says is not None:
            return f"{self.name}.has_next" if says == "has-next" else f"not {self.name}.has_next"
        return f"{self.name}.following" if self.terms.is_following(node) else None

    def _known_terms(self) -> set[int]:
        known = _outermost(self.header.body, self._term_text)
        return {id(inner) for node in known for inner in ast.walk(node)}

    def _is_odd(self, node: ast.AST) -> bool:
        """Whether the chain or the number is used in a way that a route would not follow."""
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            return any(self.terms.reads_chain(side) for side in sides)
        if isinstance(node, ast.Subscript):
            names = {each.id for each in ast.walk(node.slice) if isinstance(each, ast.Name)}
            return self.terms.reads_chain(node) or (self.header.index in names and self.header.index is not None)
        return False

    @cached_property
    def _loop_nodes(self) -> list[ast.AST]:
        return [node for statement in self.header.body for node in ast.walk(statement)]

    @cached_property
    def _counted(self) -> set[int]:
        """The nodes of this loop, and of others that count under the same name."""
        loops = (node for node in ast.walk(self._function) if isinstance(node, ast.For))
        own = (loop for loop in loops if self.header.index in _target_names(loop))
        return {id(node) for loop in (self.header.loop, *own) for node in ast.walk(loop)}

    @cached_property
    def _aliases(self) -> set[str]:
        """The names under which the function knows the chain."""
        found = {ast.unparse(self.header.chain)}
        plain = ((name, value) for name, value in self._bindings() if isinstance(value, ast.Name | ast.Attribute))
        pairs = [(name, ast.unparse(value)) for name, value in plain]
        while True:
            more = {name for name, value in pairs if value in found} | {value for name, value in pairs if name in found}
            if more <= found:
                return found
            found |= more

    def _bindings(self) -> Iterator[tuple[str, ast.expr]]:
        for node in ast.walk(self._function):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from ((ast.unparse(target), node.value) for target in targets)

    def _is_lazy(self, value: ast.expr) -> bool:
        match value:
            case ast.GeneratorExp():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in _LAZY or name in self.place.generators
            case _:
                return False

    def _changes(self, node: ast.AST) -> str:
        match node:
            case ast.Name() | ast.Attribute() if (
                not isinstance(node.ctx, ast.Load) and ast.unparse(node) in self._aliases
            ):
                return f"`{ast.unparse(node)}` is assigned in the loop"
            case ast.Subscript() if not isinstance(node.ctx, ast.Load) and ast.unparse(node.value) in self._aliases:
                return f"`{ast.unparse(node)}` is changed in the loop"
            case ast.Call(func=ast.Attribute(value=held, attr=method)) if ast.unparse(held) in self._aliases:
                return "" if method in _READING else f"`{ast.unparse(node)}` in the loop"
            case ast.Call(func=called, args=args) if any(ast.unparse(each) in self._aliases for each in args):
                known = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                return "" if known in _TAKING else f"the chain is handed on, `{ast.unparse(node)}`"
            case ast.Assign(value=value) if ast.unparse(value) in self._aliases:
                return f"the chain gets another name, `{ast.unparse(node)}`"
            case _:
                return ""

    def _stored(self, code: Sequence[ast.AST]) -> Iterator[str]:
        for statement in code:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                    yield node.id

    def _stays(self, code: str, node: ast.AST, fact: str) -> Stays:
        return Stays(code, getattr(node, "lineno", 0), fact)


def _target_names(loop: ast.For) -> set[str | None]:
    return {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}


def _through_with(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        if isinstance(statement, ast.With | ast.AsyncWith):
            yield from _through_with(statement.body)
        else:
            yield statement


def _outermost(code: Sequence[ast.AST], wanted: object) -> list[ast.AST]:
    """The outermost nodes of the loop's own code that a function says something of."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(code)
    while pending:
        node = pending.pop()
        if callable(wanted) and wanted(node):
            found.append(node)
        elif not isinstance(node, INNER):
            pending += ast.iter_child_nodes(node)
    return found


def _needs_parentheses(value: ast.expr, text: str) -> bool:
    """Whether an expression as it is written is no single argument of a call."""
    if isinstance(value, ast.Yield | ast.YieldFrom):
        return True
    return isinstance(value, ast.Tuple) and len(_arguments(text)) != 1


def _arguments(text: str) -> list[ast.expr]:
    call = ast.parse(f"f({text}\n)", mode="eval").body
    return call.args if isinstance(call, ast.Call) else []
