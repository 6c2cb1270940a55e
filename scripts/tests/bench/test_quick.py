"""The quick mode: everything of a real run, of two contenders, in this project's own venv."""

import json

import pytest

import bench_peers
from bench_worker import SCENARIOS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def quick():
    with pytest.MonkeyPatch.context() as patch:
        printed = []
        patch.setattr(bench_peers, "print_json", printed.append)
        code = bench_peers.main(["--quick", "--only", "raw httpx", "--only", "ours", "--json"])
    (found,) = printed
    return code, json.loads(json.dumps(found))


def test_nobody_fails(quick):
    assert quick[1]["failures"] == {}


def test_each_contender_has_a_figure_of_each_scenario(quick):
    found = [(figure["contender"], figure["scenario"]) for figure in quick[1]["figures"]]
    assert sorted(found, key=str) == sorted(
        [(name, vars(each)) for name in ("ours", "raw httpx") for each in SCENARIOS], key=str
    )


def test_a_figure_has_medians_and_ratios_of_both_kinds_of_time(quick):
    for figure in quick[1]["figures"]:
        assert figure["rounds"] == 2
        assert figure["calls"] >= 2 * figure["scenario"]["parallel"]
        for name in ("wall", "cpu", "wall_ratio", "cpu_ratio"):
            spread = figure[name]
            assert 0 < spread["low"] <= spread["median"] <= spread["high"]


def test_raw_calls_are_held_by_themselves(quick):
    raw = [figure for figure in quick[1]["figures"] if figure["contender"] == "raw httpx"]
    assert {figure["cpu_ratio"]["median"] for figure in raw} == {1.0}
    assert {figure["cpu_more"]["median"] for figure in raw} == {0.0}


def test_the_limits_of_what_was_measured_are_told_and_decide_the_exit_code(quick):
    code, found = quick
    told = [verdict["what"] for verdict in found["verdicts"]]
    assert len([what for what in told if what.startswith("ours: ")]) == len(SCENARIOS)
    assert "import cutover_registry, CPU" in told
    assert len(told) == len(SCENARIOS) + 1
    assert code == (0 if all(verdict["met"] for verdict in found["verdicts"]) else 1)


def test_imports_are_of_those_who_took_part(quick):
    assert {each["module"] for each in quick[1]["imports"]} == {
        "httpx",
        "cutover_registry",
        "cutover_registry.failover",
        "cutover_registry.providers",
    }


def test_the_machine_is_told_by_class_and_versions_alone(quick):
    machine = quick[1]["machine"]
    assert set(machine) == {"cores", "system", "versions", "load"}
    assert {"Python", "httpx"} <= set(machine["versions"])
    assert quick[1]["server"]["measured"] > 0
