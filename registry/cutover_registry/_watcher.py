"""Keep the switch as its file says: a daemon thread looks at the file five times a second.

Damage never switches anything: the last good state is kept, and each change that cannot be read is logged once.
After a fork the child, which has no threads, looks again and starts its own.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from cutover_registry._faults import LOGGER, count_fault
from cutover_registry._site import STATE, apply_switch
from cutover_registry._switch import SwitchRule, SwitchSnapshot, held_arm, switch_file
from cutover_registry._writing import WRITING
from cutover_registry.errors import InvalidSwitch

INTERVAL = 0.2
Fingerprint = tuple[int, int, int] | str | None


class SwitchWatcher:
    """Reads one switch file whenever it changes.

    Args:
        interval: Seconds between two looks.

    Attributes:
        chores: What the thread does at each look; looking at the file is the first.
    """

    def __init__(self, *, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._path: Path | None = None
        self._seen: Fingerprint = None
        self._thread: threading.Thread | None = None
        self.chores: list[Callable[[], None]] = [self.look]

    def attach(self) -> None:
        """Take the environment as it is now, read the file, and see that the thread runs.

        Raises:
            InvalidSwitch: When ``CUTOVER_ARM`` is set to anything but an arm.
        """
        arm, path = held_arm(), switch_file()
        with WRITING:
            STATE.environment = arm
            if path != self._path:
                self._path, self._seen, STATE.rules = path, None, ()
            apply_switch()
        self.look()
        with WRITING:
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def look(self) -> None:
        """Read the file if it is another than the one seen last."""
        try:
            with WRITING:
                self._reread()
        except (InvalidSwitch, OSError, UnicodeDecodeError) as error:
            LOGGER.warning("the switch keeps its last state: %s", error)

    def restart(self) -> None:
        """Begin again in a forked child, if the parent had begun."""
        if self._thread is not None:
            self.look()
            self._start()

    def _reread(self) -> None:
        found = None if self._path is None else _fingerprint(self._path)
        if self._path is None or found == self._seen:
            return
        self._seen = found
        STATE.rules = _read(self._path, found)
        apply_switch()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="cutover-switch", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._interval):
            for chore in self.chores:
                try:
                    chore()
                except Exception:  # noqa: BLE001  the switch must go on being read
                    count_fault("switch watcher")


WATCHER = SwitchWatcher()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCHER.restart)


def _fingerprint(path: Path) -> Fingerprint:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error)
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _read(path: Path, found: Fingerprint) -> tuple[SwitchRule, ...]:
    if found is None:
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    return SwitchSnapshot.from_text(text, source=str(path)).rules
