"""Arms from a git revision: checked out into a temporary folder outside of the user's tree, and removed again.

The user's tree, branch and index are not touched and none of the repository's hooks is run. A SIGTERM in between ends
the process as it would have, only that the folder is removed first.
"""

import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover_parity.errors import RevisionRefused

_SHORT = 10


@dataclass(frozen=True, slots=True)
class RevisionTree:
    """A revision on disk: `root` is where the project's root is in it."""

    root: Path
    name: str
    commit: str

    @property
    def label(self) -> str:
        """The name as it was given, with the commit that it stands for."""
        short = self.commit[:_SHORT]
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({short})"


@contextmanager
def revision_tree(project: Path, name: str) -> Iterator[RevisionTree]:
    """Check a revision of the repository around `project` out; gone when this is left, whatever happened.

    Raises:
        RevisionRefused: There is no git, no repository, no such revision, or no such folder in it.
    """
    top = Path(_asked(project, name, "rev-parse", "--show-toplevel"))
    commit = _asked(project, name, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    inner = project.resolve().relative_to(top.resolve())
    with _terminable():
        folder = Path(tempfile.mkdtemp(prefix="cutover-arm-"))
        tree = folder / top.name
        try:
            _asked(top, name, "worktree", "add", "--quiet", "--detach", str(tree), commit)
            if not (tree / inner).is_dir():
                raise RevisionRefused(name, project, f"the revision has no folder {inner}")
            yield RevisionTree(tree / inner, name, commit)
        finally:
            _run(top, "worktree", "remove", "--force", "--force", str(tree))
            shutil.rmtree(folder, ignore_errors=True)
            _run(top, "worktree", "prune")


def uncommitted(project: Path) -> tuple[str, ...]:
    """The files of a working tree that differ from its last commit, new ones included; none outside of git."""
    done = _run(project, "status", "--porcelain", "-z", "--no-renames", "--", ".")
    return tuple(entry[3:] for entry in done.stdout.split("\0") if entry) if done.returncode == 0 else ()


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a SIGTERM that nobody else handles unwind the stack."""
    own = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not own:
        yield
        return

    def unwind(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _asked(project: Path, name: str, *arguments: str) -> str:
    done = _run(project, *arguments)
    if done.returncode == 0:
        return done.stdout.strip()
    said = done.stderr.strip() or "it is neither a folder nor a revision of the repository there"
    raise RevisionRefused(name, project, said)


def _run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", "core.hooksPath=/dev/null", "-C", str(project), *arguments]
    try:
        return subprocess.run(  # noqa: S603 - git itself, its arguments are checked by it
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "git is not installed")
