"""What the switch refuses, each with what was asked, what was there and what to do.

RolloutError
├── UnknownArm            neither "legacy" nor "registry"
├── UnknownName           a site or provider that the caller's list of known names lacks
├── InvalidRule           a share, a tenant or a header that is none
├── SwitchFileError       the state file cannot be used; it is left as it is
│   ├── DamagedSwitchFile     not the JSON that it should be
│   ├── ForeignSwitchFile     JSON, but of something else
│   ├── NewerSwitchFile       written by a later release
│   └── UnreadableSwitchFile  the operating system refuses to read or write it
├── SwitchFileBusy        another writer holds the lock for too long
├── UnwritableKillFile    the operating system refuses to make or remove it
├── UnwritableQuarantineFile   the same of the quarantine file
└── UnusableMark          the mark of a started rollout cannot be read or written
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class RolloutError(Exception):
    """Root of everything that cutover_rollout raises on purpose."""


class UnknownArm(RolloutError):
    """The arm is none of the two that exist."""

    def __init__(self, arm: object, *, arms: tuple[str, ...]) -> None:
        self.arm = arm
        self.arms = arms
        super().__init__(f"unknown arm {arm!r}; the arms are {_listed(arms)}")


class UnknownName(RolloutError):
    """A site or provider that is not among the known ones."""

    def __init__(self, kind: str, name: object, *, known: tuple[str, ...]) -> None:
        self.kind = kind
        self.name = name
        self.known = known
        super().__init__(f"unknown {kind} {name!r}{_guess(name, known)}; {_known(kind, known)}")


class InvalidRule(RolloutError):
    """A rule whose share, tenant or header is none."""

    def __init__(self, rule: object, problem: str) -> None:
        self.rule = rule
        self.problem = problem
        super().__init__(f"{rule} {problem}")


class UnwritableKillFile(RolloutError):
    """The kill file could be neither made nor removed."""

    def __init__(self, path: Path, problem: str | None) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"kill file {path}: {problem}; it is as it was. Make or remove it as a user who may")


class UnwritableQuarantineFile(RolloutError):
    """The quarantine file could not be written."""

    def __init__(self, path: Path, problem: str | None) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"quarantine file {path}: {problem}; it is as it was. Write it as a user who may")


class UnusableMark(RolloutError):
    """The mark that a rollout was started from a project cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(
            f"{path}: {problem}; say `--state URL`, or remove it; `cutover rollout start --state URL` writes it anew"
        )


class SwitchFileError(RolloutError):
    """The switch state file cannot be used; nothing was written."""

    def __init__(self, path: Path, problem: str, *, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"switch file {path}: {problem}; {remedy}")


class DamagedSwitchFile(SwitchFileError):
    """The file is not the JSON that a switch file holds."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem, remedy="repair it, or remove it to begin again with every site on legacy")


class ForeignSwitchFile(SwitchFileError):
    """The file is JSON, but not a switch file."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem, remedy="name the switch file (CUTOVER_SWITCH_FILE), it was left as it is")


class NewerSwitchFile(SwitchFileError):
    """The file has a version that this release does not know."""

    def __init__(self, path: Path, version: int, *, supported: int) -> None:
        self.version = version
        self.supported = supported
        problem = f"it has version {version}, this release knows versions up to {supported}"
        super().__init__(path, problem, remedy="upgrade provider-cutover")


class UnreadableSwitchFile(SwitchFileError):
    """The operating system refuses to read or write the file."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem, remedy="check the path and its permissions")


class SwitchFileBusy(RolloutError):
    """Another writer holds the lock of the switch file."""

    def __init__(self, path: Path, *, waited: float) -> None:
        self.path = path
        self.waited = waited
        super().__init__(
            f"switch file {path}: another writer has held its lock for {waited:g} s; see who has {path.name}.lock open"
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _guess(name: object, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1) if isinstance(name, str) else []
    return f", did you mean {near[0]!r}?" if near else ""


def _known(kind: str, known: tuple[str, ...]) -> str:
    if not known:
        return f"a {kind} is a name, or '*' for every one"
    return f"known are {_listed(known)}, or '*' for every one"
