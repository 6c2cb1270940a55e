"""The journal of what was applied: `.cutover/journal.json`, with the bytes of each file before and after beside it.

`originals/<path>` has the bytes before `apply`, `applied/<path>` those that this program wrote last, `finished/<path>`
those of the finished cutover where failover loops were adopted since. `folders` names the folders that were created,
`switch` says whether a switch file was there before: `undo` leaves what `apply` found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from cutover_migrate.apply._change import FileChange, digest, locate, read_bytes
from cutover_migrate.apply._lock import FOLDER
from cutover_migrate.apply.errors import JournalDamaged, JournalMissing, JournalTooNew, PathRefused

VERSION = 1
JOURNAL = f"{FOLDER}/journal.json"
ORIGINALS = f"{FOLDER}/originals"
APPLIED = f"{FOLDER}/applied"
FINISHED = f"{FOLDER}/finished"
SWITCH = f"{FOLDER}/switch.json"
SWITCH_COMPANIONS = tuple(
    f"{FOLDER}/{name}" for name in ("switch-history.jsonl", "switch.json.lock", "kill", "quarantine")
)
OWN = ("version", "state", "files", "folders", "switch")

State = Literal["applied", "finished"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JournalFile:
    """One file that was written; a digest is None where the file did not, or does not, exist; `mode` is that before."""

    path: str
    created: bool
    before_sha256: str | None
    after_sha256: str | None
    mode: int | None


@dataclass(frozen=True, slots=True)
class Journal:
    """What was applied here; `details` are the parts that other packages own (`sites`, `modules`, `generated`, …)."""

    state: State
    files: tuple[JournalFile, ...]
    folders: tuple[str, ...] = ()
    switch: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sites(self) -> Sequence[Mapping[str, Any]]:
        """The sites that were rewritten, in the shape that the plan gave them."""
        sites: Sequence[Mapping[str, Any]] = self.details.get("sites", ())
        return sites

    @property
    def modules(self) -> Sequence[Mapping[str, Any]]:
        """The modules that bind providers, with their callees."""
        modules: Sequence[Mapping[str, Any]] = self.details.get("modules", ())
        return modules

    @property
    def generated(self) -> Mapping[str, str]:
        """The generated files by role."""
        generated: Mapping[str, str] = self.details.get("generated", {})
        return generated

    def file(self, path: str) -> JournalFile | None:
        """Give the entry of one file, None if it was not written."""
        return next((file for file in self.files if file.path == path), None)

    def encode(self) -> bytes:
        """Give the bytes of `journal.json`."""
        own = {"version": VERSION, **{name: value for name, value in asdict(self).items() if name != "details"}}
        return (json.dumps({**self.details, **own}, indent=2) + "\n").encode()


def details_of(journal: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a caller adds to the journal; the keys that this package owns are left out."""
    return {name: value for name, value in journal.items() if name not in OWN}


def read_journal(root: Path | str) -> Journal:
    """Read and check the journal of a project.

    Raises:
        JournalMissing: Nothing was applied here.
        JournalDamaged: It is damaged or foreign.
        JournalTooNew: A newer version wrote it.
    """
    data = read_bytes(Path(root) / JOURNAL)
    if data is None:
        raise JournalMissing(JOURNAL)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise JournalDamaged(JOURNAL, f"no JSON: {error}") from error
    _check_version(found)
    try:
        return _from_json(found)
    except (KeyError, TypeError, ValueError, PathRefused) as error:
        raise JournalDamaged(JOURNAL, str(error)) from error


def original_of(root: Path, file: JournalFile) -> bytes | None:
    """Read the bytes of a file before `apply`; None if it was created."""
    return _copy(root, f"{ORIGINALS}/{file.path}", file.before_sha256)


def applied_of(root: Path, file: JournalFile) -> bytes | None:
    """Read the bytes of a file that this program wrote last; None if it removed it."""
    return _copy(root, f"{APPLIED}/{file.path}", file.after_sha256)


def finished_of(root: Path, path: str) -> bytes | None:
    """Read the bytes of a file as the cutover finished it; None where no loop of it was adopted since."""
    return read_bytes(root / locate(root, f"{FINISHED}/{path}"))


def keep(root: Path, path: str, data: bytes | None) -> FileChange:
    """Give the change that makes one of our own files in `.cutover` these bytes."""
    return FileChange(path, read_bytes(root / path), data)


def _copy(root: Path, path: str, sha256: str | None) -> bytes | None:
    if sha256 is None:
        return None
    data = read_bytes(root / locate(root, path))
    if digest(data) != sha256:
        raise JournalDamaged(path, "missing" if data is None else "its SHA-256 is not the one in the journal")
    return data


def _check_version(found: object) -> None:
    version = found.get("version") if isinstance(found, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise JournalDamaged(JOURNAL, "it has no version")
    if version > VERSION:
        raise JournalTooNew(JOURNAL, found=version, known=VERSION)


def _from_json(found: Mapping[str, Any]) -> Journal:
    if found["state"] not in {"applied", "finished"}:
        raise ValueError(f"unknown state {found['state']!r}")
    details = details_of(found)
    for name, kind in (("sites", list), ("modules", list), ("generated", dict)):
        if not isinstance(details.get(name, kind()), kind):
            raise TypeError(f"{name} is no {kind.__name__}")
    files = tuple(_file(entry) for entry in found["files"])
    if len({file.path for file in files}) != len(files):
        raise ValueError("a file stands twice")
    return Journal(found["state"], files, tuple(map(_path, found["folders"])), _is(found["switch"], bool), details)


def _file(entry: Mapping[str, Any]) -> JournalFile:
    file = JournalFile(
        path=_path(entry["path"]),
        created=_is(entry["created"], bool),
        before_sha256=_sha256(entry["before_sha256"]),
        after_sha256=_sha256(entry["after_sha256"]),
        mode=None if entry["mode"] is None else _is(entry["mode"], int),
    )
    if file.created != (file.before_sha256 is None) or (file.before_sha256 is None and file.after_sha256 is None):
        raise ValueError(f"{file.path}: created and its digests do not agree")
    return file


def _path(value: object) -> str:
    path = _is(value, str)
    if not path or path.startswith(("/", f"{FOLDER}/")) or any(part in {"", ".", ".."} for part in path.split("/")):
        raise ValueError(f"{path!r} is not a path in this project")
    return path


def _sha256(value: object) -> str | None:
    if value is not None and not re.fullmatch("[0-9a-f]{64}", _is(value, str)):
        raise ValueError(f"{value!r} is no SHA-256")
    return None if value is None else str(value)


def _is(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
