"""The proof of one adopted loop: said in the same words, both loops are the same statements.

What has to hold besides: the chain and the number stay as they are while the loop runs, the route's name is fresh, and
what `goes_on` is handed can be read at any time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._adoption_notes import note_faults
from cutover_migrate.certificate._adoption_terms import Adopted, Counting, Legacy, goes_on_of
from cutover_migrate.certificate._scope import bound_by
from cutover_migrate.certificate._syntax import FunctionNode, copied, first_line, identifiers, same, walk

_LAZY = frozenset({"iter", "map", "filter", "zip", "reversed", "enumerate"})
_LOOKING = frozenset({"dir", "eval", "exec", "locals", "vars"})
_HARMLESS = frozenset({"index", "count", "copy"})
Fault = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Route:
    """`name = get_provider_registry().failover(chain)`."""

    name: str
    chain: ast.expr


def route_of(statement: ast.stmt) -> Route | None:
    """Read the statement that gives a loop its route."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Name(id="get_provider_registry"), args=[], keywords=[]), attr="failover"
                ),
                args=[chain],
                keywords=[],
            ),
        ) if not isinstance(chain, ast.Starred):
            return Route(name, chain)
        case _:
            return None


@dataclass(frozen=True)
class LoopPair:
    """Both forms of one loop, in a function of the hand-written file; `before` are the statements in front of it."""

    old: ast.For
    new: ast.For
    route: Route
    function: FunctionNode
    before: Sequence[ast.stmt]
    generators: frozenset[str]

    def faults(self) -> Iterator[Fault]:
        """Give (code, line, reason) of what stands against the pair."""
        head = self._head()
        if head is None:
            old, new = (f"{first_line(loop)}" for loop in (self.old, self.new))
            yield "loop-head", self.new.lineno, f"`{new}` is no form of `{old}` over the route {self.route.name!r}"
            return
        counting, body = head
        yield from self._name_faults()
        yield from self._chain_faults(counting, body)
        yield from self._asked_faults()
        parting = self._parting(counting, body)
        if parting is not None:
            yield parting
        for line, reason in note_faults(self.new, self.route.name):
            yield "loop-note", line, reason

    # ---- the head

    def _head(self) -> tuple[Counting, list[ast.stmt]] | None:
        """How the old loop counts, and its body as the new one is to have it; None where the heads do not agree."""
        chain, route = self.route.chain, ast.Name(self.route.name, ast.Load())
        enumerated = ast.Call(ast.Name("enumerate", ast.Load()), [route], [])
        numbered: tuple[str | None, int]
        match self.old:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=index), ast.Name()]) as target,
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[over, *more], keywords=keywords),
            ):
                start = _start(more, keywords)
                made = ast.Call(enumerated.func, [route, *more], keywords)
                agrees = start is not None and same(self.new.target, target) and same(self.new.iter, made)
                body, numbered = self.old.body, (index, start or 0)
            case ast.For(
                target=ast.Name(id=index),
                iter=ast.Call(
                    func=ast.Name(id="range"),
                    args=[ast.Call(func=ast.Name(id="len"), args=[over], keywords=[])],
                    keywords=[],
                ),
                body=[
                    ast.Assign(
                        targets=[ast.Name(id=provider)], value=ast.Subscript(value=read, slice=ast.Name(id=number))
                    ),
                    *body,
                ],
            ) if same(read, over) and number == index and isinstance(over, ast.Name):
                pair = ast.Tuple([ast.Name(index, ast.Store()), ast.Name(provider, ast.Store())], ast.Store())
                agrees = provider != index and same(self.new.target, pair) and same(self.new.iter, enumerated)
                numbered = (index, 0)
            case ast.For(target=ast.Name() as target, iter=over, body=body):
                agrees = same(self.new.target, target) and same(self.new.iter, route)
                numbered = (None, 0)
            case _:
                return None
        if not agrees or not same(over, chain):
            return None
        counted = Counting(chain, numbered[0], numbered[1], {})
        return Counting(chain, numbered[0], numbered[1], self._lengths(counted)), list(body)

    def _lengths(self, counting: Counting) -> Mapping[str, ast.expr]:
        """Give the names in front of the loop that hold a number taken off the chain, and nothing else ever."""
        found: dict[str, ast.expr] = {}
        for at, statement in enumerate(self.before):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if counting.line(value) is not None:
                    since = self.before[at + 1 :]
                    touched = {name for later in since for name in _stored(later)} & _roots(counting.chain)
                    changed = any(_change(node, {ast.unparse(counting.chain)}) for s in since for node in walk(s))
                    if _stored(self.function).count(name) == 1 and not touched and not changed:
                        found[name] = value
        return found

    # ---- what has to hold

    def _name_faults(self) -> Iterator[Fault]:
        mentioned = set(identifiers(self.function))
        if self.route.name in mentioned:
            reason = f"the hand-written function uses the name {self.route.name!r} already"
            yield "fresh-local", self.new.lineno, reason
        looking = sorted(mentioned & _LOOKING)
        if looking:
            yield "fresh-local", self.new.lineno, f"the function looks at its own local names, with {looking[0]}"

    def _chain_faults(self, counting: Counting, body: Sequence[ast.stmt]) -> Iterator[Fault]:
        stored = {name for statement in body for name in _stored(statement)}
        targets = [node.id for node in walk(self.new.target) if isinstance(node, ast.Name)]
        shared = ({counting.index} | _roots(self.route.chain)) & _declared(self.function)
        if len(set(targets)) < len(targets) or set(targets) & _roots(self.route.chain):
            yield "loop-chain", self.old.lineno, "the loop gives its names, or its chain's, twice"
        if shared:
            yield "loop-chain", self.old.lineno, f"{min(map(str, shared))!r} may be assigned by another function"
        if counting.index in stored:
            yield "loop-chain", self.old.lineno, f"the loop assigns {counting.index!r}, by which it counts"
        names = self._names_of_chain()
        for statement in self.old.body:
            for node in walk(statement):
                fact = _change(node, names)
                if fact:
                    yield "loop-chain", getattr(node, "lineno", self.old.lineno), fact
        if stored & _roots(self.route.chain):
            yield "loop-chain", self.old.lineno, f"the loop assigns `{ast.unparse(self.route.chain)}`, its chain"
        values = [value for name, value in _bindings(self.function) if name in names]
        for value in (self.route.chain, *values):
            if self._is_lazy(value):
                yield "loop-chain", self.old.lineno, f"the chain may be `{ast.unparse(value)}`, which is no list"

    def _names_of_chain(self) -> set[str]:
        names = {ast.unparse(self.route.chain)}
        pairs = [(name, ast.unparse(value)) for name, value in _bindings(self.function) if _is_dotted(value)]
        for _ in range(len(pairs) + 1):
            for name, value in pairs:
                if name in names or value in names:
                    names |= {name, value}
        return names

    def _is_lazy(self, value: ast.expr) -> bool:
        if isinstance(value, ast.GeneratorExp):
            return True
        called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        return called in _LAZY or called in self.generators

    def _asked_faults(self) -> Iterator[Fault]:
        """What `goes_on` is handed is read even where there is no next one."""
        taken = self.function.args
        local = set(_stored(self.function)) - {a.arg for a in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)}
        for node in walk(self.new):
            asked = goes_on_of(node, self.route.name)
            if asked is not None and _roots(asked[1]) & local:
                reason = f"`{ast.unparse(asked[1])}` is a local name, which may have no value there"
                yield "loop-decider", getattr(node, "lineno", self.new.lineno), reason

    def _parting(self, counting: Counting, body: Sequence[ast.stmt]) -> Fault | None:
        legacy = [Legacy(counting).visit(copied(statement)) for statement in body]
        rewritten = [Adopted(self.route.name).visit(copied(statement)) for statement in self.new.body]
        adopted = [statement for statement in rewritten if statement is not None]
        if not same(legacy, adopted):
            pairs = zip(legacy, adopted, strict=False)
            at = next((one for one, other in pairs if not same(one, other)), self.old)
            return "loop-body", self.new.lineno, f"said in the same words, the loops part at `{first_line(at)}`"
        if not same(self.old.orelse, self.new.orelse):
            return "loop-body", self.new.lineno, "the loops have another `else`"
        return None


def _start(more: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> int | None:
    match more, keywords:
        case [], []:
            return 0
        case ([ast.Constant(value=int(start))], []) | (
            [],
            [ast.keyword(arg="start", value=ast.Constant(value=int(start)))],
        ):
            return int(start)
        case _:
            return None


def _stored(tree: ast.AST) -> list[str]:
    """The names that a tree binds or deletes, once for each time."""
    return [name for node in walk(tree) for name in bound_by(node)]


def _declared(function: FunctionNode) -> set[str]:
    """The names that the function, or one inside, binds for others too."""
    shared = (node.names for node in walk(function) if isinstance(node, ast.Nonlocal | ast.Global))
    return {name for names in shared for name in names}


def _roots(node: ast.expr) -> set[str]:
    return {each.id for each in walk(node) if isinstance(each, ast.Name)} if _is_dotted(node) else set()


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _bindings(function: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    for node in walk(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((ast.unparse(target), value) for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield ast.unparse(target), value


def _change(node: ast.AST, names: set[str]) -> str:
    """Say how a node changes the chain, or lets it be changed under another name."""
    match node:
        case ast.Subscript(value=held, ctx=ast.Store() | ast.Del()) if ast.unparse(held) in names:
            return f"the loop changes the chain: `{ast.unparse(node)}`"
        case ast.Attribute(ctx=ast.Store() | ast.Del()) if ast.unparse(node) in names:
            return f"the loop assigns the chain: `{ast.unparse(node)}`"
        case ast.Call(func=ast.Attribute(value=held, attr=method)) if ast.unparse(held) in names:
            return "" if method in _HARMLESS else f"the loop may change the chain: `{ast.unparse(node)}`"
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in names:
            return f"the loop assigns the chain, {name!r}"
        case ast.Assign(value=value) if ast.unparse(value) in names:
            return f"the chain gets another name: `{ast.unparse(node)}`"
        case _:
            return ""
