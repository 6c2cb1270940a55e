"""A figure, a sample and a result made by hand, and a loopback server that really runs."""

import sys
from pathlib import Path

import pytest

from bench_run import Figure, ImportFigure, Machine, Result, Sample, Server, Spread
from bench_worker import SCENARIOS, Scenario

CHAT = Scenario("chat", "sync", 1)


def made_figure(contender, ratio, *, scenario=CHAT, cpu=100.0, wall=None, more=0.0):
    exactly = [Spread(value, value, value) for value in (wall or cpu, cpu, ratio, ratio, more)]
    wall_spread, cpu_spread, *others = exactly
    return Figure(contender, scenario, 5, 500, wall_spread, cpu_spread, *others)


def made_sample(contender, number, *, wall, cpu, scenario=CHAT):
    return Sample(contender, scenario, 0, number, 10, wall, cpu)


def made_result(figures, *, imports=(), failures=None):
    machine = Machine(2, "Linux x86_64", {"Python": "3.11.7", "httpx": "0.28.1"}, 0.1)
    ceiling = {"measured": 20000.0, "by_cpu": 60000.0}
    return Result(machine, ceiling, 3, figures, imports, failures or {})


@pytest.fixture
def figure():
    return made_figure


@pytest.fixture
def sample():
    return made_sample


@pytest.fixture
def result():
    return made_result


@pytest.fixture
def full_result():
    """Everything within its limits, but for one import and one ratio."""
    figures = [made_figure("raw httpx", 1.0, scenario=scenario) for scenario in SCENARIOS]
    figures += [made_figure("ours", 1.05, scenario=scenario, cpu=105.0) for scenario in SCENARIOS]
    figures += [made_figure("openai", 3.0, scenario=scenario, cpu=300.0) for scenario in SCENARIOS]
    figures += [made_figure("ours, telemetry on", 1.31, cpu=131.0)]
    imports = [ImportFigure("cutover_registry", 9, 75.0), ImportFigure("httpx", 9, 120.0)]
    return made_result(figures, imports=imports, failures={"any-llm, one": "it is broken", "any-llm": "it is broken"})


@pytest.fixture(scope="module")
def server():
    with Server(Path(sys.executable)) as running:
        yield running
