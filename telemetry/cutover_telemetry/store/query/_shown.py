"""From a tally to what is shown of it."""

from collections.abc import Iterable, Mapping

from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._tally import ERROR, FIRST_CHUNK, LATENCY, Tally
from cutover_telemetry.store.query._records import Quantiles, Volume

SHARES = (0.5, 0.95, 0.99)
NOTHING = Sketch()


def volume(tally: Tally) -> Volume:
    """The counts of attempts."""
    counts = tally.counts
    return Volume(
        attempts=int(counts["attempts"]),
        answered=int(counts["answered"]),
        failed=int(counts["failed"]),
        cancelled=int(counts["cancelled"]),
        errors=dict(sorted(errors(tally).items(), key=lambda error: (-error[1], error[0]))),
    )


def errors(tally: Tally) -> Mapping[str, int]:
    """How many of each error type, in no order."""
    return {name.removeprefix(ERROR): int(count) for name, count in tally.counts.items() if name.startswith(ERROR)}


def quantiles(tally: Tally, measure: str = LATENCY) -> Quantiles | None:
    """The quantiles of one measure; None of no values."""
    sketch = tally.sketches.get(measure, NOTHING)
    p50, p95, p99 = sketch.quantiles(SHARES)
    if p50 is None or p95 is None or p99 is None:
        return None
    return Quantiles(sketch.count, p50, p95, p99)


def both(tally: Tally) -> tuple[Quantiles | None, Quantiles | None]:
    """The quantiles of latency and of the time to the first chunk."""
    return quantiles(tally, LATENCY), quantiles(tally, FIRST_CHUNK)


def together(tallies: Iterable[Tally]) -> Tally:
    """The sum of some tallies."""
    return Tally.merged(tallies)
