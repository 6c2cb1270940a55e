"""Shut the candidate's process in: no network, nothing written, no other processes, not more memory than it is given.

Several walls, each of which holds where another is missing: namespaces of the kernel, a filter of system calls, limits
that cannot be raised again, and an audit hook of the interpreter, which cannot be taken off.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from typing import Any

NEWNS, NEWIPC, NEWUSER, NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x40000000
SET_DEATH_SIGNAL, SET_SECCOMP, SET_NO_NEW_PRIVILEGES = 1, 22, 38
MOUNT_SETATTR, RECURSIVE, READ_ONLY, PRIVATE = 442, 0x8000, 1, 1 << 18
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
# The architecture, then: socket, connect, bind, listen, execve, execveat, kill, ptrace
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 49, 50, 59, 322, 62, 101)),
    "aarch64": (0xC00000B7, (198, 203, 200, 201, 221, 281, 129, 117)),
}
REFUSED = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.kill",
    "os.killpg", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
    "os.chown", "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree", "pty.spawn", "sqlite3.connect",
    "signal.pthread_kill",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(OSError):
    """The candidate was about to reach out of its process."""


def shut_in(*, memory: int) -> list[str]:
    """Put up every wall that this system has; give their names."""
    walls = list(_kernel(memory))
    sys.addaudithook(_audit)
    return [*walls, "audit hook"]


def _kernel(memory: int) -> Iterator[str]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None:
        libc.prctl(SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        yield from _namespaces(libc)
    limits = {
        "no files": (resource.RLIMIT_FSIZE, 0),
        "no core": (resource.RLIMIT_CORE, 0),
        "memory": (resource.RLIMIT_DATA, memory),
    }
    for name, (limit, value) in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
            yield name
    if libc is not None and _filter(libc):
        yield "system call filter"


def _namespaces(libc: Any) -> Iterator[str]:
    if libc.unshare(NEWUSER | NEWNET | NEWIPC | NEWNS) == 0:
        yield "network namespace"
        attributes = struct.pack("QQQQ", READ_ONLY, 0, PRIVATE, 0)
        if libc.syscall(MOUNT_SETATTR, -100, b"/", RECURSIVE, attributes, len(attributes)) == 0:
            yield "read-only file systems"
    elif libc.unshare(NEWUSER | NEWNET) == 0:
        yield "network namespace"


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def _filter(libc: Any) -> bool:
    """Refuse sockets, other programs and signals to other processes; pairs of sockets stay, event loops need them."""
    known = _CALLS.get(platform.machine())
    if known is None or libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    architecture, numbers = known
    steps = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, _REFUSE), (0x20, 0, 0, 0)]
    for number in numbers:
        steps += [(0x15, 0, 1, number), (0x06, 0, 0, _REFUSE)]
    steps.append((0x06, 0, 0, _ALLOW))
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), packed)
    return bool(libc.prctl(SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event == "open":
        mode, flags = args[1], args[2]
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING)
        if writes and args[0] != os.devnull:
            raise Refused(f"nothing is written in a shadow: {args[0]!r}")
    elif event in REFUSED:
        raise Refused(f"{event} is refused in a shadow: nothing leaves its process")
