"""Fixtures: plans without their shadow, and a rollout that is driven through minutes of simulated traffic."""

from dataclasses import replace

import pytest

from cutover_rollout.controller import Certified, Evidence, Phase, begin, look, rollout_from_json, rollout_to_json
from cutover_rollout.plan import Stage, default_plan
from cutover_telemetry.judge import Counts, Metric, Minute

CERTIFIED = Certified("a1b2")


@pytest.fixture
def certified():
    """A certificate that is valid."""
    return CERTIFIED


@pytest.fixture
def plan():
    """The default plan from 1 % on."""
    usual = default_plan()
    return replace(usual, stages=usual.stages[1:])


@pytest.fixture
def quick_plan(plan):
    """Two stages of a few minutes, whose margins are wide."""
    wide = {metric: replace(each, margin=0.5) for metric, each in plan.metrics.items()}
    stages = (Stage("10 %", 0.1, 3, 30), Stage("50 %", 0.5, 3, 30), Stage("100 %", 1.0, 5))
    return replace(plan, stages=stages, metrics=wide, scale_margins=False)


@pytest.fixture
def started():
    """Begin, and give the rollout."""

    def start(plan, *, providers=("groq",), at=0.0, before=None, certified=CERTIFIED):
        return begin(plan, at, certified=certified, providers=providers, before=before).rollout

    return start


@pytest.fixture
def minute():
    """A minute of both arms, as (failed, of); the share is what the counts say unless it is told."""

    def make(at, candidate, control):
        strata = {Metric.ERRORS: (Counts(candidate, control),)}
        return Minute(at, strata, candidate[1], control[1])

    return make


@pytest.fixture
def drive():
    """Look once a minute until it ends or is at 100 %; gives the rollout, the minute, and the decisions of note.

    `traffic` is one for all providers, or one for each. With `restart` it is stored and read back after each look.
    """

    def run(rollout, traffic, dice, *, minutes=600, restart=False, names=("groq",), from_minute=0):
        streams, decisions, at = {}, [], from_minute
        while rollout.running and rollout.phase is not Phase.AT_100 and at < from_minute + minutes:
            given = {}
            for name in names:
                if name in rollout.quarantined:
                    continue
                key = name, rollout.share
                own = traffic[name] if isinstance(traffic, dict) else traffic
                if key not in streams:
                    streams[key] = replace(own, share=rollout.share).minutes(minutes, dice=dice)
                given[name] = (replace(next(streams[key]), at=at),)
            at += 1
            decision = look(rollout, Evidence(given, certified=CERTIFIED), at * 60.0)
            rollout = decision.rollout
            if restart:
                rollout = rollout_from_json(rollout_to_json(rollout))
            if decision.changes:
                decisions.append(decision)
        return rollout, at, decisions

    return run
