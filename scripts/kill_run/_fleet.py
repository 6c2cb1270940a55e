"""A fleet: the workers of one gateway, forked by one server process, under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kill_run._load import Answer, Load
from kill_run._servers import until

KILL_SIGNAL = "SIGUSR2"
SURE = 3
ROOM = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Size:
    """How large a fleet is and what is asked of it.

    Attributes:
        workers: Processes.
        lanes: Connections to each.
        pause: Seconds between an answer and the next request on a connection.
    """

    workers: int = 8
    lanes: int = 2
    pause: float = 0.05


class Fleet:
    """Workers in this folder that follow the state at this URL; a `with` block runs them under load.

    Attributes:
        kill_file: What kills all of them.
        load: What is asked of them.
    """

    load: Load

    def __init__(self, folder: Path, url: str, name: str, *, size: Size, stale_after: float = 300.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.size = size
        self.kill_file = folder / ".cutover" / "kill"
        self.kill_file.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "kill_run._gateway", url, name, str(size.workers), str(stale_after)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CUTOVER_")}
        environment |= {"CUTOVER_KILL_SIGNAL": KILL_SIGNAL, "PYTHONPATH": str(ROOM), "PYTHONSAFEPATH": "1"}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=folder, env=environment, **pipes)
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self._pids = said["pids"]
        self.load = Load(said["ports"], lanes=self.size.lanes, pause=self.size.pause)
        self.load.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.load.stop()
        self._process.communicate()

    def signal(self) -> None:
        """Send every worker the kill signal; it is killed from then on until it ends."""
        for pid in self._pids:
            os.kill(pid, getattr(signal, KILL_SIGNAL))

    def await_on(self, since: float) -> None:
        """Wait until every worker has served by the registry arm since then."""
        until(lambda: all(any(each.registry for each in found) for found in self.answers(since)))

    def await_off(self, since: float) -> None:
        """Wait until every worker has served some requests by the legacy arm, and none by the other since."""
        wanted = SURE * self.size.lanes

        def is_off() -> bool:
            last = [found[-wanted:] for found in self.answers(since)]
            return all(len(found) == wanted and not any(each.registry for each in found) for found in last)

        until(is_off)

    def answers(self, since: float) -> list[list[Answer]]:
        """What each worker answered, to what was decided since then."""
        found: list[list[Answer]] = [[] for _ in range(self.size.workers)]
        for each in reversed(self.load.answers):
            if each.at < since - 1:
                break
            if each.at >= since:
                found[each.worker].append(each)
        return [some[::-1] for some in found]


def now() -> float:
    """Seconds on the clock of the workers' answers."""
    return time.monotonic()
