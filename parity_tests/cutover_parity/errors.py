"""What can go wrong in the harness itself; a difference between arms is no error but a verdict.

ParityError
├── ArmError
│   ├── UnknownArm
│   ├── AppNotLoaded
│   └── WorkerDied
├── RecordingError
│   ├── NotARecording
│   ├── DamagedRecording
│   └── NewerRecording
├── PlanError
└── NoSeed
"""

from pathlib import Path

__all__ = [
    "AppNotLoaded",
    "ArmError",
    "DamagedRecording",
    "NewerRecording",
    "NoSeed",
    "NotARecording",
    "ParityError",
    "PlanError",
    "RecordingError",
    "UnknownArm",
    "WorkerDied",
]


class ParityError(Exception):
    """Root of the harness's errors."""


class ArmError(ParityError):
    """An arm cannot be named, started or kept alive."""


class UnknownArm(ArmError):
    """A side was asked for that is neither legacy nor registry."""

    def __init__(self, side: str) -> None:
        self.side = side
        super().__init__(f"unknown arm {side!r}: an arm is held to 'legacy' or 'registry', or left alone with None")


class AppNotLoaded(ArmError):
    """The worker could not import or start the application."""

    def __init__(self, app: str, root: Path, reason: str) -> None:
        self.app, self.root, self.reason = app, root, reason
        super().__init__(f"the application {app!r} cannot be loaded from {root}; its worker says:\n{reason}")


class WorkerDied(ArmError):
    """A worker process ended while cases were still to be answered."""

    def __init__(self, arm: str, case_id: str, code: int | None, tail: str) -> None:
        self.arm, self.case_id, self.code, self.tail = arm, case_id, code, tail
        super().__init__(
            f"the worker of the {arm} arm ended (exit code {code}) before it answered case {case_id}; "
            f"the end of its stderr:\n{tail or '(nothing)'}"
        )


class RecordingError(ParityError):
    """A file cannot be read as a recording."""


class NotARecording(RecordingError):
    """The file's first line is not the header of a recording."""

    def __init__(self, path: Path, found: str) -> None:
        self.path, self.found = path, found
        super().__init__(
            f'{path} is not a recording: line 1 should be a header with "format": "cutover-recording", but {found}; '
            f"make one with `cutover record`"
        )


class DamagedRecording(RecordingError):
    """A line in the middle of a recording cannot be read."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"{path}, line {line}: not a recorded route ({reason}); remove that line to replay the rest")


class NewerRecording(RecordingError):
    """The recording was written by a newer version than this one reads."""

    def __init__(self, path: Path, version: object, known: int) -> None:
        self.path, self.version, self.known = path, version, known
        super().__init__(
            f"{path}, line 1: the recording has version {version}, this provider-cutover reads up to version {known}; "
            f"upgrade it, or record again"
        )


class PlanError(ParityError):
    """The journal or plan that names sites and callees cannot be used."""

    def __init__(self, source: str, reason: str) -> None:
        self.source, self.reason = source, reason
        super().__init__(f"{source} names no sites to replay: {reason}; run `cutover apply` first")


class NoSeed(ParityError):
    """There is no recorded request to make cases from."""

    def __init__(self, sources: int) -> None:
        self.sources = sources
        super().__init__(
            f"no recorded route in {sources} recording(s), so there is nothing to replay or to vary; "
            f"record at least one request with `cutover record`"
        )
