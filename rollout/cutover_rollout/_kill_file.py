"""The kill file: while it lies beside the switch file, every worker of this machine is on the legacy arm."""

import os
from pathlib import Path

from cutover_rollout._errors import UnwritableKillFile
from cutover_rollout._switch_file import KILL_FILE


def kill(path: str | os.PathLike[str]) -> Path:
    """Put everything on legacy that follows the switch file at `path`, whatever that or a state says; give the file.

    Workers follow within a second. Killing twice is nothing more.
    """
    target = Path(path).with_name(KILL_FILE)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    except OSError as error:
        raise UnwritableKillFile(target, error.strerror) from error
    return target


def end_kill(path: str | os.PathLike[str]) -> bool:
    """Take the kill file away, so that the switch decides again; whether there was one."""
    target = Path(path).with_name(KILL_FILE)
    try:
        target.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UnwritableKillFile(target, error.strerror) from error
    return True
