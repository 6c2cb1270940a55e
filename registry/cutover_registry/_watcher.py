"""Keep the switch as its file says: daemon threads look at it, and at the kill file beside it, five times a second.

Damage never switches anything: the last good state is kept, and each change that cannot be read is logged once. The
kill file has a thread of its own, and no file is read under the writers' lock: neither a chore nor a disk that hangs
keeps a kill waiting that comes another way. After a fork the child, which has no threads, looks again and starts its
own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from cutover_registry._faults import count_fault, logger
from cutover_registry._local import listen_for_kill, look_around, tell
from cutover_registry._site import STATE, apply_switch
from cutover_registry._switch import SwitchSnapshot, held_arm, switch_file
from cutover_registry._typing import TYPE_CHECKING
from cutover_registry._writing import WRITING
from cutover_registry.errors import InvalidSwitch

if TYPE_CHECKING:
    from pathlib import Path

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
        self._reading = threading.Lock()
        self._threads: tuple[threading.Thread, ...] = ()
        self.chores: list[Callable[[], None]] = [self._look_at_file]

    def attach(self) -> None:
        """Take the environment as it is now, read the file, and see that the threads run.

        Raises:
            InvalidSwitch: When ``CUTOVER_ARM`` is set to anything but an arm, or ``CUTOVER_KILL_SIGNAL`` to anything
                but a signal that can be caught.
        """
        arm, path = held_arm(), switch_file()
        listen_for_kill(self._kill)
        with self._reading, WRITING:
            STATE.environment = arm
            if path != self._path:
                self._path, self._seen, STATE.filed = path, None, SwitchSnapshot()
            apply_switch()
        self.look()
        with WRITING:
            if not self._threads or not all(thread.is_alive() for thread in self._threads):
                self._start()

    def look(self) -> None:
        """Read the file if it is another than the one seen last, and what this machine says."""
        self._look_around()
        self._look_at_file()

    def restart(self) -> None:
        """Begin again in a forked child, if the parent had begun."""
        self._reading = threading.Lock()
        if self._threads:
            self.look()
            self._start()

    def _look_around(self) -> None:
        before = STATE.local
        if self._path is not None:
            self._take(look_around(self._path, before=before), before=before)

    def _kill(self) -> None:
        while not (before := STATE.local).kill:
            self._take(SwitchSnapshot(kill=True, quarantined=before.quarantined), before=before)

    def _take(self, now: SwitchSnapshot, *, before: SwitchSnapshot) -> None:
        with WRITING:
            # Who looked at the same time as another leaves it at that; the next look is soon.
            if now is before or STATE.local is not before:
                return
            STATE.local = now
            apply_switch()
        tell(now)

    def _look_at_file(self) -> None:
        try:
            with self._reading:
                self._reread()
        except (InvalidSwitch, OSError, UnicodeDecodeError) as error:
            logger().warning("the switch keeps its last state: %s", error)

    def _reread(self) -> None:
        found = None if self._path is None else _fingerprint(self._path)
        if self._path is None or found == self._seen:
            return
        self._seen = found
        filed = _read(self._path, found)
        with WRITING:
            STATE.filed = filed
            apply_switch()

    def _start(self) -> None:
        self._threads = (
            threading.Thread(target=self._watch, args=(self.chores,), name="cutover-switch", daemon=True),
            threading.Thread(target=self._watch, args=([self._look_around],), name="cutover-kill", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def _watch(self, chores: list[Callable[[], None]]) -> None:
        pause = threading.Event()
        while not pause.wait(self._interval):
            for chore in chores:
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


def _read(path: Path, found: Fingerprint) -> SwitchSnapshot:
    if found is None:
        return SwitchSnapshot()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return SwitchSnapshot()
    return SwitchSnapshot.from_text(text, source=str(path))
