"""From bytes to the proof of adopted failover loops: each file is what it was, but for loops that are the same program.

The files before are those of the finished cutover, whose own certificate is about them; where they come from does not
matter, since both proofs together lead from the legacy files to those on disk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cutover_migrate.certificate._adoption_loop import LoopPair, route_of
from cutover_migrate.certificate._adoption_records import Adoption, LoopProof
from cutover_migrate.certificate._axioms import (
    CHAIN_STAYS,
    DECIDER_READ,
    FAILOVER_LEGACY,
    FRAMES,
    FRESH_GLOBAL,
    FRESH_LOCAL,
    Axiom,
)
from cutover_migrate.certificate._records import Difference, FileBinding, digest
from cutover_migrate.certificate._scope import bound_anywhere
from cutover_migrate.certificate._syntax import FUNCTIONS, FunctionNode, first_line, identifiers, parsed, same, walk

_REGISTRY = "get_provider_registry"
_BUILTINS = frozenset({"enumerate", "len", "range"})


def certify_adoption(*, before: Mapping[str, bytes], after: Mapping[str, bytes], registry_module: str) -> Adoption:
    """Prove that files with adopted loops say what they said, or name where they part.

    Args:
        before: Bytes of the files of the finished cutover, by path.
        after: Their bytes now.
        registry_module: The generated module that `get_provider_registry` comes from.
    """
    loops: list[LoopProof] = []
    differences: list[Difference] = []
    axioms: set[Axiom] = set()
    for path in sorted({*before, *after}):
        if path in before and path in after and before[path] == after[path]:
            continue
        file = _File(path, registry_module)
        differences += file.differences(before.get(path), after.get(path))
        loops += file.loops
        axioms |= file.axioms
    files = tuple(FileBinding(p, digest(before.get(p)), digest(after.get(p))) for p in sorted({*before, *after}))
    return Adoption(files, tuple(loops), tuple(differences), tuple(sorted(axioms, key=lambda axiom: axiom.id)))


@dataclass
class _File:
    path: str
    registry_module: str
    loops: list[LoopProof] = field(default_factory=list)
    axioms: set[Axiom] = field(default_factory=set)
    old: ast.Module = field(default_factory=lambda: ast.Module([], []))
    generators: frozenset[str] = frozenset()

    def differences(self, before: bytes | None, after: bytes | None) -> Iterator[Difference]:
        if before is None or after is None:
            yield Difference("file", self.path, 1, "the file is new" if before is None else "the file is gone")
            return
        trees = [parsed(data) for data in (before, after)]
        for tree, side in zip(trees, ("finished", "new"), strict=True):
            if isinstance(tree, SyntaxError):
                yield Difference("syntax", self.path, tree.lineno or 1, f"the {side} file does not compile: {tree.msg}")
        old, new = trees
        if isinstance(old, ast.Module) and isinstance(new, ast.Module):
            self.old = old
            self.generators = frozenset(_generators(old))
            try:
                yield from self._names(old, new)
                yield from self._statements(old.body, new.body, ())
            except RecursionError:
                yield Difference("syntax", self.path, 1, "the file is nested too deeply to be compared")

    def _names(self, old: ast.Module, new: ast.Module) -> Iterator[Difference]:
        ours = [s for s in new.body if isinstance(s, ast.ImportFrom) and self._is_ours(s)]
        bound = sum(name == _REGISTRY for name in bound_anywhere(walk(new)))
        if bound != len(ours) or not ours:
            reason = f"{_REGISTRY!r} is not, or not only, what is imported from {self.registry_module}"
            yield Difference("import", self.path, 1, reason)
        if ast.get_docstring(old, clean=False) != ast.get_docstring(new, clean=False):
            yield Difference("docstring", self.path, 1, "the module's docstring is another")
        rebound = sorted(_BUILTINS & set(bound_anywhere(walk(old))))
        if rebound:
            yield Difference("loop-head", self.path, 1, f"the file gives the name {rebound[0]!r} another meaning")

    def _is_ours(self, statement: ast.ImportFrom) -> bool:
        plain = any(alias.name == _REGISTRY and alias.asname is None for alias in statement.names)
        return plain and statement.level == 0 and statement.module == self.registry_module

    def _statements(
        self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], owners: tuple[ast.AST, ...]
    ) -> Iterator[Difference]:
        at_old = at_new = 0
        while at_old < len(old) or at_new < len(new):
            one, other = old[at_old : at_old + 1], new[at_new : at_new + 1]
            if one and other and same(one[0], other[0]):
                at_old, at_new = at_old + 1, at_new + 1
            elif other and not owners and self._is_new_import(other[0]):
                at_new += 1
            elif one and self._is_loop(one[0], new[at_new:]):
                yield from self._loop(old, new, at=(at_old, at_new), owners=owners)
                at_old, at_new = at_old + 1, at_new + 2
            elif not one or not other:
                yield self._difference((*one, None)[0], (*other, None)[0], "a statement is gone, or is new")
                at_old, at_new = at_old + len(one), at_new + len(other)
            else:
                yield from self._pair(one[0], other[0], owners)
                at_old, at_new = at_old + 1, at_new + 1

    def _is_new_import(self, new: ast.stmt) -> bool:
        alone = isinstance(new, ast.ImportFrom) and [alias.name for alias in new.names] == [_REGISTRY]
        if not alone or not isinstance(new, ast.ImportFrom) or not self._is_ours(new) or _REGISTRY in self._mentioned:
            return False
        self.axioms.add(FRESH_GLOBAL)
        return True

    @property
    def _mentioned(self) -> set[str]:
        return set(identifiers(self.old))

    def _is_loop(self, old: ast.stmt, new: Sequence[ast.stmt]) -> bool:
        return (
            isinstance(old, ast.For) and len(new) > 1 and route_of(new[0]) is not None and isinstance(new[1], ast.For)
        )

    def _loop(
        self,
        old: Sequence[ast.stmt],
        new: Sequence[ast.stmt],
        *,
        at: tuple[int, int],
        owners: tuple[ast.AST, ...],
    ) -> Iterator[Difference]:
        hand, route, loop = old[at[0]], route_of(new[at[1]]), new[at[1] + 1]
        assert isinstance(hand, ast.For)
        assert isinstance(loop, ast.For)
        assert route is not None
        function = owners[-1] if owners else None
        if not isinstance(function, FUNCTIONS):
            yield self._difference(hand, loop, "a loop in a module's or a class's body cannot have a route")
            return
        pair = LoopPair(hand, loop, route, function, old[: at[0]], self.generators)
        faults = list(pair.faults())
        yield from (Difference(code, self.path, line, reason) for code, line, reason in faults)
        if not faults:
            self.axioms |= {CHAIN_STAYS, DECIDER_READ, FAILOVER_LEGACY, FRAMES, FRESH_LOCAL}
            chain = ast.unparse(route.chain)
            self.loops.append(LoopProof(self.path, hand.lineno, loop.lineno, function.name, chain))

    def _pair(self, old: ast.stmt, new: ast.stmt, owners: tuple[ast.AST, ...]) -> Iterator[Difference]:
        if not owners and self._is_widened(old, new):
            return
        if type(old) is not type(new):
            yield self._difference(old, new, "the statement became another one")
            return
        scoped = isinstance(old, (*FUNCTIONS, ast.ClassDef))
        yield from self._fields(old, new, (*owners, old) if scoped else owners)

    def _fields(self, old: ast.AST, new: ast.AST, owners: tuple[ast.AST, ...]) -> Iterator[Difference]:
        for name in old._fields:
            one, other = getattr(old, name, None), getattr(new, name, None)
            if same(one, other):
                continue
            if not isinstance(one, list) or not isinstance(other, list):
                yield self._difference(old, new, "the statement is another one")
            elif all(isinstance(node, ast.stmt) for node in (*one, *other)):
                yield from self._statements(one, other, owners)
            elif len(one) == len(other) and all(_is_holder(node) for node in (*one, *other)):
                for first, second in zip(one, other, strict=True):
                    yield from self._fields(first, second, owners)
            else:
                yield self._difference(old, new, "the statement is another one")

    def _is_widened(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Tell whether an import of the registry module brings in our name besides those that it brought in."""
        if not isinstance(old, ast.ImportFrom) or not isinstance(new, ast.ImportFrom) or not self._is_ours(new):
            return False
        if (old.module, old.level) != (new.module, new.level) or _REGISTRY in self._mentioned:
            return False
        names = sorted((alias.name, alias.asname or "") for alias in new.names)
        widened = names == sorted([*((alias.name, alias.asname or "") for alias in old.names), (_REGISTRY, "")])
        self.axioms |= {FRESH_GLOBAL} if widened else set()
        return widened

    def _difference(self, old: ast.AST | None, new: ast.AST | None, reason: str) -> Difference:
        line = getattr(new, "lineno", 0) or getattr(old, "lineno", 0) or 1
        return Difference("statement-changed", self.path, line, reason, first_line(old), first_line(new))


def _is_holder(node: object) -> bool:
    return isinstance(node, ast.excepthandler | ast.match_case)


def _generators(tree: ast.Module) -> Iterator[str]:
    for node in walk(tree):
        if isinstance(node, FUNCTIONS) and _yields(node):
            yield node.name


def _yields(function: FunctionNode) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in walk(function))
