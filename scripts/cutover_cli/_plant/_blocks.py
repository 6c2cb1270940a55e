"""Statements as whole lines: taken from their place, moved in by one level, put back behind `try:`."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover_cli._plant._sources import Source, Splice


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that have their lines for themselves; `inner` are the line numbers inside texts over several lines."""

    source: Source
    first: int
    last: int
    indent: str
    inner: frozenset[int]

    @property
    def unit(self) -> str:
        """One level of indentation."""
        return "\t" if "\t" in self.indent else "    "

    @property
    def text(self) -> str:
        """The lines as they are."""
        return "".join(self._lines())

    @property
    def moved(self) -> str:
        """The lines, one level further in."""
        numbers = range(self.first, self.last + 1)
        pairs = zip(numbers, self._lines(), strict=True)
        return "".join(line if number in self.inner or not line.strip() else self.unit + line for number, line in pairs)

    def replaced(self, text: str) -> Splice:
        """Make the splice that puts other lines in their place."""
        return Splice(self.source.starts[self.first - 1], self.source.starts[self.last], text)

    def tried(self, *handler: str, error: str = "") -> Splice:
        """Make the splice that wraps the lines in a `try`; the handler's lines, or `moved` as one of them, follow."""
        caught = f"except Exception as {error}:" if error else "except Exception:"
        lines = [f"{self.indent}try:", self.moved, f"{self.indent}{caught}", *handler]
        return self.replaced("".join(self._ended(line) for line in lines))

    def inside(self, statement: str) -> str:
        """Give a line of the handler."""
        return f"{self.indent}{self.unit}{statement}"

    def _ended(self, line: str) -> str:
        return line if line.endswith(("\n", "\r")) else line + self.source.newline

    def _lines(self) -> Iterator[str]:
        return (self.source.line(number) for number in range(self.first, self.last + 1))


def block_of(source: Source, statements: Sequence[ast.stmt]) -> Block | None:
    """Give the lines of statements; None where something else stands on them."""
    first = min([statements[0].lineno, *(each.lineno for each in getattr(statements[0], "decorator_list", []))])
    last = statements[-1].end_lineno or first
    start = source.raw[source.starts[first - 1] : source.span(statements[0])[0]].decode()
    behind = source.raw[source.span(statements[-1])[1] : source.starts[last]].decode().strip()
    if (first == statements[0].lineno and start.strip()) or (behind and not behind.startswith("#")):
        return None
    indent = start[: len(start) - len(start.lstrip())]
    return Block(source, first, last, indent, frozenset(_inner(statements)))


def _inner(statements: Sequence[ast.stmt]) -> Iterator[int]:
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                yield from range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
