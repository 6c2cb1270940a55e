"""How much is kept: in the file, and in memory while it cannot be written."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
SMALLEST_FILE = MEGABYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """What a store may take.

    Attributes:
        file_bytes: The file never grows beyond this; near it the oldest routes go first, then the finest slices.
        piece_seconds: For how long routes are kept as they were. Counts and quantiles are kept longer.
        piece_attempts: How many attempts are kept as they were.
        piece_bytes: How many bytes of them.
        queue: How many records a process holds until its writer has counted them; more are dropped, and counted.
        unwritten: How many attempts a process keeps as they were while the file cannot be written.
        series: How many (minute, series) a process counts while the file cannot be written.
        interval: Seconds between two batches.
    """

    file_bytes: int = 512 * MEGABYTE
    piece_seconds: int = 24 * 3600
    piece_attempts: int = 200_000
    piece_bytes: int = 64 * MEGABYTE
    queue: int = 20_000
    unwritten: int = 100_000
    series: int = 5_000
    interval: float = 0.5

    def __post_init__(self) -> None:
        if self.file_bytes < SMALLEST_FILE:
            raise ValueError(f"file_bytes is {self.file_bytes}; a store needs at least {SMALLEST_FILE}")
