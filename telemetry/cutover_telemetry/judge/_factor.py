"""The e-value of one stratum: how much likelier its counts are if the candidate's odds are worse.

Given the requests of both arms and the hits of both together, the candidate's hits are hypergeometric if the arms are
alike, whatever the rate is in that minute. A hypergeometric number is a sum of min(requests, hits) independent yes/no
numbers (Vatutin and Mikhailov, 1982), of which mean and variance are known; over all such sums E[exp(tilt * hits)] is
largest if some of them are certain and the others alike. Dividing by that largest value gives an e-value with a
closed form. For rare hits it is the likelihood ratio itself.

Example: ``log_factors(Counts((9, 300), (3, 300)))[2]``  ->  about 1.3
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, expm1, log, log1p
from typing import NamedTuple

from cutover_telemetry.judge._counts import Counts

# Log odds ratios that are betted on, and how much of the stake is on each.
TILTS = (0.2, 0.4, 0.7, 1.1, 1.7, 2.6, 4.0)
STAKES = (0.08, 0.17, 0.32, 0.25, 0.10, 0.05, 0.03)
KEPT = 4096
_GAINS = tuple(expm1(tilt) for tilt in TILTS)
_BETS = tuple(zip(TILTS, _GAINS, strict=True))
_LOG_STAKES = tuple(log(stake) for stake in STAKES)


class Facts(NamedTuple):
    """What a stratum adds to the evidence: the counts' own statistics, and `log_factors` of them.

    If the rates differ by d the score varies by variance + d * slope - d * d * bend: an arm of which few requests are
    asked varies by its own rate, and not by that of both together.
    """

    score: float
    variance: float
    exposure: float
    third_moment: float
    slope: float
    bend: float
    log_factors: tuple[float, ...]


_NO_FACTORS = (0.0,) * len(TILTS)
NOTHING = Facts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, _NO_FACTORS)


@lru_cache(maxsize=KEPT)
def facts(counts: Counts) -> Facts:
    """The facts of one stratum; it is asked for by the judge of its provider, and by that of all together."""
    (hit, ours), (missed, theirs) = counts.candidate, counts.control
    total, hits = ours + theirs, hit + missed
    if ours == 0 or theirs == 0:
        return NOTHING
    exposure = ours * theirs / total
    lopsided = (theirs - ours) / total
    slope = exposure * lopsided * (1 - 2 * hits / total)
    bend = exposure * (1 - 3 * ours * theirs / (total * total))
    if hits in {0, total}:
        return Facts(0.0, 0.0, exposure, 0.0, slope, bend, _NO_FACTORS)
    variance = exposure * hits * (total - hits) / (total * (total - 1))
    factors = _log_factors(hit, min(ours, hits), ours * hits / total, variance)
    return Facts(hit - ours * hits / total, variance, exposure, variance * lopsided, slope, bend, factors)


def log_factors(counts: Counts) -> tuple[float, ...]:
    """The log of the e-value of this stratum for each of TILTS."""
    return facts(counts).log_factors


def _log_factors(hit: int, parts: int, expected: float, variance: float) -> tuple[float, ...]:
    mean = expected / parts
    chance = variance / parts / (1 - mean)
    open_parts = parts * (1 - mean) / (1 - chance)
    above = hit - (parts - open_parts)
    return tuple([tilt * above - open_parts * log1p(chance * gain) for tilt, gain in _BETS])


def log_mixture(logs: tuple[float, ...] | list[float], *, dispersion: float = 1.0) -> float:
    """The log of the stakes' total worth, where each bet has grown to exp(log / dispersion)."""
    worth = [stake + each / dispersion for stake, each in zip(_LOG_STAKES, logs, strict=True)]
    most = max(worth)
    return most + log(sum(exp(each - most) for each in worth))
