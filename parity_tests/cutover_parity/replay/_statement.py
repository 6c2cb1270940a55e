"""What a number of replays says about those not made: an exact upper bound on the rate of mismatches."""

from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95
_HALVINGS = 100
_TERMS = 10_000
_TINY = 1e-300


def upper_bound(mismatches: int, replays: int) -> float:
    """Give the exact (Clopper-Pearson) upper bound on the mismatch rate, with 95 % confidence."""
    alpha = 1 - CONFIDENCE
    if mismatches >= replays:
        return 1.0
    if mismatches == 0:
        return float(1 - alpha ** (1 / replays))
    low, high = mismatches / replays, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(mismatches, replays, middle) > alpha else (low, middle)
    return high


def statement(mismatches: int, replays: int) -> str:
    """Say it in a sentence."""
    if replays == 0:
        return "0 replays: nothing can be said"
    bound = upper_bound(mismatches, replays)
    return f"{mismatches} mismatches in {replays} replays: at most {bound:.3%} with 95 % confidence"


def _at_most(count: int, trials: int, rate: float) -> float:
    """Give the chance of at most `count` hits in `trials`: one minus the regularised incomplete beta function."""
    if rate >= 1.0:
        return 0.0
    return 1 - _beta(rate, count + 1, trials - count)


def _beta(x: float, a: float, b: float) -> float:
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Sum the continued fraction of the incomplete beta function (Lentz's way)."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    sum_ = d
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + term * d or _TINY)
            c = 1 + term / c or _TINY
            sum_ *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return sum_
