"""Safe writing: all of a set of file changes or none; journal, crash recovery, undo, finish, dependency entry.

Deciding what to write is elsewhere; here it is only done. Each command first calls `recover`.
"""

from cutover_migrate.apply._advance import advance
from cutover_migrate.apply._change import FileChange
from cutover_migrate.apply._commit import Committed, commit
from cutover_migrate.apply._dependency import dependency_change
from cutover_migrate.apply._journal import Journal, JournalFile, read_journal
from cutover_migrate.apply._recovery import NothingToRecover, Recovery, RolledBack, RolledForward, recover
from cutover_migrate.apply._skipped import Skipped
from cutover_migrate.apply._undo import Undone, undo
from cutover_migrate.apply.errors import (
    ApplyError,
    ChangeRefused,
    CommandRunning,
    EditConflict,
    FileChanged,
    JournalDamaged,
    JournalError,
    JournalMissing,
    JournalTooNew,
    NotWritable,
    PathRefused,
    RecoveryBlocked,
    RollbackFailed,
    TargetExists,
    WriteFailed,
    WrongState,
)

__all__ = [
    "ApplyError",
    "ChangeRefused",
    "CommandRunning",
    "Committed",
    "EditConflict",
    "FileChange",
    "FileChanged",
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalFile",
    "JournalMissing",
    "JournalTooNew",
    "NotWritable",
    "NothingToRecover",
    "PathRefused",
    "Recovery",
    "RecoveryBlocked",
    "RollbackFailed",
    "RolledBack",
    "RolledForward",
    "Skipped",
    "TargetExists",
    "Undone",
    "WriteFailed",
    "WrongState",
    "advance",
    "commit",
    "dependency_change",
    "read_journal",
    "recover",
    "undo",
]
