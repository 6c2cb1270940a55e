"""Random numbers that the standard library of every supported Python lacks: binomial and Poisson, exact and quick."""

from __future__ import annotations

from math import exp, floor, lgamma, log, log1p, sqrt
from random import Random

_FEW = 12.0
_MANY = 10.0


def binomial(dice: Random, trials: int, chance: float) -> int:
    """The successes of so many independent trials."""
    if trials <= 0 or chance <= 0:
        return 0
    if chance >= 1:
        return trials
    if chance > 0.5:
        return trials - binomial(dice, trials, 1 - chance)
    return _by_gaps(dice, trials, chance) if trials * chance < _FEW else _by_rejection(dice, trials, chance)


def poisson(dice: Random, mean: float) -> int:
    """A number of arrivals."""
    if mean <= 0:
        return 0
    if mean > _MANY:
        return _by_transformation(dice, mean)
    limit, product, count = exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def _by_gaps(dice: Random, trials: int, chance: float) -> int:
    """The gaps between successes are geometric."""
    scale, place, successes = log1p(-chance), 0, 0
    while True:
        place += int(log(1.0 - dice.random()) / scale) + 1
        if place > trials:
            return successes
        successes += 1


def _by_rejection(dice: Random, trials: int, chance: float) -> int:
    """Hörmann's BTRS (1993)."""
    spread = sqrt(trials * chance * (1 - chance))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    c = trials * chance + 0.5
    squeeze = 0.92 - 4.2 / b
    alpha, odds, mode = (2.83 + 5.1 / b) * spread, log(chance / (1 - chance)), int((trials + 1) * chance)
    top = lgamma(mode + 1) + lgamma(trials - mode + 1)
    while True:
        u, v = dice.random() - 0.5, dice.random()
        us = 0.5 - abs(u)
        successes = floor((2 * a / us + b) * u + c) if us > 0 else -1
        if us >= 0.07 and v <= squeeze:
            return successes
        if not 0 <= successes <= trials:
            continue
        bound = top - lgamma(successes + 1) - lgamma(trials - successes + 1) + (successes - mode) * odds
        if log(max(v, 1e-300) * alpha / (a / (us * us) + b)) <= bound:
            return successes


def _by_transformation(dice: Random, mean: float) -> int:
    """Hörmann's PTRS (1993)."""
    b = 0.931 + 2.53 * sqrt(mean)
    a = -0.059 + 0.02483 * b
    alpha, squeeze = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = dice.random() - 0.5, dice.random()
        us = 0.5 - abs(u)
        arrivals = floor((2 * a / us + b) * u + mean + 0.43) if us > 0 else -1
        if us >= 0.07 and v <= squeeze:
            return arrivals
        if arrivals < 0 or (us < 0.013 and v > us):
            continue
        if log(max(v, 1e-300) * alpha / (a / (us * us) + b)) <= arrivals * log(mean) - mean - lgamma(arrivals + 1):
            return arrivals
