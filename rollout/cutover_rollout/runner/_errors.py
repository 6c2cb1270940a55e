"""What the runner refuses.

RolloutError
└── RunnerError
    ├── NoRollout       nothing was begun in this state, so that nothing can be said to it
    └── TooManyWriters  somebody else wrote first, again and again; nothing was written
"""

from cutover_rollout._errors import RolloutError


class RunnerError(RolloutError):
    """Root of what the runner raises on purpose."""


class NoRollout(RunnerError):
    """There is no rollout in the state."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"state {where}: no rollout was begun there; begin one with `cutover rollout start`")


class TooManyWriters(RunnerError):
    """Others decide all the time."""

    def __init__(self, where: str, *, tries: int) -> None:
        self.where = where
        self.tries = tries
        super().__init__(f"state {where}: somebody else decided first, {tries} times; nothing was written, try again")
