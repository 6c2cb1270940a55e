"""What is measured: three kinds of work, in a thread and in an event loop, one and many in parallel.

Example: ``Scenario("stream", "async", 16)``
"""

from __future__ import annotations

from dataclasses import dataclass

TEXT = "The registry asks the first provider, and the next one where that fails. " * 6
CHUNKS = 20
MODEL = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
MESSAGES = [
    {"role": "system", "content": "You answer questions about gateways, in a few plain sentences. " * 4},
    {"role": "user", "content": "What happens when a provider answers with status 503? " * 4},
]
KINDS = {"chat": "happy path", "failover": "one failover", "stream": f"{CHUNKS}-chunk stream"}


@dataclass(frozen=True)
class Scenario:
    """One column of a table.

    Attributes:
        kind: Of `KINDS`.
        mode: ``sync`` (one thread) or ``async`` (one event loop).
        parallel: How many calls are under way at once.
    """

    kind: str
    mode: str
    parallel: int

    @property
    def title(self) -> str:
        """For people."""
        return f"{KINDS[self.kind]}, {self.mode}, {self.parallel} in parallel"

    @property
    def method(self) -> str:
        """The name of the contender's method that does it."""
        return self.kind if self.mode == "sync" else f"{self.kind}_async"

    @property
    def requests(self) -> int:
        """How many requests one call sends."""
        return 2 if self.kind == "failover" else 1


SCENARIOS = tuple(
    Scenario(kind, mode, parallel)
    for kind in KINDS
    for mode, parallel in (("sync", 1), ("async", 1), ("async", 16), ("async", 64))
)
