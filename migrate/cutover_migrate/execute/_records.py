"""What came of executing: one record for each site, all of them JSON-able."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExecuteDifference:
    """Where two runs parted for the first time.

    Attributes:
        key: The subject, as text.
        arm: The arm that the rewritten program ran with.
        how: Whether the function ran from its beginning or from the site on.
        schedule: How the recorders answered; `seed` and the rest of it give the run again.
        event: The number of the event that differs.
        legacy: The events around it, legacy program.
        registry: The events around it, rewritten program.
    """

    key: str
    arm: str
    how: str
    schedule: Mapping[str, Any]
    event: int
    legacy: tuple[str, ...]
    registry: tuple[str, ...]

    def __str__(self) -> str:
        legacy, registry = (_parted(events, other) for events, other in self._both())
        return f"at key {self.key} legacy does: {legacy}; registry does: {registry}"

    def _both(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        yield self.legacy, self.registry
        yield self.registry, self.legacy


@dataclass(frozen=True, slots=True)
class Executed:
    """A site that was executed.

    Attributes:
        site: Its name.
        file: The file that it stands in.
        function: The function around it, dotted; empty at module level.
        pairs: How many pairs of runs were compared.
        reached: In how many of them the legacy program reached the site.
        differences: How many pairs differ.
        first: The first of them.
        cut: How many pairs were cut because a run did too much; they agree as far as they went.
        left_out: How many pairs were not run because the time was up.
        refused: What the code tried and was not let.
    """

    site: str
    file: str
    function: str
    pairs: int
    reached: int
    differences: int
    first: ExecuteDifference | None = None
    cut: int = 0
    left_out: int = 0
    refused: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the site was reached and no pair differs."""
        return self.reached > 0 and not self.differences


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """A site that cannot be executed, and why."""

    site: str
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExecuteReport:
    """All sites, and the walls that stood around the process that executed them."""

    sites: tuple[Executed | NotExecuted, ...]
    walls: tuple[str, ...]

    @property
    def executed(self) -> tuple[Executed, ...]:
        """The sites that were executed."""
        return tuple(site for site in self.sites if isinstance(site, Executed))

    @property
    def not_executed(self) -> tuple[NotExecuted, ...]:
        """The sites that could not be."""
        return tuple(site for site in self.sites if isinstance(site, NotExecuted))

    @property
    def differences(self) -> int:
        """How many pairs differ, over all sites."""
        return sum(site.differences for site in self.executed)

    @property
    def same(self) -> bool:
        """Whether nothing differs; what could not be executed has no say."""
        return not self.differences

    def findings(self) -> list[str]:
        """What stands against the rewrite, one text each."""
        return [f"{site.file}: {site.site}: {site.first}" for site in self.executed if site.first is not None]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "same": self.same,
            "pairs": sum(site.pairs for site in self.executed),
            "reached": sum(site.reached for site in self.executed),
            "differences": self.differences,
            "walls": list(self.walls),
            "sites": [{"executed": isinstance(site, Executed), **asdict(site)} for site in self.sites],
        }


def _parted(events: tuple[str, ...], other: tuple[str, ...]) -> str:
    """The first event that the other does not have."""
    for number, event in enumerate(events):
        if number >= len(other) or other[number] != event:
            return event
    return "nothing more"
