"""All or nothing: carry a set of changes out or leave everything as it was.

The order of events: check everything, stage everything, mark `commit`, put the files one by one in their place (each by
one rename of a finished temporary file), rename the staging folder away, clear it. A process that ends before the mark
leaves the old tree, one that ends after it leaves work that `recover` completes, however often that is interrupted. An
error after the mark turns it into `abort`, and the files are put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cutover_migrate.apply._disk import PRIVATE, Disk
from cutover_migrate.apply._lock import command_lock
from cutover_migrate.apply._preflight import check_changes, check_root
from cutover_migrate.apply._recovery import recover_locked
from cutover_migrate.apply._settle import carry_out, drop, take_back
from cutover_migrate.apply._staging import ABORT, COMMIT, Manifest, Order, stage, txn_folder
from cutover_migrate.apply.errors import ApplyError, RollbackFailed, WriteFailed


@contextmanager
def command(name: str, root: Path | str, *, disk: Disk) -> Iterator[Path]:
    """Hold the lock of a project, what was interrupted there settled; gives the real root.

    Raises:
        WriteFailed: The system refused something outside of a transaction; nothing was written.
    """
    real = check_root(Path(root))
    try:
        with command_lock(real):
            recover_locked(real, disk)
            yield real
    except OSError as error:
        raise WriteFailed(name, error) from error


def transact(root: Path, order: Order, *, disk: Disk) -> Manifest:
    """Do all of `order` or nothing; call under the lock.

    Raises:
        ChangeRefused: Checked before anything was written.
        WriteFailed: The system refused in the middle; everything was put back.
        RollbackFailed: Putting back failed as well; the next command's recovery does it.
    """
    targets = check_changes(root, order.changes)
    staged: list[Manifest] = []
    begun: list[int] = []
    try:
        staged.append(stage(root, order, targets=targets, disk=disk))
        disk.write(txn_folder(root) / COMMIT, b"", owner=PRIVATE)
        disk.sync_folder(txn_folder(root))
        carry_out(root, staged[0], disk=disk, begun=begun)
        drop(root, disk=disk)
    except BaseException as error:
        carried_out = bool(staged) and not txn_folder(root).is_dir()
        if not carried_out:
            _give_up(root, staged, order=order, begun=begun, error=error, disk=disk)
            if isinstance(error, OSError):
                raise WriteFailed(order.command, error) from error
        if not isinstance(error, OSError):
            raise
    return staged[0]


def _give_up(
    root: Path, staged: Sequence[Manifest], *, order: Order, begun: Sequence[int], error: BaseException, disk: Disk
) -> None:
    mark = txn_folder(root) / COMMIT
    try:
        if mark.exists():
            disk.replace(mark, mark.with_name(ABORT))
            take_back(root, staged[0], disk=disk, begun=begun)
        drop(root, disk=disk)
    except (OSError, ApplyError) as second:
        raise RollbackFailed(order.command, error, second) from error
