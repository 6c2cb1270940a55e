"""What the flags of another tool can refuse.

RolloutError
└── StateError
    └── FlagUnread    the tool gives no answer that can be used; workers keep their last switch
"""

from cutover_rollout.state import StateError


class FlagUnread(StateError):
    """A flag that could not be read, or that says what no switch can do.

    Attributes:
        flag: Its name; None where the whole tool is not ready.
    """

    def __init__(self, where: str, problem: str, *, flag: str | None = None) -> None:
        self.flag = flag
        self.problem = problem
        named = "" if flag is None else f"flag {flag!r} "
        super().__init__(where, f"{named}{problem}; workers keep their last switch, see that the tool has it and runs")
