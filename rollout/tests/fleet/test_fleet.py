"""A fleet under load whose store is killed and cut off: everybody is killed, nobody is lost, no share is raised.

How soon is measured, and held to its limits, by `scripts/bench_kill.py`.
"""

import os

import pytest

from kill_run import SCENARIOS, Postgresql, Redis, Size, may_lay, run, system_program

KINDS = {"postgresql": Postgresql, "redis": Redis}
SMALL = Size(workers=3, lanes=1, pause=0.03)
LEFT_OUT = {"postgresql": {"mended", "stages"}, "redis": {"mended", "controlled"}}


def _all_held(report, *, workers, turns, scenarios=SCENARIOS):
    assert report.wrong == []
    assert [line for outcome in report.outcomes for line in outcome.wrong] == []
    killed = [len(outcome.seconds) for outcome in report.outcomes]
    assert killed == [workers * turns] * len(scenarios) + [workers]
    assert report.sent >= 3 * sum(killed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_fleet_is_killed_whatever_its_store_does_and_no_request_is_lost(kind):
    scenarios = [each for each in SCENARIOS if each.__name__ not in LEFT_OUT[kind]]
    report = run(KINDS[kind], turns=1, size=SMALL, own_network=False, scenarios=scenarios)
    _all_held(report, workers=3, turns=1, scenarios=scenarios)


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
def test_eight_workers_are_killed_whatever_the_system_s_store_and_the_kernel_s_network_do(kind):
    installed = system_program(KINDS[kind])
    if installed is None or not may_lay():
        missing = f"no {KINDS[kind].package} of the operating system, or no right to make networks (root)"
        if "CUTOVER_SYSTEM_REQUIRED" in os.environ:
            pytest.fail(missing)
        pytest.skip(f"left out: {missing}")
    _all_held(run(KINDS[kind], turns=2, installed=installed), workers=8, turns=2)
