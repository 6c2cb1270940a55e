"""One arm's answer as a line in time: its chunks with their moments, and how it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from cutover_parity._messages import Json, bytes_from_json

_MOST_CHUNKS = 200
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Moment:
    """One chunk: milliseconds since the route began, its size in bytes, and the beginning of its text."""

    at: float
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chunks of an answer; `timed` is False where only their order is known. `left_out` counts those not kept."""

    status: int | None
    chunks: tuple[Moment, ...]
    finished: bool
    error: str = ""
    timed: bool = False
    left_out: int = 0

    def renamed(self, rename: Callable[[str], str]) -> Self:
        """Give the same line with its texts renamed."""
        chunks = tuple(replace(moment, text=rename(moment.text)) for moment in self.chunks)
        return replace(self, chunks=chunks, error=rename(self.error))

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "status": self.status,
            "chunks": [[moment.at, moment.size, moment.text] for moment in self.chunks],
            "finished": self.finished,
            "error": self.error,
            "timed": self.timed,
            "left_out": self.left_out,
        }


def timeline_of(observation: Json, moments: Sequence[float] = ()) -> Timeline:
    """Read an observation's answer; `moments` are milliseconds, one for each chunk, if they are known."""
    answer, error = observation["answer"], observation["error"]
    chunks = [bytes_from_json(chunk) for chunk in answer["chunks"]]
    timed = len(moments) == len(chunks) and len(chunks) > 0
    kept = tuple(
        Moment(moments[index] if timed else float(index), len(chunk), chunk[:_LONGEST].decode(errors="replace"))
        for index, chunk in enumerate(chunks[:_MOST_CHUNKS])
    )
    said = f"{error['type']}: {error['message']}" if error else ""
    return Timeline(answer["status"], kept, answer["finished"], said, timed, max(0, len(chunks) - _MOST_CHUNKS))
