"""Traffic that the judge was not made for: raw attempts, second by second, and what the store would count of them.

A `Sky` says for each arm, provider and second how many requests fail and how slow they are. A `World` draws attempts
under it: clumped arrivals, sessions that keep their bucket, retries, latency of any law. Nothing here is shared with
`cutover_telemetry.judge.simulate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from cutover_telemetry.judge import (
    Cell,
    Comparing,
    JudgePlan,
    Ledger,
    Pair,
    Values,
    judge_from_json,
    judge_to_json,
    stage_weights,
)

LEGACY, REGISTRY = 0, 1
FIVE = (0.01, 0.05, 0.25, 0.5, 0.5)
TIMEOUT = 60.0

Draw = np.random.Generator


@dataclass(frozen=True)
class Sky:
    """Failure probability and slowness by arm, provider and second."""

    failing: np.ndarray
    slow: np.ndarray


Weather = Callable[[Draw, int, int], Sky]
Law = Callable[[Draw, int], np.ndarray]


def calm(rate: float = 0.01) -> Weather:
    """The same all the time."""
    return lambda dice, providers, seconds: Sky(
        np.full((2, providers, seconds), rate), np.ones((2, providers, seconds))
    )


def spells(
    *, bad: float, every: float, seconds: float, exactly: bool = False, aligned: bool = False,
    shared: bool = False, everywhere: bool = True, slower: float = 1.0, ramp: int = 0, rate: float = 0.01,
) -> Weather:  # fmt: skip
    """Bad spells: in each arm by itself or `shared`, at all providers or at each by itself.

    A spell is `exactly` so long or exponential; it begins on the minute (`aligned`) or at any second; it may set in
    over `ramp` seconds. Between them there are `every` seconds on average.
    """

    def weather(dice: Draw, providers: int, length: int) -> Sky:
        base = calm(rate)(dice, providers, length)
        rows = 1 if everywhere else providers
        depth = np.zeros((2, rows, length))
        for arm in range(1 if shared else 2):
            for row in range(rows):
                depth[arm, row] = _one(dice, length, every, seconds, exactly, aligned, ramp)
        if shared:
            depth[1] = depth[0]
        failing = np.maximum(base.failing, rate + (bad - rate) * depth)
        return Sky(failing, base.slow * slower**depth)

    return weather


def _one(dice: Draw, length: int, every: float, seconds: float, exactly: bool, aligned: bool, ramp: int) -> np.ndarray:
    depth, at = np.zeros(length), dice.exponential(every)
    while at < length:
        began = int(at // 60 * 60 if aligned else at)
        lasts = int(seconds if exactly else dice.exponential(seconds) + 1)
        spell = np.minimum(1.0, np.arange(1, lasts + 1) / (ramp + 1))
        depth[began : began + lasts] = spell[: max(0, length - began)]
        at = began + lasts + dice.exponential(every)
    return depth


def tides(*, low: float = 0.004, high: float = 0.04, period: float = 7200.0, slower: float = 1.5) -> Weather:
    """Failures and latency rise and fall together in both arms."""

    def weather(dice: Draw, providers: int, length: int) -> Sky:
        wave = (1 + np.sin(2 * np.pi * (np.arange(length) / period + dice.random()))) / 2
        one = np.broadcast_to(wave, (2, providers, length))
        return Sky(low * (high / low) ** one, slower**one)

    return weather


def drift(*, begin: float = 0.005, end: float = 0.04, slower: float = 3.0) -> Weather:
    """Failures and latency grow steadily in both arms."""

    def weather(dice: Draw, providers: int, length: int) -> Sky:
        way = np.broadcast_to(np.linspace(0, 1, length), (2, providers, length))
        return Sky(begin * (end / begin) ** way, slower**way)

    return weather


def both(*weathers: Weather) -> Weather:
    """The worst of several."""

    def weather(dice: Draw, providers: int, length: int) -> Sky:
        skies = [each(dice, providers, length) for each in weathers]
        return Sky(np.maximum.reduce([sky.failing for sky in skies]), np.prod([sky.slow for sky in skies], axis=0))

    return weather


def worse(weather: Weather, *, failing: float = 0.0, slower: float = 1.0, provider: int | None = None) -> Weather:
    """The candidate fails more, or answers later, at one provider or at all."""

    def hurt(dice: Draw, providers: int, length: int) -> Sky:
        sky = weather(dice, providers, length)
        at = slice(None) if provider is None else provider
        sky.failing[REGISTRY, at] = np.minimum(1.0, sky.failing[REGISTRY, at] + failing)
        sky.slow[REGISTRY, at] *= slower
        return sky

    return hurt


LAWS: dict[str, Law] = {
    "lognormal": lambda dice, size: dice.lognormal(0.0, 0.5, size),
    "wide lognormal": lambda dice, size: dice.lognormal(0.0, 1.2, size),
    "weibull": lambda dice, size: dice.weibull(0.6, size),
    "pareto": lambda dice, size: 0.2 * (1 + dice.pareto(1.1, size)),
    "mixture": lambda dice, size: np.where(
        dice.random(size) < 0.3, dice.gamma(4.0, 0.01, size), dice.lognormal(1.0, 0.8, size)
    ),
    "steps": lambda dice, size: np.ceil(dice.exponential(1.0, size) * 4) / 4,
}


CALM = calm()


@dataclass(frozen=True)
class World:
    """Traffic: requests a minute in all, how they come, where they go, and how long they take."""

    rate: float
    weather: Weather = CALM
    law: str = "lognormal"
    providers: int = 1
    clump: float = 1.0
    swing: float = 0.0
    session: float = 1.0
    touchy: float = 0.0
    retries: float = 0.0
    storm: int = 1

    def named(self) -> list[str]:
        """The providers, of very unequal traffic."""
        return [f"p{number:02}" for number in range(self.providers)]


def attempts(world: World, dice: Draw, shares: np.ndarray) -> dict[str, np.ndarray]:
    """Raw attempts under shares by second."""
    length = len(shares)
    sky = world.weather(dice, world.providers, length)
    wave = 1 + world.swing * np.sin(2 * np.pi * np.arange(length) / 5400)
    routes = dice.poisson(world.rate / 60 / world.clump / world.session * wave)
    began = np.repeat(np.arange(length), routes) + dice.random(routes.sum())
    sizes = dice.geometric(1 / world.session, began.size)
    session = np.repeat(np.arange(began.size), sizes)
    at = np.repeat(began, sizes) + np.where(world.session > 1, dice.exponential(60.0, session.size), 0.0)
    many = dice.geometric(1 / world.clump, at.size)
    at, session = np.repeat(at, many), np.repeat(session, many)
    bucket = dice.random(began.size)[session] if world.session > 1 else dice.random(at.size)
    proneness = dice.gamma(1 / max(world.touchy, 1e-9), max(world.touchy, 1e-9), began.size)[session]
    weights = 1.0 / np.arange(1, world.providers + 1) ** 1.5
    provider = dice.choice(world.providers, at.size, p=weights / weights.sum())
    pace = np.exp(np.linspace(-1.0, 1.0, world.providers))
    parts = []
    for again in range(world.storm + 1):
        second = np.minimum(at.astype(int), length - 1)
        arm = (bucket < shares[second]).astype(int)
        took = LAWS[world.law](dice, at.size) * pace[provider] * sky.slow[arm, provider, second]
        chance = sky.failing[arm, provider, second] * (proneness if world.touchy else 1.0)
        late = took > TIMEOUT
        failed = (dice.random(at.size) < chance) | late
        took = np.where(late, TIMEOUT, took)
        follow = failed & (dice.random(at.size) < world.retries) & (again < world.storm)
        parts.append({"at": at + took, "arm": arm, "provider": provider, "failed": failed, "late": late,
                      "took": took, "extra": follow})  # fmt: skip
        at = (at + took + dice.exponential(1.0, at.size))[follow]
        provider, bucket, proneness = ((each[follow]) for each in (provider, bucket, proneness))
        if world.providers > 1:
            provider = (provider + 1) % world.providers
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def minutes(world: World, dice: Draw, shares: np.ndarray) -> Iterator[list[Pair]]:
    """What the store counts, minute by minute: an attempt is in the minute in which it ended."""
    told = attempts(world, dice, shares)
    whole = len(shares) // 60
    minute = (told["at"] // 60).astype(int)
    kept = minute < whole
    told = {name: values[kept] for name, values in told.items()}
    key = (minute[kept] * world.providers + told["provider"]) * 2 + told["arm"]
    order = np.argsort(key, kind="stable")
    told = {name: values[order] for name, values in told.items()}
    edges = np.searchsorted(key[order], np.arange(whole * world.providers * 2 + 1))
    names = world.named()
    for at in range(whole):
        pairs = []
        for number, name in enumerate(names):
            place = (at * world.providers + number) * 2
            control, candidate = (_cell(told, edges[place + arm], edges[place + arm + 1]) for arm in (LEGACY, REGISTRY))
            if control.attempts or candidate.attempts:
                pairs.append(Pair(name, at, candidate, control, float(shares[at * 60])))
        yield pairs


def _cell(told: dict[str, np.ndarray], begin: int, end: int) -> Cell:
    failed = told["failed"][begin:end]
    return Cell(
        int(end - begin),
        int(failed.sum()),
        int(told["late"][begin:end].sum()),
        int(told["extra"][begin:end].sum()),
        Values(told["took"][begin:end][~failed].tolist()),
    )


@dataclass(frozen=True)
class Ended:
    """How a rollout ended: None, or the stage, the minute of it, the candidate's requests in it and what was found."""

    stage: int | None = None
    minute: int = 0
    requests: int = 0
    by: str = ""

    @property
    def blamed(self) -> bool:
        """Whether the candidate was called worse."""
        return self.stage is not None


def roll(
    world: World, *, seed: int, stages: tuple[float, ...] = FIVE, length: int = 60, restart: bool = False,
    plan: JudgePlan | None = None, before: int = 0,
) -> Ended:  # fmt: skip
    """A whole rollout, with stages of so many minutes; `restart` writes all judges down and reads them in each."""
    dice = np.random.default_rng(seed)
    plan = plan or JudgePlan()
    shares = np.repeat((0.0,) * bool(before) + stages, [before * 60] * bool(before) + [length * 60] * len(stages))
    told = minutes(world, dice, shares)
    comparing, ledger = Comparing(world.named(), plan=plan), Ledger()
    weights = stage_weights(stages)
    for _ in range(before):
        comparing.add(next(told))
    for stage, weight in enumerate(weights):
        ledger, alpha = ledger.take(f"stage {stage}", weight=weight)
        comparing = _next(comparing, world, replace(plan, alpha=alpha))
        for minute in range(length):
            comparing.add(next(told))
            if restart and minute == length // 3:
                _restart(comparing)
            found = _worse(comparing)
            if found:
                judge = comparing._whole if world.providers > 1 else comparing._judges["p00"]
                return Ended(stage, minute + 1, judge.requests[0], found)
    return Ended()


def _next(before: Comparing, world: World, plan: JudgePlan) -> Comparing:
    made = Comparing(world.named(), plan=plan)
    made._thresholds = before._thresholds
    old, new = [*before._judges.values(), before._whole], [*made._judges.values(), made._whole]
    for was, now in zip(old, new, strict=True):
        now.restless = was.seen_restless
        now.__post_init__()
    return made


def _restart(comparing: Comparing) -> None:
    comparing._whole = judge_from_json(judge_to_json(comparing._whole), plan=comparing._whole.plan)
    for name, judge in comparing._judges.items():
        comparing._judges[name] = judge_from_json(judge_to_json(judge), plan=judge.plan)


def _worse(comparing: Comparing) -> str:
    for judge in [comparing._whole, *comparing._judges.values()]:
        if judge.found_worse:
            names = [metric.value for metric, one in judge.contests.items() if one.worse.found is not None]
            tests = [one.worse.found.test for one in judge.contests.values() if one.worse.found is not None]
            return f"{judge.subject}: {', '.join(names + tests) or 'outage'}"
    return ""


HOSTILE: dict[str, dict[str, object]] = {
    "calm": {},
    "markov, two minutes": {"weather": spells(bad=0.25, every=1500, seconds=120)},
    "markov, seconds": {"weather": spells(bad=0.3, every=200, seconds=15)},
    "bursts on the minute": {"weather": spells(bad=0.3, every=1800, seconds=120, exactly=True, aligned=True)},
    "bursts across minutes": {"weather": spells(bad=0.3, every=1800, seconds=120, exactly=True)},
    "bursts, rare and total": {"weather": spells(bad=1.0, every=7200, seconds=120, exactly=True)},
    "bursts, small": {"weather": spells(bad=0.08, every=900, seconds=120, exactly=True)},
    "bursts, seldom": {"weather": spells(bad=0.4, every=10000, seconds=120, exactly=True)},
    "bursts, slow": {"weather": spells(bad=0.1, every=1800, seconds=120, exactly=True, slower=4.0)},
    "bursts at a provider": {
        "weather": spells(bad=0.4, every=3600, seconds=120, exactly=True, everywhere=False), "providers": 3},
    "incidents": {"weather": spells(bad=0.5, every=3600, seconds=600, shared=True, slower=3.0)},
    "incidents, gradual": {"weather": spells(bad=0.6, every=2400, seconds=300, shared=True, slower=5.0, ramp=90)},
    "incidents, total": {"weather": spells(bad=1.0, every=5400, seconds=240, shared=True)},
    "incidents at a provider": {
        "weather": spells(bad=0.8, every=5400, seconds=400, shared=True, everywhere=False), "providers": 3},
    "drift": {"weather": drift()},
    "daily": {"weather": tides(), "swing": 0.7},
    "wide latency": {"law": "wide lognormal"},
    "weibull": {"law": "weibull"},
    "pareto": {"law": "pareto"},
    "mixture": {"law": "mixture"},
    "steps": {"law": "steps"},
    "clumps": {"clump": 4.0},
    "sessions": {"session": 15.0},
    "touchy sessions": {"session": 15.0, "touchy": 1.5},
    "retries": {"retries": 0.9, "storm": 3},
    "retries in incidents": {
        "weather": spells(bad=0.5, every=3600, seconds=300, shared=True), "retries": 0.9, "storm": 3},
    "three providers": {"providers": 3, "retries": 0.8},
    "22 providers": {"providers": 22, "retries": 0.8},
    "22 providers, bursts": {
        "providers": 22, "weather": spells(bad=0.3, every=3600, seconds=120, exactly=True, everywhere=False)},
    "daily, bursts": {"weather": both(tides(), spells(bad=0.3, every=3600, seconds=120, exactly=True)), "swing": 0.5},
}  # fmt: skip


@pytest.fixture(scope="session")
def hostile():
    """Worlds, and rollouts through them."""
    return SimpleNamespace(
        World=World, worlds=HOSTILE, roll=roll, spells=spells, worse=worse, calm=calm, both=both, tides=tides,
        minutes=minutes, attempts=attempts, FIVE=FIVE, REGISTRY=REGISTRY,
    )  # fmt: skip
