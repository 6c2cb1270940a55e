"""Where a site stands in the rewritten function, and the same place in the legacy function.

The rewritten function names its sites. The legacy one is walked beside it: statements that are equal are matched, the
others are the sites and what holds them. A place is a path of indexes, so that it survives a copy of the tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Block = tuple[str, int]
Path = tuple["int | Block", ...]
Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Place:
    """A site in one function: the path of its first statement, and the index behind its last (None: not the same)."""

    path: Path
    end: int | None


def find_places(statements: list[ast.stmt], symbol: str) -> Iterator[Path]:
    """The paths of the statements that read a name in their own expressions, the outermost ones, in order."""
    for index, statement in enumerate(statements):
        if mentions(header(statement), symbol):
            yield (index,)
            continue
        for block, inner in blocks(statement):
            yield from ((index, block, *path) for path in find_places(inner, symbol))


def chain_top(statements: list[ast.stmt], path: Path, subject: str) -> Path:
    """The path of the whole chain around a site: branches in front of it belong to it where they ask its subject."""
    while len(path) > 2:
        holder, block = statement_at(statements, path[:-2]), path[-2]
        tested = isinstance(holder, ast.If) and block == ("orelse", -1) and path[-1] == 0
        matched = isinstance(holder, ast.Match) and path[-1] == 0
        if not (tested or matched) or not compares(holder, subject):
            break
        path = path[:-2]
    return path


def statement_at(statements: list[ast.stmt], path: Path) -> ast.stmt:
    """The statement at a path."""
    index = path[-1]
    assert isinstance(index, int)
    return block_at(statements, path)[index]


def block_at(statements: list[ast.stmt], path: Path) -> list[ast.stmt]:
    """The list of statements that the last index of a path counts in."""
    for step, block in zip(path[:-1:2], path[1::2], strict=True):
        assert isinstance(step, int)
        assert isinstance(block, tuple)
        statements = inner_of(statements[step], block)
    return statements


def place_pair(
    before: list[ast.stmt], after: list[ast.stmt], path: Path, *, subject: str, line: int | None = None
) -> tuple[Place, Place] | None:
    """The places of one site in both functions, None where the legacy one has none that fits.

    Args:
        before: Statements of the legacy function.
        after: Statements of the rewritten function.
        path: Where the site stands in the rewritten one.
        subject: The dump of its subject.
        line: The first line of its chain in the legacy file, where known.
    """
    taken: list[int | Block] = []
    rest = list(path)
    while True:
        index = rest.pop(0)
        assert isinstance(index, int)
        codes = opcodes(before, after)
        code = next(code for code in codes if code[3] <= index < code[4])
        found = (
            _site_in(before, after, index, code, subject, line)
            if not rest
            else _holder_in(before, after, index, code, line)
        )
        if found is None:
            return None
        if not rest:
            end = _end(before, found, subject)
            ends = _matched(codes, end, len(before), len(after))
            starts = _firsts(before, after, found, index, subject)
            return Place((*taken, starts[0]), None if ends is None else end), Place((*path[:-1], starts[1]), ends)
        block = rest.pop(0)
        assert isinstance(block, tuple)
        taken += [found, block]
        after = inner_of(after[index], block)
        before = inner_of(before[found], block)


def opcodes(before: list[ast.stmt], after: list[ast.stmt]) -> list[Opcode]:
    """How one list of statements becomes the other."""
    old, new = (list(map(ast.dump, statements)) for statements in (before, after))
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def blocks(statement: ast.stmt) -> Iterator[tuple[Block, list[ast.stmt]]]:
    """The lists of statements in a statement, with their names."""
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(statement, name, None)
        if isinstance(inner, list) and inner:
            yield (name, -1), inner
    for name in ("handlers", "cases"):
        for number, part in enumerate(getattr(statement, name, ())):
            yield (name, number), part.body


def inner_of(statement: ast.stmt, block: Block) -> list[ast.stmt]:
    """One list of statements in a statement; empty where it has none of that name."""
    name, number = block
    found: list[ast.stmt]
    if number < 0:
        found = getattr(statement, name, [])
        return found
    parts = getattr(statement, name, [])
    return parts[number].body if number < len(parts) else []


def mentions(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether a name is read in one of these."""
    return any(
        isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load)
        for node in nodes
        for inner in ast.walk(node)
    )


def compares(statement: ast.stmt, subject: str) -> bool:
    """Whether a statement's own expressions contain the subject."""
    return any(
        ast.dump(inner) == subject for node in header(statement) for inner in ast.walk(node) if type(inner) in SUBJECTS
    )


SUBJECTS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def header(statement: ast.stmt) -> list[ast.AST]:
    """What belongs to a statement itself: everything but its lists of statements."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.match_case):
            found += [child.pattern, *([child.guard] if child.guard else [])]
        elif isinstance(child, ast.ExceptHandler):
            found += [child.type] if child.type else []
        elif not isinstance(child, ast.stmt):
            found.append(child)
    return found


def _site_in(
    before: list[ast.stmt], after: list[ast.stmt], index: int, code: Opcode, subject: str, line: int | None
) -> int | None:
    """The first statement of the chain: the next one that asks the subject, after those that stand for others."""
    _, first, last, start, _ = code
    fitting = [each for each in range(first, last) if compares(before[each], subject)]
    if not fitting and first < len(before) and compares(before[first], subject):
        fitting = [first]
    exact = [each for each in fitting if line is not None and _covers(before[each], line)]
    earlier = sum(compares(each, subject) for each in after[start:index])
    return next(iter(exact or fitting[min(earlier, len(fitting) - 1) :]), None) if fitting else None


def _holder_in(before: list[ast.stmt], after: list[ast.stmt], index: int, code: Opcode, line: int | None) -> int | None:
    """The statement that holds the site: of the same kind, with the same own expressions."""
    _, first, last, start, _ = code
    shape = _shape(after[index])
    fitting = [each for each in range(first, last) if _shape(before[each]) == shape]
    exact = [each for each in fitting if line is not None and _covers(before[each], line)]
    earlier = sum(_shape(each) == shape for each in after[start:index])
    return next(iter(exact or fitting[earlier:] or fitting), None)


def _shape(statement: ast.stmt) -> tuple[object, ...]:
    name = getattr(statement, "name", None)
    if isinstance(statement, ast.Match):
        return type(statement), ast.dump(statement.subject)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return type(statement), name
    return type(statement), *(ast.dump(node) for node in header(statement))


def _covers(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or statement.lineno)


def _end(statements: list[ast.stmt], index: int, subject: str) -> int:
    """The index behind a chain; of sibling ifs, behind the last."""
    end = index + 1
    while end < len(statements) and isinstance(statements[end], ast.If) and compares(statements[end], subject):
        end += 1
    return end


def _firsts(before: list[ast.stmt], after: list[ast.stmt], found: int, index: int, subject: str) -> tuple[int, int]:
    """Where sibling ifs begin, each of which leaves: in the rewritten list those of them that stayed in front."""
    first = found
    while first > 0 and isinstance(before[found], ast.If) and _leaves(before[first - 1], subject):
        first -= 1
    stayed = {ast.dump(each) for each in before[first:found]}
    while index > 0 and ast.dump(after[index - 1]) in stayed:
        index -= 1
    return first, index


def _leaves(statement: ast.stmt, subject: str) -> bool:
    if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.body[-1], LEAVING):
        return False
    return compares(statement, subject)


LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def _matched(codes: list[Opcode], end: int, before: int, after: int) -> int | None:
    """The index in the rewritten list that an index in the legacy list corresponds to."""
    if end == before:
        return after
    return next((code[3] + end - code[1] for code in codes if code[0] == "equal" and code[1] <= end < code[2]), None)
