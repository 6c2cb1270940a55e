"""A process that surveys files for another one. It reads and parses; nothing of the project is imported.

It is a plain child process and no ``multiprocessing`` one, so that the program that uses this library is not loaded a
second time. It hears, on its standard input, a line of JSON with the root and the import root, then batches: a line
with paths and sizes, then the files' bytes. It answers each batch with a line of JSON.

Example: ``command()`` starts one
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from cutover_migrate.find import Constants, ModuleMap, Source
from cutover_migrate.survey._file import survey_file, survey_json

START = "import sys; sys.path.extend({paths!r}); from cutover_migrate.survey._worker import main; main()"
"""In isolated mode, and with our path behind Python's own, no module of a project stands in for one that we import."""


def command() -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-I", "-c", START.format(paths=[path for path in sys.path if os.path.isabs(path)])]


def main() -> None:
    """Answer batches until the input ends; trees have no cycles, so looking for some would only take time."""
    gc.disable()
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(heard: BinaryIO, said: BinaryIO) -> None:
    """Answer batches from one stream on another."""
    setup = json.loads(heard.readline())
    modules = ModuleMap(Path(setup["root"]), {}, import_root=setup["import_root"])
    constants = Constants(modules, {})
    for line in heard:
        files = [(path, heard.read(size)) for path, size in json.loads(line)]
        answers: list[dict[str, Any] | None] = []
        for path, data in files:
            try:
                answers.append(survey_json(survey_file(Source(path, data), modules, constants)))
            except Exception:  # noqa: BLE001 - whoever asked surveys the file itself, and sees what is wrong
                answers.append(None)
        said.write(json.dumps(answers).encode() + b"\n")
        said.flush()
