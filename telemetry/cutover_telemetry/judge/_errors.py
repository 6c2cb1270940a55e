"""What the judge refuses.

TelemetryError
└── JudgeError
    ├── NotCounts         numbers that no traffic can have
    ├── AlphaSpent        a stage asks for error probability that the ledger no longer has
    ├── NotAState         a stored state that this version did not write
    └── NotAttempts       a file that is not attempts
"""

from cutover_telemetry._errors import TelemetryError


class JudgeError(TelemetryError):
    """Root of what the judge refuses."""


class NotCounts(JudgeError):
    """Counts contradict each other, such as more errors than requests."""

    def __init__(self, counts: object, *, reason: str) -> None:
        self.counts = counts
        self.reason = reason
        super().__init__(f"cannot judge {counts}: {reason}")


class AlphaSpent(JudgeError):
    """The error probability of the whole rollout is spent."""

    def __init__(self, name: str, *, asked: float, left: float) -> None:
        self.name = name
        self.asked = asked
        self.left = left
        super().__init__(
            f"{name!r} asks for {asked:g} of the error probability, and {left:g} is left; "
            "give the remaining stages smaller weights, or begin a new rollout with a ledger of its own"
        )


class NotAState(JudgeError):
    """A stored state is of another version or shape."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"cannot go on from the stored state: {reason}; begin the stage anew with the same ledger")


class NotAttempts(JudgeError):
    """A source of attempts cannot be read as such."""

    def __init__(self, source: str, *, line: int | None, reason: str) -> None:
        self.source = source
        self.line = line
        self.reason = reason
        where = source if line is None else f"{source}:{line}"
        super().__init__(f"{where}: {reason}")
