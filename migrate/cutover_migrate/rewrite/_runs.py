"""The parts of a chain that can leave it: runs of branches that keys alone decide.

A branch with an open test may be taken for any key, so nothing moves across it. Inside a run the tests exclude one
another, and a branch that does not join may stay behind those that do.

Example: ``find_runs(chain)[0].joining``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cutover_migrate.find import Branch, Chain, Guarded, Key, Keyed, Open, Symbol


@dataclass(frozen=True)
class Run:
    """One run: ``chain`` goes from its first branch to the end, ``joining`` are its branches that may leave."""

    chain: Chain
    joining: tuple[Branch, ...]
    last: Branch

    def why(self, branch: Branch) -> str:
        """Why a branch of the chain does not join (a code of the kept ones)."""
        own = stays_because(branch)
        if own is not None:
            return own
        inside = self.chain.branches[: self.chain.branches.index(self.last) + 1]
        if branch not in inside:
            return "behind-open"
        return "duplicate-key"


def find_runs(chain: Chain) -> list[Run]:
    """The runs of two or more branches that may leave, in order."""
    runs: list[Run] = []
    seen: set[Key] = set()
    for level in _levels(chain):
        for start, stop in _segments(level):
            joining: list[Branch] = []
            for branch in level.branches[start:stop]:
                if stays_because(branch) is None and not seen & set(branch.keys):
                    joining.append(branch)
                seen |= set(branch.keys)
            if len(joining) > 1:
                runs.append(Run(_from(level, start), tuple(joining), level.branches[stop - 1]))
    return runs


def is_text_keyed(branch: Branch) -> bool:
    """Whether texts alone decide a branch, as the table's keys are; the empty text is no provider's name."""
    return isinstance(branch.test, Keyed) and all(isinstance(key, str) and key for key in branch.keys)


def is_exclusive(branch: Branch) -> bool:
    """Whether a branch can only be taken for keys that are known here, and asking for it changes nothing."""
    assigns = isinstance(branch.test, Guarded) and any(isinstance(node, ast.NamedExpr) for node in _test_nodes(branch))
    known = not isinstance(branch.test, Open) and not any(isinstance(key, Symbol) for key in branch.keys)
    return known and not assigns


def _test_nodes(branch: Branch) -> Iterator[ast.AST]:
    test = getattr(branch.node, "test", None) or getattr(branch.node, "guard", None)
    return ast.walk(test) if isinstance(test, ast.AST) else iter(())


def stays_because(branch: Branch) -> str | None:
    """Why a branch never joins a table, by itself; ``None`` where it may."""
    if isinstance(branch.test, Open):
        return branch.test.code
    symbol = next((key for key in branch.keys if isinstance(key, Symbol)), None)
    if symbol is not None:
        return symbol.code
    if isinstance(branch.test, Guarded):
        return "guarded"
    return None if is_text_keyed(branch) else "key-not-a-name"


def _segments(chain: Chain) -> Iterator[tuple[int, int]]:
    """The stretches between branches that may be taken for any key."""
    start = 0
    for place, branch in enumerate(chain.branches):
        if not is_exclusive(branch):
            if place > start:
                yield start, place
            start = place + 1
    if len(chain.branches) > start:
        yield start, len(chain.branches)


def _levels(chain: Chain) -> Iterator[Chain]:
    """A chain in parts that stand at one depth each: an ``if`` that is all of an ``else`` begins the next."""
    starts = [0, *(place for place, branch in enumerate(chain.branches) if place and _is_deeper(chain, place))]
    for start, stop in zip(starts, [*starts[1:], len(chain.branches)], strict=True):
        level = chain
        if stop < len(chain.branches):
            last = chain.branches[stop - 1].node
            assert isinstance(last, ast.If)
            level = replace(chain, branches=chain.branches[:stop], default=last.orelse)
        yield _from(level, start)


def _is_deeper(chain: Chain, place: int) -> bool:
    """Whether a branch stands further in than the one before it."""
    columns = [getattr(branch.node, "col_offset", 0) for branch in chain.branches[place - 1 : place + 1]]
    return chain.branches[place].nested and columns[0] != columns[1]


def _from(chain: Chain, begin: int) -> Chain:
    """The chain from one branch on."""
    node = chain.branches[begin].node
    if begin == 0 or not isinstance(node, ast.If):
        return replace(chain, branches=chain.branches[begin:])
    if chain.kind == "siblings":
        return replace(chain, branches=chain.branches[begin:], start_line=node.lineno, nodes=chain.nodes[begin:])
    return replace(chain, branches=chain.branches[begin:], start_line=node.lineno, nodes=(node,))
