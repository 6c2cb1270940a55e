"""What the store refuses.

TelemetryError
└── StoreError
    ├── NoStore            there is no file to read
    ├── ForeignFile        the file is somebody else's, or no database at all
    ├── NewerStore         a later release wrote it
    ├── BusyStore          somebody else held the file for too long
    ├── UnusableStore      the file cannot be opened, read or made
    ├── DamagedSketch      these bytes are no sketch
    └── DamagedPiece       these bytes are no piece of routes
"""

from pathlib import Path

from cutover_telemetry._errors import TelemetryError


class StoreError(TelemetryError):
    """Root of what the store raises on purpose."""


class NoStore(StoreError):
    """Nothing was written there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"there is no store at {path}; it is made by the first process that writes into it")


class ForeignFile(StoreError):
    """The file is not ours, so it is left alone."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} is not a telemetry store: {reason}; name another file, it was left as it is")


class NewerStore(StoreError):
    """The file has a form that this release does not know."""

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        self.path = path
        self.found = found
        self.known = known
        super().__init__(
            f"{path} has schema {found} and this release knows those up to {known}; "
            "use the release that wrote it, or name another file"
        )


class BusyStore(StoreError):
    """The file was locked for as long as was waited."""

    def __init__(self, path: Path, *, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        super().__init__(f"{path} was locked by another process for {seconds:g} s; try again when it is done")


class UnusableStore(StoreError):
    """The database engine or the system refused."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"the store at {path} cannot be used: {reason}; look at its folder's rights and its disk")


class DamagedSketch(StoreError):
    """The bytes cannot have been written by `Sketch.to_bytes`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"these bytes are no quantile sketch: {reason}; take them from Sketch.to_bytes")


class DamagedPiece(StoreError):
    """Stored routes that cannot be read."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"a piece of stored routes cannot be read ({reason}); counts are kept apart and are whole")
