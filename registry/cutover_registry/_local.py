"""What is said on this machine alone, and beats every state: a kill file, a quarantine file, a signal.

They are beside the switch file, ``.cutover/kill`` and ``.cutover/quarantine`` as a rule. That the kill file is there
kills, whatever is in it; the quarantine file has the name of a provider on each line. What cannot be looked at (the
disk fails, permissions changed) stays as it was seen last.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable
from contextlib import suppress

from cutover_registry._faults import logger
from cutover_registry._later import Later
from cutover_registry._switch import SwitchSnapshot
from cutover_registry._typing import TYPE_CHECKING
from cutover_registry.errors import InvalidSwitch

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

signal = Later("signal")

KILL_FILE = "kill"
QUARANTINE_FILE = "quarantine"
SIGNAL_VARIABLE = "CUTOVER_KILL_SIGNAL"
ABSENT = (FileNotFoundError, NotADirectoryError)


class KillSignal:
    """The signal that kills: from when it came until the process ends. A forked child begins as its parent was.

    Attributes:
        came: Whether it came.
    """

    __slots__ = ("_number", "came")

    def __init__(self) -> None:
        self.came = False
        self._number: int | None = None

    def listen(self, name: str, kill: Callable[[], None]) -> None:
        """Kill on this signal, ``SIGUSR2`` or a number, from now on; what handled it before is called too.

        `kill` is called in a thread of its own: a disk that hangs, on which the others may wait, delays it not.
        Outside of the main thread the signal cannot be heard: that is logged.

        Raises:
            InvalidSwitch: When there is no such signal, or it cannot be caught.
        """
        number = _number(name)
        if number == self._number:
            return
        before = signal.getsignal(number)

        def heard(number: int, frame: FrameType | None) -> None:
            self.came = True
            with suppress(RuntimeError):
                _thread.start_new_thread(kill, ())
            if callable(before):
                before(number, frame)

        try:
            signal.signal(number, heard)
        except ValueError:
            logger().warning("%s is not heard: the switch was not attached in the main thread", SIGNAL_VARIABLE)
        except OSError as error:
            raise InvalidSwitch(SIGNAL_VARIABLE, f"has {name!r}, which cannot be caught ({error.strerror})") from error
        else:
            self._number = number


KILL_SIGNAL = KillSignal()


def listen_for_kill(kill: Callable[[], None]) -> None:
    """Heed ``CUTOVER_KILL_SIGNAL``, if it is set, by calling this.

    Raises:
        InvalidSwitch: When it names no signal that can be caught.
    """
    name = os.environ.get(SIGNAL_VARIABLE)
    if name:
        KILL_SIGNAL.listen(name, kill)


def look_around(switch_file: Path, *, before: SwitchSnapshot) -> SwitchSnapshot:
    """Return what this machine says now, kill and quarantine alone."""
    folder = os.path.dirname(switch_file)
    kill = KILL_SIGNAL.came or _is_there(os.path.join(folder, KILL_FILE), before=before.kill)
    names = _names(os.path.join(folder, QUARANTINE_FILE), before=before.quarantined)
    now = SwitchSnapshot(kill=kill, quarantined=names)
    return before if now == before else now


def tell(now: SwitchSnapshot) -> None:
    """Log what this machine says."""
    logger().warning(
        "the switch on this machine: %s; quarantined: %s",
        "killed, every site is on the legacy arm" if now.kill else "not killed",
        ", ".join(sorted(now.quarantined)) or "none",
    )


def _is_there(path: str, *, before: bool) -> bool:
    try:
        os.lstat(path)
    except ABSENT:
        return False
    except OSError:
        return before
    return True


def _names(path: str, *, before: frozenset[str]) -> frozenset[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return frozenset(line.strip() for line in file) - {""}
    except ABSENT:
        return frozenset()
    except (OSError, UnicodeDecodeError):
        return before


def _number(name: str) -> int:
    found = int(name) if name.isdecimal() else getattr(signal, name, None)
    if not isinstance(found, int) or found not in signal.valid_signals():
        raise InvalidSwitch(SIGNAL_VARIABLE, f"has {name!r}; write the name of a signal, such as SIGUSR2")
    return int(found)
