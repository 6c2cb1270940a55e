"""The mark that a rollout was started from this project: where its state is, so that `cutover finish` can ask it.

    {"version": 1, "state": "postgresql://ops@db.internal/gateway", "name": "default", "sites": ["*"]}

It has no password in it: whoever reads the state later brings that along, as whoever started it did.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover_rollout._durable import exclusive, replace_bytes
from cutover_rollout._errors import UnusableMark

MARK = Path(".cutover", "rollout.json")
VERSION = 1


@dataclass(frozen=True, slots=True)
class Started:
    """A rollout that was started from here.

    Attributes:
        state: The URL of its state, without a password; a file of SQLite by its absolute path.
        name: The name of the state there.
        sites: The sites that it takes to the registry arm; ("*",) for every one.
    """

    state: str
    name: str
    sites: tuple[str, ...]

    def speaks_of(self, site: str) -> bool:
        """Whether this site is one of the rollout's."""
        return "*" in self.sites or site in self.sites


def mark_started(root: str | os.PathLike[str], started: Started) -> Path:
    """Leave the mark in this project's root, in place of an earlier one; raises UnusableMark where that fails."""
    path = Path(root) / MARK
    fields = {"version": VERSION, "state": started.state, "name": started.name, "sites": list(started.sites)}
    try:
        with exclusive(path):
            replace_bytes(path, json.dumps(fields, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise UnusableMark(path, f"it cannot be written ({error.strerror})") from error
    return path


def started_here(root: str | os.PathLike[str]) -> Started | None:
    """What was started from this project's root, None if nothing was; raises UnusableMark."""
    path = Path(root) / MARK
    try:
        fields = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnusableMark(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UnusableMark(path, "it is not JSON") from error
    if not _is_mark(fields):
        raise UnusableMark(path, "it is not what `cutover rollout start` writes in this release")
    return Started(fields["state"], fields["name"], tuple(fields["sites"]))


def _is_mark(fields: Any) -> bool:
    if not isinstance(fields, dict) or fields.get("version") != VERSION or not isinstance(fields.get("sites"), list):
        return False
    return all(isinstance(text, str) for text in (fields.get("state"), fields.get("name"), *fields["sites"]))
