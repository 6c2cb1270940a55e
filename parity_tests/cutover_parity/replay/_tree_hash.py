"""A tree by its content: one digest over its Python sources, whatever the folder is called and wherever it stands."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_SKIPPED = {"__pycache__", "node_modules"}
_ENVIRONMENT = "pyvenv.cfg"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree as it was: the digest of its sources, how many they were, the git commit if there is one, and the side."""

    sha256: str
    files: int
    commit: str = ""
    side: str | None = None


def tree_of(root: Path, *, side: str | None = None) -> Tree:
    """Describe a tree on disk; `side` is that to which its switch was held."""
    digest, count = sha256(), 0
    for name, data in _sources(root):
        count += 1
        digest.update(f"{name}\0{sha256(data).hexdigest()}\n".encode(errors="surrogateescape"))
    return Tree(digest.hexdigest(), count, _commit(root), side)


def _sources(root: Path) -> Iterator[tuple[str, bytes]]:
    """Give the Python files of a project by their paths; hidden folders, environments and caches are not part of it."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if _belongs(Path(folder), name)]
        found += [Path(folder, name) for name in files if name.endswith((".py", ".pyi"))]
    for path in sorted(found, key=lambda path: path.relative_to(root).as_posix()):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _belongs(folder: Path, name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED and not (folder / name / _ENVIRONMENT).is_file()


def _commit(root: Path) -> str:
    command = ["git", "-c", "core.hooksPath=/dev/null", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(  # noqa: S603 - git itself
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
