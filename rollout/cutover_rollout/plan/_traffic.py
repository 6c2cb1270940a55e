"""The traffic that a plan is weighed on: what each provider had, on both arms, in a stretch of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cutover_telemetry.judge import Distribution, Values
from cutover_telemetry.store import Sketch, Slice, Store, Window

MINUTE = 60_000_000_000


@dataclass(frozen=True, slots=True)
class ProviderTraffic:
    """One provider: attempts a minute of both arms, the part that fails, and how long whole answers take."""

    provider: str
    per_minute: float
    failing: float
    latency: Distribution = field(default_factory=Values)


@dataclass(frozen=True, slots=True)
class SeenTraffic:
    """What was seen in so many minutes; empty where nothing was."""

    minutes: int = 0
    providers: tuple[ProviderTraffic, ...] = ()

    @property
    def per_minute(self) -> float:
        """Attempts a minute of all providers."""
        return sum(each.per_minute for each in self.providers)

    @property
    def failing(self) -> float:
        """The part of all attempts that fails."""
        failed = sum(each.per_minute * each.failing for each in self.providers)
        return failed / self.per_minute if self.per_minute else 0.0

    def of(self, names: Iterable[str]) -> SeenTraffic:
        """The traffic of these providers alone; "*" is every one."""
        wanted = set(names)
        kept = tuple(each for each in self.providers if "*" in wanted or each.provider in wanted)
        return SeenTraffic(self.minutes, kept)


def read_traffic(stores: Iterable[Path | str], window: Window) -> SeenTraffic:
    """What these stores counted in this window, from the first minute that had anything to the last.

    Raises:
        StoreError: There is no store there, or it is not ours.
    """
    slices = [each for path in stores for each in Store.of(Path(path)).query.minutes(window) if each.attempts]
    if not slices:
        return SeenTraffic()
    started = [each.start // MINUTE for each in slices]
    minutes = max(started) - min(started) + 1
    grouped: dict[str, list[Slice]] = defaultdict(list)
    for each in slices:
        grouped[each.provider].append(each)
    return SeenTraffic(minutes, tuple(_provider(name, grouped[name], minutes) for name in sorted(grouped)))


def _provider(name: str, slices: list[Slice], minutes: int) -> ProviderTraffic:
    attempts, failed = sum(each.attempts for each in slices), sum(each.failed for each in slices)
    latency = Sketch.merged(each.latency_sketch for each in slices)
    return ProviderTraffic(name, attempts / minutes, failed / attempts, latency if latency.count else Values())
