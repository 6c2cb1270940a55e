"""Errors of the writing part of the codemod; whenever one is raised, no file of the project has been changed.

The exceptions to that are RollbackFailed and RecoveryBlocked: they name the files that are still to be settled.

::

    MigrateError
    └── ApplyError
        ├── ChangeRefused             a file cannot be written as planned; carries `paths`
        │   ├── PathRefused           outside the project, through a link out of it, or not a plain file
        │   ├── FileChanged           not the bytes that were planned on
        │   ├── TargetExists          a file to be created is there already
        │   ├── NotWritable           file or folder is read-only, or could not keep its owner
        │   └── EditConflict          edited since, where the command has to write; carries `conflicts`
        ├── JournalError              `.cutover/journal.json` cannot be used; carries `path`
        │   ├── JournalMissing        nothing was applied here
        │   ├── JournalDamaged        damaged, or not ours
        │   ├── JournalTooNew         written by a newer version
        │   └── WrongState            the command does not follow from what was done
        ├── CommandRunning            another command holds the lock; carries `pid`
        ├── WriteFailed               the system refused in the middle; everything was put back
        ├── RollbackFailed            … and putting back failed as well
        └── RecoveryBlocked           an interrupted command left files that someone changed since
"""

from __future__ import annotations

from collections.abc import Sequence

from cutover_migrate.errors import MigrateError


class ApplyError(MigrateError):
    """Root of this package's errors."""


class ChangeRefused(ApplyError):
    """At least one file cannot be written as planned; `paths` names all of them."""

    def __init__(self, message: str, *, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        super().__init__(message)


class PathRefused(ChangeRefused):
    """A path leaves the project, or what is there is no plain file."""

    def __init__(self, path: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"refused to write {path!r}: {reason}; nothing was written", paths=[path])


class FileChanged(ChangeRefused):
    """Files on disk are not the bytes that the plan was made for."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"changed since the plan was made: {', '.join(paths)}; nothing was written; make a new plan and apply that",
            paths=paths,
        )


class TargetExists(ChangeRefused):
    """Files that are to be created exist."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            f"to be created, but there already: {', '.join(paths)}; nothing was written; "
            "move them away, or choose other folders with `cutover plan --services FOLDER --config FOLDER`",
            paths=paths,
        )


class NotWritable(ChangeRefused):
    """This user may not write some files or folders."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        self.reasons = tuple(reasons)
        told = ", ".join(f"{path} ({reason})" for path, reason in reasons)
        super().__init__(
            f"cannot write {told}; nothing was written; make them writable or run as their owner",
            paths=[path for path, _ in reasons],
        )


class EditConflict(ChangeRefused):
    """Files were edited since they were written, where this command has to write.

    `conflicts` has one (path, line of the file as it is now, reason) for each place; line 0 is the whole file.
    """

    def __init__(self, command: str, conflicts: Sequence[tuple[str, int, str]]) -> None:
        self.command = command
        self.conflicts = tuple(conflicts)
        whole = command == "undo" and any(line == 0 for _, line, _ in conflicts)
        force = ", or force it (edited new files go, removed files come back)" if whole else ""
        told = "\n".join(
            f"  {path}:{line}: {reason}" if line else f"  {path}: {reason}" for path, line, reason in conflicts
        )
        super().__init__(
            f"{command} would lose edits that were made since; nothing was written:\n{told}\n"
            f"take these edits out by hand{force}, then run {command} again",
            paths=sorted({path for path, _, _ in conflicts}),
        )


class JournalError(ApplyError):
    """The journal cannot be used."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(f"{path}: {message}")


class JournalMissing(JournalError):
    """There is no journal: nothing was applied here."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "there is no journal, so nothing was applied here; `cutover apply` writes one")


class JournalDamaged(JournalError):
    """The journal or one of its copies is not as this program wrote it."""

    def __init__(self, path: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            path, f"damaged, or not written by cutover ({reason}); restore it from version control or a backup"
        )


class JournalTooNew(JournalError):
    """The journal was written by a newer version of this program."""

    def __init__(self, path: str, *, found: int, known: int) -> None:
        self.found = found
        self.known = known
        super().__init__(path, f"has version {found}, this program knows {known}; upgrade provider-cutover")


class WrongState(JournalError):
    """The command does not follow from what was done here before."""

    def __init__(self, path: str, *, command: str, state: str, advice: str) -> None:
        self.command = command
        self.state = state
        super().__init__(path, f"cannot {command}: this project is {state}; {advice}")


class CommandRunning(ApplyError):
    """Another command is at work in this project; `pid` is its process, None where it did not say."""

    def __init__(self, root: str, pid: int | None) -> None:
        self.root = root
        self.pid = pid
        who = "process unknown" if pid is None else f"process {pid}"
        super().__init__(
            f"another cutover command ({who}) is at work in {root}; wait until it has ended, then run this again"
        )


class WriteFailed(ApplyError):
    """The system refused an operation; every file was put back."""

    def __init__(self, command: str, cause: BaseException) -> None:
        self.command = command
        super().__init__(
            f"{command} failed ({cause}); every file is as it was; remove the cause, then run {command} again"
        )


class RollbackFailed(ApplyError):
    """The system refused an operation, and putting the files back failed too."""

    def __init__(self, command: str, cause: BaseException, second: BaseException) -> None:
        self.command = command
        super().__init__(
            f"{command} failed ({cause}) and putting the files back failed as well ({second}); "
            "remove the cause: the next cutover command puts every file back first"
        )


class RecoveryBlocked(ApplyError):
    """What an interrupted command left cannot be settled by itself."""

    def __init__(self, path: str, reason: str, advice: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"a command was interrupted here, and {path} {reason}; {advice}")
