"""Comments of a file, and where they go when the code around them goes.

Example: ``comments_in(source, 10, 20)``
"""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cutover_migrate.find import Chain, Source
from cutover_migrate.rewrite._regions import first_line, read_regions

PRAGMAS = ("noqa", "type:", "fmt:", "pylint:", "pragma", "isort:", "ruff:", "mypy:", "pyright:", "nosec")


@dataclass(frozen=True)
class Comment:
    """One comment: its line, its column in characters, its text without the mark."""

    line: int
    column: int
    text: str

    @property
    def is_pragma(self) -> bool:
        """Whether the comment speaks to a tool rather than to a person."""
        return self.text.lower().startswith(PRAGMAS)


def read_comments(source: Source) -> list[Comment]:
    """All comments of a file, in order."""
    tokens = tokenize.tokenize(io.BytesIO(source.data).readline)
    marks = (token for token in tokens if token.type == tokenize.COMMENT)
    return [Comment(*mark.start, mark.string.lstrip("#").strip()) for mark in marks]


def between(comments: Iterable[Comment], first: int, last: int) -> list[Comment]:
    """The comments on lines ``first`` to ``last``."""
    return [comment for comment in comments if first <= comment.line <= last]


def header_comment(source: Source, chain: Chain) -> Comment | None:
    """The first comment of a ``match`` that stands in front of its cases: it has no branch to go with."""
    if chain.kind != "match":
        return None
    last = first_line(read_regions(source, chain)) - 1
    return next(iter(between(read_comments(source), chain.start_line, last)), None)


def shared_texts(regions: list[list[Comment]]) -> set[str]:
    """The comment texts that every region has: they stay in the template."""
    if not regions:
        return set()
    common = Counter(comment.text for comment in regions[0])
    for region in regions[1:]:
        common &= Counter(comment.text for comment in region)
    return set(common)
