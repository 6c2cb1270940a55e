"""The door to one file: writers in the serving processes, questions from wherever the page is."""

import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from cutover_telemetry.store._connection import make
from cutover_telemetry.store._limits import Limits
from cutover_telemetry.store._writer import Writer
from cutover_telemetry.store.query import Query


class Store:
    """A telemetry store in one SQLite file, which any number of processes write and read at the same time.

    >>> import tempfile
    >>> store = Store.open(tempfile.mkdtemp() + "/telemetry.db")
    >>> writer = store.writer()
    >>> writer.close()
    True
    >>> store.query.account().attempts
    0

    Attributes:
        path: The file.
        limits: What it may take.
        query: The questions that it answers.
    """

    def __init__(self, path: str | PathLike[str], limits: Limits | None = None, *, clock: Callable[[], int]) -> None:
        self.path = Path(path)
        self.query = Query(self.path)
        self.limits = limits or Limits()
        self._clock = clock
        self._writer: Writer | None = None

    @classmethod
    def open(
        cls, path: str | PathLike[str], limits: Limits | None = None, *, clock: Callable[[], int] = time.time_ns
    ) -> "Store":
        """Open a file to write and read, and make it if it is not there; raises ForeignFile, NewerStore, BusyStore.

        `clock` gives nanoseconds since the epoch; folding and retention go by it.
        """
        store = cls(path, limits, clock=clock)
        make(store.path, most_bytes=store.limits.file_bytes)
        return store

    @classmethod
    def of(cls, path: str | PathLike[str]) -> "Store":
        """A file that others write, to read it; nothing is opened before the first question."""
        return cls(path, clock=time.time_ns)

    def writer(self) -> Writer:
        """The writer of this process."""
        if self._writer is None:
            self._writer = Writer(self.path, self.limits, clock=self._clock)
        return self._writer
