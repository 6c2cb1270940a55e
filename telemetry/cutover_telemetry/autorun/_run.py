"""Becomes a command whose Python processes are instrumented: its signals, output and exit code are its own."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from cutover_telemetry._errors import CommandNotStarted

VARIABLE = "CUTOVER_TELEMETRY"
_INJECT = Path(__file__).resolve().parent / "inject"


def run_instrumented(command: Sequence[str], options: Mapping[str, object]) -> NoReturn:
    """Replace this process by the command; raise CommandNotStarted if it cannot be run.

    `options` are keywords of `instrument` that JSON can say, such as ``{"otlp": "http://127.0.0.1:4318"}``.
    """
    try:
        os.execvpe(command[0], list(command), instrumented_environment(os.environ, options))  # noqa: S606
    except OSError as error:
        raise CommandNotStarted(command[0], reason=error.strerror or str(error)) from error


def instrumented_environment(environment: Mapping[str, str], options: Mapping[str, object]) -> dict[str, str]:
    """The environment in which Python processes instrument what they serve."""
    path = os.pathsep.join([str(_INJECT), *filter(None, [environment.get("PYTHONPATH")])])
    return {**environment, VARIABLE: json.dumps(options), "PYTHONPATH": path}
