"""One file of the tree: its text, its syntax tree, and splices by byte range that leave every other byte alone."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

Spanned: TypeAlias = ast.stmt | ast.expr | ast.keyword


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes `start` to `end` of the text (as UTF-8) become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """A Python file; `path` is relative to the root of the tree, with slashes."""

    path: str
    text: str
    encoding: str

    @classmethod
    def read(cls, root: Path, path: str) -> "Source":
        """Read a file in the encoding that it declares; line ends stay as they are."""
        data = (root / path).read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return cls(path, data.decode(encoding), encoding)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def raw(self) -> bytes:
        """The text as UTF-8, which is what offsets count in."""
        return self.text.encode()

    @cached_property
    def starts(self) -> list[int]:
        """Where each line starts, and after the last one the end."""
        ends = [found.end() for found in re.finditer(rb"\r\n|\r|\n", self.raw)]
        return [0, *ends, *([] if ends and ends[-1] == len(self.raw) else [len(self.raw)])]

    @cached_property
    def newline(self) -> str:
        """The first line's end."""
        found = re.search(r"\r\n|\r|\n", self.text)
        return found.group() if found else "\n"

    def span(self, node: Spanned) -> tuple[int, int]:
        """Give the first byte of a node and that behind it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def segment(self, node: Spanned) -> str:
        """Give the text of a node."""
        start, end = self.span(node)
        return self.raw[start:end].decode()

    def line(self, number: int) -> str:
        """Give a line by its number, with its end."""
        return self.raw[self.starts[number - 1] : self.starts[number]].decode()

    def line_at(self, offset: int) -> int:
        """Give the number of the line that holds a byte."""
        return sum(start <= offset for start in self.starts[:-1])

    def replaced(self, node: Spanned, text: str) -> Splice:
        """Make the splice that puts other text in a node's place."""
        return Splice(*self.span(node), text)

    def spliced(self, splices: Iterable[Splice]) -> str:
        """Give the text with all splices made; they do not overlap."""
        raw = self.raw
        for splice in sorted(splices, key=lambda each: each.start, reverse=True):
            raw = raw[: splice.start] + splice.text.encode() + raw[splice.end :]
        return raw.decode()
