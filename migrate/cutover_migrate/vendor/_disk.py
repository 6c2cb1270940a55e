"""What stands where the runtime is to be vendored, or was."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

CACHE = "__pycache__"


def obstacle(root: Path, folder: str) -> str | None:
    """The path that is in the way of a new package at ``folder``: the folder itself, or a module that it would hide."""
    package, module = root / folder, root / f"{folder}.py"
    if module.exists() or module.is_symlink():
        return f"{folder}.py"
    if not package.exists() and not package.is_symlink():
        return None
    leftover = package.is_dir() and not package.is_symlink() and {entry.name for entry in package.iterdir()} <= {CACHE}
    return None if leftover else folder


def foreign_files(root: Path, folder: str, written: Container[str]) -> tuple[str, ...]:
    """The files in a vendored package that ``apply`` did not write; one may stand in for a module of the runtime."""
    found = (path for path in sorted((root / folder).rglob("*")) if not path.is_dir() and CACHE not in path.parts)
    names = (path.relative_to(root).as_posix() for path in found)
    return tuple(name for name in names if name not in written)
