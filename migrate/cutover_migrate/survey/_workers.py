"""Surveys by several processes at once, handed over batch by batch as they come.

A file for which no answer comes (its process died, or could not be started) is left to the caller.

Example: ``for batch, answers in in_processes(sources, root=root, import_root="", count=2): ...``
"""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from cutover_migrate.find import Source
from cutover_migrate.survey._file import FileSurvey, survey_from_json
from cutover_migrate.survey._worker import command

BATCH = 400_000
"""Bytes of source in one batch; a larger file is one alone."""

Batch = list[Source]
Answer = tuple[Batch, list[FileSurvey | None]]


def in_processes(sources: Iterable[Source], *, root: Path, import_root: str, count: int) -> Iterator[Answer]:
    """Survey files in ``count`` processes; batches come in the order in which they are done."""
    waiting = deque(_batches(sources))
    answers: SimpleQueue[Answer | None] = SimpleQueue()
    setup = json.dumps({"root": str(root), "import_root": import_root}).encode() + b"\n"
    processes = list(_started(min(count, len(waiting))))
    threads = [Thread(target=_drive, args=(process, setup, waiting, answers), daemon=True) for process in processes]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            while (answer := answers.get()) is not None:
                yield answer
    finally:
        for process in processes:
            process.kill()
        for thread in threads:
            thread.join()
        for process in processes:
            process.wait()
            _close(process)


def _started(count: int) -> Iterator[subprocess.Popen[bytes]]:
    for _ in range(count):
        with suppress(OSError, ValueError):
            yield subprocess.Popen(  # noqa: S603
                command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )  # fmt: skip


def _drive(
    process: subprocess.Popen[bytes], setup: bytes, waiting: deque[Batch], answers: SimpleQueue[Answer | None]
) -> None:
    """Hand one process a batch after the other; ``None`` says that there will be no more from it."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError, ValueError, KeyError, TypeError, IndexError):
        process.stdin.write(setup)
        while True:
            batch = waiting.popleft()
            head = json.dumps([(source.path, len(source.data)) for source in batch]).encode()
            process.stdin.write(b"\n".join([head, b"".join(source.data for source in batch)]))
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            surveys = [None if each is None else survey_from_json(each) for each in said]
            if len(surveys) != len(batch):
                break
            answers.put((batch, surveys))
    answers.put(None)


def _batches(sources: Iterable[Source]) -> Iterator[Batch]:
    """The files in batches, large ones first, so that no process is left with the largest at the end."""
    batch: Batch = []
    size = 0
    for source in sorted(sources, key=lambda source: -len(source.data)):
        if batch and size + len(source.data) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(source)
        size += len(source.data)
    if batch:
        yield batch


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
