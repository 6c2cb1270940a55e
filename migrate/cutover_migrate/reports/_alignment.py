"""Which lines of a file after an edit stand where lines before it stood.

Example: ``Alignment(before, after).span(870, 1042)``
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher


class Alignment:
    """Two versions of a file's lines; numbers count from 1."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self._codes = SequenceMatcher(None, before, after).get_opcodes()
        self.gone = {line + 1 for tag, i, k, _, _ in self._codes if tag != "equal" for line in range(i, k)}
        self.new = {line + 1 for tag, _, _, i, k in self._codes if tag != "equal" for line in range(i, k)}

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The first and the last line after the edit of what stood in these lines before it."""
        return self._start(first - 1) + 1, self._end(last)

    def _start(self, place: int) -> int:
        for tag, i, k, after, _ in self._codes:
            if k > place or i == k == place:
                return after + place - i if tag == "equal" else after
        return self._codes[-1][4] if self._codes else 0

    def _end(self, place: int) -> int:
        for tag, i, k, after, end in self._codes:
            if k >= place:
                return after + place - i if tag == "equal" else end
        return self._codes[-1][4] if self._codes else 0
