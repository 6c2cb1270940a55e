"""What a recorder keeps and how much memory it may take."""

from dataclasses import dataclass, field

from cutover_parity._messages import Json
from cutover_parity.recorder._sampling import Sampling

MAX_BODY = 1024 * 1024
QUEUE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecorderOptions:
    """`max_body` and `queue_bytes` are bytes, `settle` and `hold` seconds; `content` names fields that stay readable.

    A route is written `settle` after its end, and while attempts that it began are still open up to `hold` after it.
    """

    max_body: int = MAX_BODY
    queue_bytes: int = QUEUE_BYTES
    sampling: Sampling = field(default_factory=Sampling)
    content: tuple[str, ...] = ()
    settle: float = 0.25
    hold: float = 30.0

    def to_json(self) -> Json:
        """Give the JSON form."""
        return {
            "max_body": self.max_body,
            "queue_bytes": self.queue_bytes,
            "sampling": self.sampling.to_json(),
            "content": list(self.content),
            "settle": self.settle,
            "hold": self.hold,
        }

    @classmethod
    def from_json(cls, data: Json) -> "RecorderOptions":
        """Read the JSON form."""
        sampling, content = Sampling.from_json(data["sampling"]), tuple(data["content"])
        return cls(**{**data, "sampling": sampling, "content": content})
