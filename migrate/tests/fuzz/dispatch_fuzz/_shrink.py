"""Make a failing program small: leave out what it does not need to fail in the same way.

Works on the lines of the file: a line goes with all that stands further in, or a block loses its head and its body
moves out. Whatever still compiles and breaks the same rule is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

Fails = Callable[[bytes], bool]


def shrink(data: bytes, fails: Fails, *, seconds: float = 60.0) -> bytes:
    """The smallest file found that fails in the same way."""
    until = time.monotonic() + seconds
    best = _fewer(_plainer(data, fails), fails)
    while True:
        smaller = _round(best, fails, until)
        if smaller == best or time.monotonic() > until:
            return smaller
        best = smaller


def _plainer(data: bytes, fails: Fails) -> bytes:
    for old, new in ((b"\xef\xbb\xbf", b""), (b"\r\n", b"\n"), (b"\t", b"    ")):
        other = data.replace(old, new)
        if other != data and fails(other):
            data = other
    return data


def _fewer(data: bytes, fails: Fails) -> bytes:
    """The file without the functions and classes that it does not need."""
    lines = data.split(b"\n")
    for at in reversed(range(len(lines))):
        if lines[at].startswith((b"def ", b"async def ", b"class ")):
            other = b"\n".join(lines[:at] + lines[_end(lines, at) :])
            if _compiles(other) and fails(other):
                lines = other.split(b"\n")
    return b"\n".join(lines)


def _round(data: bytes, fails: Fails, until: float) -> bytes:
    at = 0
    while time.monotonic() < until:
        lines = data.split(b"\n")
        if at >= len(lines):
            break
        for other in _smaller(lines, at):
            candidate = b"\n".join(other)
            if candidate != data and _compiles(candidate) and fails(candidate):
                data = candidate
                break
        else:
            at += 1
    return data


def _smaller(lines: list[bytes], at: int) -> Iterator[list[bytes]]:
    """The file without what begins at a line, in several ways."""
    end = _end(lines, at)
    yield from (lines[:at] + lines[last:] for last in reversed(_ends(lines, at)))
    head = lines[at]
    inner = lines[at + 1 : end]
    if inner and head.rstrip().endswith(b":"):
        step = _depth(inner[0]) - _depth(head)
        out = [line[step:] if _depth(line) >= step else line for line in inner]
        yield lines[:at] + out + lines[end:]
        yield [*lines[: at + 1], b" " * (_depth(head) + max(step, 1)) + b"pass", *lines[end:]]
    if at + 1 < len(lines):
        yield lines[:at] + lines[at + 1 :]
    yield from _simpler(lines, at)


SIMPLER = (
    (rb"\s+#.*$", b""),
    (rb"= .*$", b"= model"),
    (rb"return .+$", b"return"),
    (rb"return .+$", b"return model"),
    (rb"\((.*)\)", rb"()"),
    (rb", [^,()]*\)", rb")"),
    (rb" in \((\S+), .*\)", rb" == \1"),
    (rb" or .*:$", b":"),
    (rb"^(\s*)\S.*$", rb"\1pass"),
)


def _simpler(lines: list[bytes], at: int) -> Iterator[list[bytes]]:
    if b"def " in lines[at]:
        return
    for pattern, new in SIMPLER:
        line = re.sub(pattern, new, lines[at], count=1)
        if line != lines[at] and len(line) < len(lines[at]):
            yield [*lines[:at], line, *lines[at + 1 :]]


def _ends(lines: list[bytes], at: int) -> list[int]:
    """Where the next one, two, four and eight blocks of the same depth end."""
    found = [_end(lines, at)]
    while len(found) < 8 and found[-1] < len(lines) and _depth(lines[found[-1]]) == _depth(lines[at]):
        found.append(_end(lines, found[-1]))
    return [last for place, last in enumerate(found, 1) if place in {1, 2, 4, 8}]


def _end(lines: list[bytes], at: int) -> int:
    """Behind the last line that stands further in than a line."""
    depth = _depth(lines[at])
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    return end


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _compiles(data: bytes) -> bool:
    try:
        compile(data, "small", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
