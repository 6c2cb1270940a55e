"""What the controller refuses to read.

RolloutError
└── ControllerError
    └── NotARollout      what was stored is of another version, or damaged
"""

from cutover_rollout._errors import RolloutError


class ControllerError(RolloutError):
    """Root of what the controller raises on purpose."""


class NotARollout(ControllerError):
    """What was stored is no rollout of this release."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f"the stored rollout cannot be gone on with: {problem};"
            " begin over it with `cutover rollout start --force`, or upgrade"
        )
