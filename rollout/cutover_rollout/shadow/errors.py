"""What the shadow refuses, each with what was asked, what was there and what to do.

ShadowError
├── InvalidBudget        a budget that is none
├── NoCounts             there is no file of counts there
└── ForeignCounts        a file, but of something else or of a later release
"""

from pathlib import Path

from cutover_rollout._errors import RolloutError


class ShadowError(RolloutError):
    """Root of what the shadow refuses."""


class InvalidBudget(ShadowError):
    """A budget that is out of bounds."""

    def __init__(self, name: str, value: object, *, wanted: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"the shadow's {name} is {value!r}; give {wanted}")


class NoCounts(ShadowError):
    """No shadow has counted there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path}: no shadow has counted here; is one running (`cutover run --shadow`)?")


class ForeignCounts(ShadowError):
    """A file that is not one of counts, or that a later release wrote."""

    def __init__(self, path: Path, *, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: no counts of a shadow that this release reads ({reason}); name another file")
