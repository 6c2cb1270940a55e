"""What happens to the arms, minute by minute: failure rates and slowness, the same for both or for one.

A weather is a function of a source of random numbers, the minutes, and the ordinary failure rate; it gives the skies of
the candidate and of the control. Weathers of identical arms treat both alike, if not at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, pi, sin
from random import Random


@dataclass(frozen=True, slots=True)
class Sky:
    """One arm in one minute: the part of the requests that fails, and by what its latency is multiplied."""

    failing: float
    slower: float = 1.0


Skies = tuple[list[Sky], list[Sky]]
Weather = Callable[[Random, int, float], Skies]


def calm(_: Random, minutes: int, failing: float) -> Skies:
    """Nothing happens."""
    return [Sky(failing)] * minutes, [Sky(failing)] * minutes


def bursts(*, every: float = 30.0, lasting: float = 2.0, failing: float = 0.3, slower: float = 1.0) -> Weather:
    """Each arm by itself fails for two minutes, on average every so many minutes."""

    def weather(dice: Random, minutes: int, ordinary: float) -> Skies:
        bad = Sky(failing, slower)
        candidate = _struck(dice, [Sky(ordinary)] * minutes, bad, every=every, lasting=lasting)
        return candidate, _struck(dice, [Sky(ordinary)] * minutes, bad, every=every, lasting=lasting)

    return weather


def incidents(
    *, every: float = 60.0, lasting: float = 5.0, failing: float = 0.4, slower: float = 1.5, lag: int = 0
) -> Weather:
    """The provider fails for both arms; the one that is hit second is hit so many minutes later."""

    def weather(dice: Random, minutes: int, ordinary: float) -> Skies:
        first = _struck(dice, [Sky(ordinary)] * minutes, Sky(failing, slower), every=every, lasting=lasting)
        second = [Sky(ordinary)] * lag + first[: minutes - lag]
        return (first, second) if dice.random() < 0.5 else (second, first)

    return weather


def daily(*, deep: float = 0.6, slow: float = 0.3) -> Weather:
    """Failures and latency follow the time of day, alike for both arms, from a random hour on."""

    def weather(dice: Random, minutes: int, ordinary: float) -> Skies:
        begun = dice.random() * 1440
        waves = [sin(2 * pi * (begun + minute) / 1440) for minute in range(minutes)]
        skies = [Sky(ordinary * (1 + deep * wave), 1 + slow * wave) for wave in waves]
        return skies, skies

    return weather


def drifting(*, to: float = 4.0, slower: float = 2.0) -> Weather:
    """Failures and latency grow steadily, alike for both arms."""

    def weather(_: Random, minutes: int, ordinary: float) -> Skies:
        parts = [minute / max(minutes - 1, 1) for minute in range(minutes)]
        skies = [Sky(ordinary * to**part, slower**part) for part in parts]
        return skies, skies

    return weather


def wandering(*, memory: float = 0.8, spread: float = 0.05) -> Weather:
    """Each arm's latency wanders by itself from minute to minute (autocorrelated, with this relative spread)."""

    def weather(dice: Random, minutes: int, ordinary: float) -> Skies:
        return _wander(dice, minutes, ordinary, memory, spread), _wander(dice, minutes, ordinary, memory, spread)

    return weather


def worse(
    *, failing: float = 0.0, slower: float = 1.0, after: int = 0, on: Weather = calm, all_fail: bool = False
) -> Weather:
    """A candidate that is worse: so much is added to its failures, and its latency is multiplied."""

    def weather(dice: Random, minutes: int, ordinary: float) -> Skies:
        candidate, control = on(dice, minutes, ordinary)
        hurt = [
            replace(sky, failing=1.0 if all_fail else min(1.0, sky.failing + failing), slower=sky.slower * slower)
            for sky in candidate[after:]
        ]
        return candidate[:after] + hurt, control

    return weather


def _struck(dice: Random, skies: list[Sky], bad: Sky, *, every: float, lasting: float) -> list[Sky]:
    """The skies with bad spells that begin at random moments; a spell covers parts of its first and last minute."""
    covered = [0.0] * len(skies)
    moment = dice.expovariate(1 / every) - lasting
    while moment < len(skies):
        for minute in range(max(0, int(moment)), min(len(skies), int(moment + lasting) + 1)):
            covered[minute] += max(0.0, min(moment + lasting, minute + 1) - max(moment, minute))
        moment += lasting + dice.expovariate(1 / every)
    return [_blend(sky, bad, min(1.0, part)) if part else sky for sky, part in zip(skies, covered, strict=True)]


def _blend(sky: Sky, bad: Sky, part: float) -> Sky:
    return Sky(sky.failing + part * (bad.failing - sky.failing), sky.slower + part * (bad.slower - sky.slower))


def _wander(dice: Random, minutes: int, ordinary: float, memory: float, spread: float) -> list[Sky]:
    level, skies = dice.gauss(0, spread), []
    for _ in range(minutes):
        skies.append(Sky(ordinary, exp(level)))
        level = memory * level + dice.gauss(0, spread * (1 - memory * memory) ** 0.5)
    return skies
