"""What a number of identical replays says about those not made: an exact upper bound on the rate of mismatches."""

from math import comb

CONFIDENCE = 0.95


def upper_bound(mismatches: int, replays: int) -> float:
    """Give the exact (Clopper-Pearson) upper bound on the mismatch rate, with 95 % confidence."""
    alpha = 1 - CONFIDENCE
    if mismatches >= replays:
        return 1.0
    if mismatches == 0:
        return float(1 - alpha ** (1 / replays))
    low, high = mismatches / replays, 1.0
    for _ in range(60):
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
    return sum(comb(trials, hits) * rate**hits * (1 - rate) ** (trials - hits) for hits in range(count + 1))
