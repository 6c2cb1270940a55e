"""What a plan refuses, each with what was asked, what was there and what to do.

RolloutError
└── PlanError         `where` is the file, or the plan's name
    ├── InvalidPlan       a field that is not known, or a value that cannot be
    └── UnreadablePlan    the file cannot be read, or is neither TOML nor JSON
"""

from cutover_rollout._errors import RolloutError


class PlanError(RolloutError):
    """Root of what a plan raises on purpose; nothing was started."""

    def __init__(self, where: str, problem: str, *, remedy: str) -> None:
        self.where = where
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"plan {where}: {problem}; {remedy}")


class InvalidPlan(PlanError):
    """The plan has a field that is not known, or a value that cannot be."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem, remedy="see docs/reference/rollout-plan.md")


class UnreadablePlan(PlanError):
    """The file is not there, may not be read, or is neither TOML nor JSON."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(
            where, problem, remedy="name a .toml or .json file with --plan, or leave it out for the default"
        )
