"""Errors of the codemod.

::

    MigrateError
    ├── BadInput               the sources or arguments cannot be used (exit code 2)
    │   ├── NotPython          a named file does not parse
    │   ├── NothingFound       no Python file, or no dispatch in it
    │   └── PlanMismatch       a plan that is damaged, or of another tree
    └── NotCertified           the rewritten files could not be proved equal (exit code 1)
"""

from __future__ import annotations


class MigrateError(Exception):
    """Root of this package's errors."""


class BadInput(MigrateError):
    """What was given cannot be used; nothing was written."""


class NotPython(BadInput):
    """A file that was named does not parse."""

    def __init__(self, path: str, line: int, reason: str, *, python: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        super().__init__(
            f"{path}:{line}: not Python that {python} can parse ({reason}); "
            "mend the file, or run cutover with the Python version that the file is written for"
        )


class NothingFound(BadInput):
    """There is nothing to work on."""


class PlanMismatch(BadInput):
    """The plan does not fit the tree that it is to be applied to."""


class NotCertified(MigrateError):
    """The checker found a difference between the legacy and the registry program."""
