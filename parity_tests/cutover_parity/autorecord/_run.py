"""Runs a command with its Python processes recorded, and ends as the command does."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Self

from cutover_parity.autorecord._attach import VARIABLE
from cutover_parity.errors import CommandNotStarted
from cutover_parity.recorder._collector import collecting
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._record_server import writer_for
from cutover_parity.recorder._recorded_run import RecordedRun

_INJECT = Path(__file__).resolve().parent / "inject"
_STEP = 0.5
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def run_recorded(
    command: Sequence[str],
    *,
    out: Path,
    options: RecorderOptions | None = None,
    env: Mapping[str, str] | None = None,
    on_start: Callable[[int], None] | None = None,
) -> RecordedRun:
    """Run a command to its end and record what its servers serve; raise CommandNotStarted if it cannot be run."""
    options = options or RecorderOptions()
    with collecting(writer_for(out, options)) as (address, intake):
        asked = json.dumps({"socket": str(address), "options": options.to_json()})
        code = _run(command, _environment({**os.environ, **(env or {})}, asked), on_start)
    return RecordedRun(code, intake.recorded, dict(intake.drops))


def _environment(env: dict[str, str], asked: str) -> dict[str, str]:
    path = os.pathsep.join([str(_INJECT), *filter(None, [env.get("PYTHONPATH")])])
    return {**env, VARIABLE: asked, "PYTHONPATH": path}


def _run(command: Sequence[str], env: Mapping[str, str], on_start: Callable[[int], None] | None) -> int:
    with _Signals() as signals:
        try:
            process = subprocess.Popen(command, env=env)  # noqa: S603  what the user asked to run
        except OSError as error:
            raise CommandNotStarted(command[0], error.strerror or str(error)) from error
        with process:
            signals.pass_on_to(process)
            if on_start is not None:
                on_start(process.pid)
            code = _waited(process)
    return code if code >= 0 else 128 - code


def _waited(process: "subprocess.Popen[bytes]") -> int:
    """Wait in short steps: a signal that reaches another thread does not wake this one, and is handled here."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_STEP)


class _Signals:
    """Lives on when it is told to end, and tells the command; a terminal tells the command by itself."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __enter__(self) -> Self:
        self._kept = {number: signal.signal(number, self._came) for number in _PASSED_ON}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._kept.items():
            signal.signal(number, handler)

    def pass_on_to(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def _came(self, number: int, _: FrameType | None) -> None:
        if number in {signal.SIGINT, signal.SIGQUIT} and _in_foreground():
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
