"""What a shadow may cost. What goes beyond is dropped and counted, and never waited for.

>>> Budgets(sample=0.1, seconds=2).waiting
64
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cutover_rollout.shadow.errors import InvalidBudget

Form = Literal["call", "http"]
FORMS = ("call", "http")
LARGEST = 384 * 1024
_BOUNDS: dict[str, tuple[float, float, str]] = {
    "sample": (0, 1, "a share from 0 to 1"),
    "per_second": (0.001, 10_000, "routes a second, up to 10,000"),
    "size": (1024, LARGEST, f"bytes, 1,024 to {LARGEST:,}"),
    "waiting": (1, 10_000, "routes, 1 to 10,000"),
    "memory": (64 * 1024 * 1024, 2**40, "bytes, 64 MiB or more"),
    "seconds": (0.05, 600, "seconds, 0.05 to 600"),
    "companions": (1, 64, "processes, 1 to 64"),
    "kept": (0, 10_000, "routes of each kind of mismatch, up to 10,000"),
}


@dataclass(frozen=True, slots=True)
class Budgets:
    """The form of a shadow and its limits.

    Attributes:
        form: ``call`` compares which function and which arguments each arm would use, ``http`` also runs the
            candidate on the bytes that the control received.
        sample: The share of the routes that are looked at.
        per_second: At most so many routes a second in each served process.
        size: Bytes of one route: its bodies, those of its exchanges, and the arguments.
        waiting: Routes that wait in the companion.
        memory: Bytes that the process of the candidate may take for its data.
        seconds: What the candidate may take for one attempt, beyond what the control took.
        companions: Companion processes on this host; further served processes are not shadowed.
        kept: Routes of each kind of mismatch that are recorded.
    """

    form: Form = "http"
    sample: float = 1.0
    per_second: float = 20.0
    size: int = 256 * 1024
    waiting: int = 64
    memory: int = 1024 * 1024 * 1024
    seconds: float = 5.0
    companions: int = 1
    kept: int = 20

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise InvalidBudget("form", self.form, wanted=f"one of {', '.join(FORMS)}")
        for name, (least, most, wanted) in _BOUNDS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise InvalidBudget(name, value, wanted=wanted)

    def to_json(self) -> dict[str, Any]:
        """Give the JSON form."""
        return asdict(self)
