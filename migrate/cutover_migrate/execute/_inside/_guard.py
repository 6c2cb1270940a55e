"""Shut the process in before any code of the user runs: no network, no files, no other processes, little memory.

Several walls, each of which holds where another is missing: namespaces of the kernel, limits of the kernel that cannot
be raised again, and an audit hook of the interpreter, which cannot be taken off. Only what is listed is let through.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from typing import Any

from cutover_migrate.execute._inside._run import NOW, Refused

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWIPC = 0x08000000
MEBIBYTE = 1 << 20
LET_THROUGH = {
    "compile", "exec", "object.__getattr__", "object.__setattr__", "object.__delattr__", "sys._getframe",
    "sys._getframemodulename", "builtins.id", "sys.unraisablehook", "sys.excepthook", "sys.set_asyncgen_hooks",
    "sys.set_asyncgen_hook_firstiter", "sys.set_asyncgen_hook_finalizer", "gc.get_referents",
}  # fmt: skip
NEEDED_LATER = ("unicodedata", "encodings.latin_1", "encodings.ascii", "encodings.utf_8_sig", "encodings.idna")


def shut_in(*, seconds: float, memory_mib: int) -> list[str]:
    """Put up every wall that this system has; give their names."""
    for name in NEEDED_LATER:
        __import__(name)
    walls = list(_kernel(seconds=seconds, memory_mib=memory_mib))
    sys.path[:] = []
    sys.modules.pop("ctypes", None)
    sys.modules.pop("_ctypes", None)
    sys.addaudithook(_audit)
    return [*walls, "audit hook"]


def _kernel(*, seconds: float, memory_mib: int) -> Iterator[str]:
    if sys.platform == "linux" and _unshare():
        yield "network namespace"
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return
    wanted = {
        "memory": (resource.RLIMIT_AS, memory_mib * MEBIBYTE),
        "time": (resource.RLIMIT_CPU, int(seconds) + 1),
        "no writing": (resource.RLIMIT_FSIZE, 0),
        "no new descriptors": (resource.RLIMIT_NOFILE, _descriptors()),
        "no core": (resource.RLIMIT_CORE, 0),
    }
    if hasattr(resource, "RLIMIT_NPROC"):
        wanted["no processes"] = (resource.RLIMIT_NPROC, 0)
    for name, (limit, value) in wanted.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
            yield name


def _unshare() -> bool:
    """Leave the network behind, with a user namespace of our own."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)
    except (OSError, AttributeError):
        return False


def _descriptors() -> int:
    """How many descriptors are open: the three that we were given."""
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.close(number)
    return 3


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event in LET_THROUGH:
        return
    NOW.run.refused.append(f"{event} {args[0]!r}"[:120] if args and type(args[0]) is str else event)
    raise Refused(event)
