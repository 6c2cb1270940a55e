"""What a reload of the tables changed, and the file whose changes cause one.

A reload is all or nothing: what cannot be read, or cannot be bound, leaves everything as it was.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import FrameType, ModuleType

from cutover_registry._config import ProviderConfig
from cutover_registry._config_file import AUTO_DETECT, detected, literal_tables
from cutover_registry._faults import logger
from cutover_registry._later import Later
from cutover_registry._tables import Tables
from cutover_registry._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

signal = Later("signal")

Reload = Callable[[Tables], "Reloaded"]
Fingerprint = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What became different: names of providers, per changed provider its fields, and the other tables.

    >>> str(Reloaded(added=("near",), changed={"far": ("timeout",)}))
    'added near; changed far (timeout)'
    >>> str(Reloaded()), bool(Reloaded())
    ('nothing changed', False)
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.tables)

    def __str__(self) -> str:
        changed = [f"{name} ({', '.join(names)})" for name, names in self.changed.items()]
        parts = {"added": self.added, "removed": self.removed, "changed": changed, "set anew": self.tables}
        return "; ".join(f"{word} {', '.join(names)}" for word, names in parts.items() if names) or "nothing changed"


def difference(before: Tables, after: Tables) -> Reloaded:
    """Say what differs between two sets of tables."""
    both = [name for name in after.configs if name in before.configs]
    changed = {name: _changed_fields(before.configs[name], after.configs[name]) for name in both}
    return Reloaded(
        added=tuple(name for name in after.configs if name not in before.configs),
        removed=tuple(name for name in before.configs if name not in after.configs),
        changed={name: names for name, names in changed.items() if names},
        tables=tuple(table for table, attribute in _OTHERS.items() if _differ(attribute, before, after)),
    )


class ConfigWatch:
    """Follows one configuration file: by its changes, or by a signal alone.

    Args:
        path: The file.
        reload: Takes the tables that were read.
        module: The imported form of the file, whose dicts and lists are kept up to date in place; or None.
        number: The signal; None to look at the file instead.
    """

    def __init__(self, path: Path, *, reload: Reload, module: ModuleType | None, number: int | None) -> None:
        self._path = path
        self._reload = reload
        self._module = module
        self._asked = threading.Event()
        self._by_signal = number is not None
        self._seen = _fingerprint(path)
        if number is not None:
            self._listen(number)

    def look(self) -> None:
        """Reload if the file is another than the one seen last, or if the signal came; log what came of it."""
        found = _fingerprint(self._path)
        if not self._due(found):
            return
        self._asked.clear()
        self._seen = found
        try:
            tables = literal_tables(self._path)
            done = self._reload(Tables.from_mapping(tables))
        except Exception as error:  # noqa: BLE001  whatever is wrong with the file, the gateway goes on
            logger().warning("%s was not taken, the providers stay as they were: %s", self._path, error)
            return
        self._refresh(tables)
        logger().info("%s was read again: %s", self._path, done)

    def _due(self, found: Fingerprint) -> bool:
        return self._asked.is_set() if self._by_signal else found is not None and found != self._seen

    def _listen(self, number: int) -> None:
        before = signal.getsignal(number)

        def asked(number: int, frame: FrameType | None) -> None:
            self._asked.set()
            if callable(before):
                before(number, frame)

        signal.signal(number, asked)

    def _refresh(self, tables: dict[str, object]) -> None:
        derived = {**tables, AUTO_DETECT: detected(tables)}
        for name, value in derived.items():
            there = getattr(self._module, name, None)
            if isinstance(there, dict) and isinstance(value, dict):
                there.update(value)
                for gone in [key for key in there if key not in value]:
                    del there[gone]
            elif isinstance(there, list) and isinstance(value, list):
                there[:] = value
            elif self._module is not None:
                setattr(self._module, name, value)


_OTHERS = {
    "PROVIDER_ALIASES": "aliases",
    "DEFAULT_PROVIDER": "default_provider",
    "DEFAULT_TIMEOUT": "default_timeout",
    "SLOTS": "convention",
}


def _differ(attribute: str, before: Tables, after: Tables) -> bool:
    return bool(getattr(before, attribute) != getattr(after, attribute))


def _changed_fields(before: ProviderConfig, after: ProviderConfig) -> tuple[str, ...]:
    return tuple(each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name))


def _fingerprint(path: Path) -> Fingerprint:
    with contextlib.suppress(OSError):
        stat = os.stat(path)
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
    return None
