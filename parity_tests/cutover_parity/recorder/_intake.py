"""The other end of the frames: takes what served processes hand over, and writes the recording."""

import logging
import threading
from collections import Counter
from typing import BinaryIO

from cutover_parity._messages import Json, Route
from cutover_parity.recorder._frames import read_frame
from cutover_parity.recordings._recording import RecordingWriter

_log = logging.getLogger("cutover_parity")


class Intake:
    """Writes the routes of any number of streams into one recording; `recorded` and `drops` count routes."""

    def __init__(self, writer: RecordingWriter) -> None:
        self.recorded = 0
        self.drops: Counter[str] = Counter()
        self._writer = writer
        self._lock = threading.Lock()

    def take(self, stream: BinaryIO) -> None:
        """Write what comes until the stream ends; what cannot be written is counted."""
        told: Json = {}
        while (data := read_frame(stream)) is not None:
            if "drops" in data:
                told = data["drops"]
            else:
                self._write(data["route"])
        with self._lock:
            self.drops.update(told)

    def finish(self) -> None:
        """Append the counts of what was dropped, and close the recording."""
        try:
            if self.drops:
                self._writer.summarise(self.drops)
        except OSError as error:
            _log.warning("the recording %s has no summary: %s", self._writer.path, error)
        self._writer.close()

    def _write(self, data: Json) -> None:
        with self._lock:
            try:
                self._writer.write(Route.from_json(data))
                self.recorded += 1
            except Exception as error:  # noqa: BLE001  one route that cannot be written must not end the others
                self._dropped("not written" if isinstance(error, OSError) else "fault", error)

    def _dropped(self, reason: str, error: Exception) -> None:
        self.drops[reason] += 1
        if self.drops[reason].bit_count() == 1:
            _log.warning("%d routes were not recorded so far (%s): %s", self.drops[reason], reason, error)
