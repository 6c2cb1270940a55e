"""Three-way merge of a file that was edited since this program wrote it.

`base` is what this program wrote, `current` what is there now, `wanted` what is to be there. Lines decide, bytes are
kept. The merge3 library refuses edits that touch each other; here an edit that keeps our lines whole, and only adds
some next to them, is no conflict: a requirement added below ours survives the removal of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from merge3 import Merge3, SequenceMatcherProtocol

Lines = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both changes fit; `data` has them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Conflicting:
    """Both changed the same lines; `lines` has the first line of each such place in `current`, from 1."""

    lines: tuple[int, ...]


class _Matcher(difflib.SequenceMatcher[bytes]):
    """Difflib without its heuristic that leaves frequent lines out."""

    def __init__(
        self,
        isjunk: Callable[[bytes], bool] | None = None,
        a: Sequence[bytes] = (),
        b: Sequence[bytes] = (),
        autojunk: bool = False,
    ) -> None:
        super().__init__(isjunk, a, b, autojunk=autojunk)


_MATCHER = cast("type[SequenceMatcherProtocol[bytes]]", _Matcher)


def merge(base: bytes, *, current: bytes, wanted: bytes) -> Merged | Conflicting:
    """Bring the change from `base` to `wanted` into `current`."""
    olds, ours, theirs = (data.splitlines(keepends=True) for data in (base, current, wanted))
    head = _common_head(olds, ours, theirs)
    tail = _common_head(olds[head:][::-1], ours[head:][::-1], theirs[head:][::-1])
    old, our, their = (lines[head : len(lines) - tail] for lines in (olds, ours, theirs))
    merged: list[bytes] = list(olds[:head])
    conflicts: list[int] = []
    for kind, *span in Merge3(old, our, their, sequence_matcher=_MATCHER).merge_regions():
        places = [*span]
        group = _settle(str(kind), places, olds=old, ours=our, theirs=their)
        if group is None:
            conflicts.append(head + places[2] + 1)
        else:
            merged += group
    if conflicts:
        return Conflicting(tuple(conflicts))
    merged += olds[len(olds) - tail :]
    return Merged(_join(merged, current or base or wanted))


def _settle(kind: str, span: Sequence[int], *, olds: Lines, ours: Lines, theirs: Lines) -> Lines | None:
    if kind == "unchanged":
        return olds[span[0] : span[1]]
    if kind in {"a", "same"}:
        return ours[span[0] : span[1]]
    if kind == "b":
        return theirs[span[0] : span[1]]
    old, our, their = olds[span[0] : span[1]], ours[span[2] : span[3]], theirs[span[4] : span[5]]
    return _beside(old, our, their) or _beside(old, their, our)


def _beside(old: Lines, whole: Lines, changed: Lines) -> Lines | None:
    """Give `changed` with the lines that `whole` adds around `old`; None unless `old` is there once and whole."""
    starts = [start for start in range(len(whole) - len(old) + 1) if whole[start : start + len(old)] == old]
    if not old or len(starts) != 1:
        return None
    return [*whole[: starts[0]], *changed, *whole[starts[0] + len(old) :]]


def _common_head(*texts: Lines) -> int:
    count = 0
    for lines in zip(*texts, strict=False):
        if lines.count(lines[0]) != len(lines):
            break
        count += 1
    return count


def _join(lines: Lines, sample: bytes) -> bytes:
    """Join lines; one that lost its line end, and now has another after it, gets the file's own."""
    end = b"\r\n" if b"\r\n" in sample else b"\n"
    return b"".join(line if line.endswith((b"\n", b"\r")) else line + end for line in lines[:-1]) + b"".join(lines[-1:])
