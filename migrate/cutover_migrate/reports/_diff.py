"""A unified diff that ``git apply`` and ``patch -p1`` take: bytes in, bytes out, line ends and encodings untouched.

Example: ``patch(plan.applied())``
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from cutover_migrate.apply import FileChange

NO_NEWLINE = b"\\ No newline at end of file\n"
ESCAPED = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
PLAIN = re.compile(r"[ !#-\[\]-~]+")


def patch(changes: Iterable[FileChange], *, context: int = 3) -> bytes:
    """Every change as one patch; a change that changes nothing is left out."""
    return b"".join(part for change in changes for part in _file(change, context))


def _file(change: FileChange, context: int) -> Iterator[bytes]:
    if change.before == change.after:
        return
    old, new = _name("a/", change.path), _name("b/", change.path)
    yield b"diff --git %s %s\n" % (old, new)
    if change.before is None:
        yield b"new file mode 100644\n"
    if change.after is None:
        yield b"deleted file mode 100644\n"
    before, after = _lines(change.before), _lines(change.after)
    heads = (b"/dev/null" if change.before is None else old, b"/dev/null" if change.after is None else new)
    for number, line in enumerate(
        difflib.diff_bytes(difflib.unified_diff, before, after, *heads, n=context, lineterm=b"\n")
    ):
        # `patch` needs a tab behind a name with a blank in it
        end = b"\t\n" if number < 2 and b" " in heads[number] else b"\n"
        yield line.removesuffix(b"\n") + end if number < 2 else line
        if not line.endswith(b"\n"):
            yield b"\n" + NO_NEWLINE


def _lines(data: bytes | None) -> list[bytes]:
    """Lines as patches have them: only a line feed ends one."""
    parts = (data or b"").split(b"\n")
    return [*(part + b"\n" for part in parts[:-1]), *([parts[-1]] if parts[-1] else [])]


def _name(side: str, path: str) -> bytes:
    """A path as git writes it: quoted where it has anything but plain characters."""
    name = side + path
    if PLAIN.fullmatch(name):
        return name.encode()
    quoted = "".join(ESCAPED.get(letter) or (letter if PLAIN.fullmatch(letter) else _octal(letter)) for letter in name)
    return f'"{quoted}"'.encode()


def _octal(letter: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in letter.encode(errors="surrogateescape"))
