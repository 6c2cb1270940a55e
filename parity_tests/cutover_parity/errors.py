"""What can go wrong in the harness itself; a difference between arms is no error but a verdict.

ParityError
├── ArmError
│   ├── UnknownArm
│   ├── AppNotLoaded
│   ├── HookFailed
│   ├── HooksRefused
│   ├── RevisionRefused
│   └── WorkerDied
├── RecordingError
│   ├── NotARecording
│   ├── DamagedRecording
│   ├── NewerRecording
│   ├── NotFinishable
│   └── NotImportable
├── SecretLeft
├── PlanError
├── CommandNotStarted
├── NoSeed
│   ├── NoOpenApi
│   └── NotSeeds
├── NotFinding
├── NotACertificate
├── NotNoiseRules
│   └── ExpiredNoise
├── UnknownRequirement
└── EngineError
"""

from pathlib import Path

__all__ = [
    "AppNotLoaded",
    "ArmError",
    "CommandNotStarted",
    "DamagedRecording",
    "EngineError",
    "ExpiredNoise",
    "HookFailed",
    "HooksRefused",
    "NewerRecording",
    "NoOpenApi",
    "NoSeed",
    "NotACertificate",
    "NotARecording",
    "NotFinding",
    "NotFinishable",
    "NotImportable",
    "NotNoiseRules",
    "NotSeeds",
    "ParityError",
    "PlanError",
    "RecordingError",
    "RevisionRefused",
    "SecretLeft",
    "UnknownArm",
    "UnknownRequirement",
    "WorkerDied",
]


class ParityError(Exception):
    """Root of the harness's errors; it survives the way from one process to another."""

    def __reduce__(self) -> tuple[object, ...]:
        return _revived, (type(self), self.args, dict(self.__dict__))


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


class HooksRefused(ArmError):
    """A hooks file cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"the hooks file {path} cannot be used: {reason}")


class HookFailed(ArmError):
    """A hook of the user's hooks file raised, or gave something that cannot be used."""

    def __init__(self, path: Path | None, hook: str, reason: str) -> None:
        self.path, self.hook, self.reason = path, hook, reason
        super().__init__(f"the hook {hook}() of {path} {reason}")


class RevisionRefused(ArmError):
    """An arm was named by something that is neither a folder nor a revision that can be checked out."""

    def __init__(self, name: str, root: Path, reason: str) -> None:
        self.name, self.root, self.reason = name, root, reason
        super().__init__(f"{name}: no arm can be made of it, from {root}: {reason}")


class WorkerDied(ArmError):
    """A worker process ended while cases were still to be answered."""

    def __init__(self, arm: str, case_id: str, code: int | None, tail: str) -> None:
        self.arm, self.case_id, self.code, self.tail = arm, case_id, code, tail
        super().__init__(
            f"the worker of the {arm} arm ended (exit code {code}) before it answered case {case_id}; "
            f"the end of its stderr:\n{tail or '(nothing)'}"
        )


class CommandNotStarted(ParityError):
    """The command that was to be recorded cannot be run."""

    def __init__(self, command: str, reason: str) -> None:
        self.command, self.reason = command, reason
        super().__init__(f"{command}: this command cannot be run ({reason}), so there is nothing to record")


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


class NotFinishable(RecordingError):
    """A recording that was set aside cannot get its name back."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be finished: {reason}; rename it yourself")


class NotImportable(RecordingError):
    """A file of another format (HAR, a VCR cassette) cannot be read as one."""

    def __init__(self, path: Path, format_name: str, reason: str) -> None:
        self.path, self.format_name, self.reason = path, format_name, reason
        super().__init__(f"{path} cannot be imported as {format_name}: {reason}; export it again, or leave it out")


class SecretLeft(ParityError):
    """A recording was not finished, since something in it still looks like a secret; values are never shown."""

    def __init__(self, path: Path, found: tuple[str, ...], count: int, unfinished: tuple[Path, ...]) -> None:
        self.path, self.found, self.count, self.unfinished = path, found, count, unfinished
        more = f"\n  … and {count - len(found)} more" if count > len(found) else ""
        aside = " ".join(map(str, unfinished))
        super().__init__(
            f"{path} is not finished: {count} place(s) in it still look like a secret:\n  "
            + "\n  ".join(found)
            + f"{more}\nit stays beside as {aside}; look there, and either remove it or, if these are no secrets, run "
            f"`cutover recording check {aside} --allow PLACE --finish`"
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


class NotACertificate(ParityError):
    """A file cannot be used as a parity certificate."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} is no parity certificate that can be used: {reason}; make one with `cutover replay --certificate`"
        )


class NotNoiseRules(ParityError):
    """A file cannot be used as noise rules."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} holds no noise rules that can be used: {reason}")


class ExpiredNoise(NotNoiseRules):
    """The time of a rule is over."""

    def __init__(self, path: Path, expired: tuple[str, ...]) -> None:
        self.expired = expired
        super().__init__(path, f"expired: {', '.join(expired)}; look whether it is still noise, and renew or remove it")


class UnknownRequirement(ParityError):
    """Coverage is required in words that say nothing."""

    def __init__(self, required: str) -> None:
        self.required = required
        super().__init__(f"unknown requirement {required!r}: it is 'full', 'recorded', or a share such as '75%'")


class EngineError(ParityError):
    """An engine cannot be used, or lost a lane for good."""

    def __init__(self, engine: str, reason: str) -> None:
        self.engine, self.reason = engine, reason
        super().__init__(f"the {engine} engine cannot run this replay: {reason}")


def _revived(kind: type[ParityError], args: tuple[object, ...], fields: dict[str, object]) -> ParityError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(fields)
    return error


class NotSeeds(NoSeed):
    """A file cannot be read as a list of requests."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        ParityError.__init__(
            self,
            f"{path} is no seeds file: {reason}; it should be a JSON list of requests, "
            f'[{{"method": "POST", "url": "/v1/chat", "json": {{…}}}}]',
        )


class NoOpenApi(NoSeed):
    """The application does not describe itself, so that there is nothing to vary."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        ParityError.__init__(
            self,
            f"no requests can be made up: {path} was asked of the application, but {reason}; "
            f"name recordings, or a file of requests with --seeds",
        )


class NotFinding(ParityError):
    """A file in the folder of past findings cannot be read as one."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} is not the finding of an earlier run: {reason}; remove it, or name another folder")
