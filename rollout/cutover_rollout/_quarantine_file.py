"""The quarantine file: a provider that stands in it is on the legacy arm at every site of this machine."""

import os
from pathlib import Path

from cutover_rollout._durable import append_line, exclusive, replace_bytes
from cutover_rollout._errors import UnknownName, UnreadableSwitchFile, UnwritableQuarantineFile
from cutover_rollout._switch_file import QUARANTINE_FILE, said_here


def quarantine(path: str | os.PathLike[str], provider: str) -> Path:
    """Put this provider on legacy for all that follow the switch file at `path`, whatever a state says; give the file.

    Workers follow within a second. Raises UnknownName for what can be no line, UnwritableQuarantineFile.
    """
    name = provider.strip()
    if not name or not name.isprintable():
        raise UnknownName("provider", provider, known=())
    target = Path(path).with_name(QUARANTINE_FILE)
    try:
        with exclusive(target):
            if name not in _named(path, target):
                append_line(target, name.encode())
    except OSError as error:
        raise UnwritableQuarantineFile(target, error.strerror) from error
    return target


def end_quarantine(path: str | os.PathLike[str], provider: str) -> bool:
    """Take a provider out of the file; whether it was in it. Raises UnwritableQuarantineFile."""
    target = Path(path).with_name(QUARANTINE_FILE)
    if provider not in _named(path, target):
        return False
    try:
        with exclusive(target):
            kept = [
                line for line in target.read_bytes().splitlines() if line.decode("utf-8", "replace").strip() != provider
            ]
            replace_bytes(target, b"".join(line + b"\n" for line in kept))
    except OSError as error:
        raise UnwritableQuarantineFile(target, error.strerror) from error
    return True


def _named(path: str | os.PathLike[str], target: Path) -> tuple[str, ...]:
    try:
        return said_here(path).quarantined
    except UnreadableSwitchFile as error:
        raise UnwritableQuarantineFile(target, error.problem) from error
