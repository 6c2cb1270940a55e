"""Traffic that the judge's figures are measured on, from published seeds.

from cutover_telemetry.judge.simulate import FIVE, Traffic, bursts, rollout

rollout(Traffic(60, weather=bursts()), stages=FIVE, seed=1, restart=True).found
"""

from cutover_telemetry.judge.simulate._draw import binomial, poisson
from cutover_telemetry.judge.simulate._run import FIVE, ONE, Ended, Stage, rollout
from cutover_telemetry.judge.simulate._traffic import Traffic, log_normal, pareto
from cutover_telemetry.judge.simulate._weather import (
    Sky,
    Weather,
    bursts,
    calm,
    daily,
    drifting,
    incidents,
    wandering,
    worse,
)

__all__ = [
    "FIVE",
    "ONE",
    "Ended",
    "Sky",
    "Stage",
    "Traffic",
    "Weather",
    "binomial",
    "bursts",
    "calm",
    "daily",
    "drifting",
    "incidents",
    "log_normal",
    "pareto",
    "poisson",
    "rollout",
    "wandering",
    "worse",
]
