"""Whether ``apply`` only added lines: nothing taken away, nothing changed but a front's ``if`` into ``elif``.

Example: ``lost_line(before, after)``
"""

from __future__ import annotations

import re

FRONT = re.compile(rb"^([ \t]*)if\b")


def lost_line(before: bytes, after: bytes) -> int | None:
    """The first line of ``before`` (numbered from one) that ``after`` lacks in its place; ``None`` is as it should be.

    A line counts as there when it has the same bytes, its end included, or starts with ``elif`` for its ``if``.
    """
    old = before.splitlines(keepends=True)
    at = 0
    for line in after.splitlines(keepends=True):
        if at < len(old) and line in (old[at], FRONT.sub(rb"\1elif", old[at])):
            at += 1
    return at + 1 if at < len(old) else None
