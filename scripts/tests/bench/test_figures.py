"""From samples to medians, and from medians to verdicts."""

import bench_run
from bench_run import ImportFigure, figures_of, verdicts_of
from bench_worker import Scenario


def test_the_door_and_its_list_agree():
    assert bench_run.__all__ == sorted(
        bench_run.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(bench_run, name) for name in bench_run.__all__)


def test_a_ratio_is_the_median_of_the_ratios_of_each_round(sample):
    samples = []
    for number, (raw, ours) in enumerate([(1.0, 1.1), (10.0, 12.0), (2.0, 2.6)]):
        samples.append(sample("raw httpx", number, wall=raw, cpu=raw))
        samples.append(sample("ours", number, wall=ours, cpu=ours * 2))
    raw, ours = figures_of(samples)
    assert (round(ours.wall_ratio.median, 6), round(ours.cpu_ratio.median, 6)) == (1.2, 2.4)
    assert round(ours.cpu_more.median) == 3_200_000
    assert (ours.rounds, ours.calls, raw.cpu_ratio.median) == (3, 30, 1.0)


def test_a_round_without_raw_calls_counts_for_no_ratio(sample):
    samples = [
        sample("raw httpx", 0, wall=1, cpu=1),
        sample("ours", 0, wall=2, cpu=2),
        sample("ours", 1, wall=9, cpu=9),
    ]
    ours = figures_of(samples)[1]
    assert (ours.rounds, ours.wall_ratio.median) == (2, 2.0)


def test_without_any_raw_call_there_is_no_ratio_and_no_verdict(sample):
    figures = figures_of([sample("ours", 0, wall=2, cpu=2)])
    assert figures[0].cpu_ratio is None
    assert verdicts_of(figures, []) == []


def test_ours_on_another_transport_is_held_by_raw_calls_on_it(sample):
    scenario = Scenario("chat", "async", 1)
    samples = [
        sample(name, 0, wall=cost, cpu=cost, scenario=scenario)
        for name, cost in (("raw httpx", 8.0), ("raw aiohttp", 2.0), ("ours on aiohttp", 3.0), ("openai", 16.0))
    ]
    ratios = {figure.contender: figure.cpu_ratio.median for figure in figures_of(samples)}
    assert ratios == {"raw httpx": 1.0, "raw aiohttp": 0.25, "ours on aiohttp": 1.5, "openai": 2.0}


def test_a_limit_is_met_at_itself_and_missed_above(figure):
    assert [verdict.met for verdict in verdicts_of([figure("ours", 1.10)], [])] == [True]
    (missed,) = verdicts_of([figure("ours", 1.11)], [])
    assert not missed.met
    assert (missed.what, missed.limit, missed.measured) == (
        "ours: happy path, sync, 1 in parallel", "≤ 1.10", "1.11 CPU, 1.11 wall",
    )  # fmt: skip


def test_a_peer_that_is_before_ours_in_wall_time_alone_is_told(figure):
    figures = [figure("ours", 1.0, cpu=100, wall=200), figure("openai", 3.0, cpu=300, wall=150)]
    assert [(each.what, each.met, each.measured) for each in verdicts_of(figures, [])][1] == (
        "ours: happy path, a peer's time to ours", False, "0.75 for the nearest (openai, sync 1)",
    )  # fmt: skip


def test_own_cpu_is_what_a_call_takes_more_than_a_raw_one_on_aiohttp(figure):
    told = [
        [verdict.met for verdict in verdicts_of([figure("ours on aiohttp, telemetry on", 9.0, more=more)], [])]
        for more in (250.0, 251.0)
    ]
    assert told == [[True], [False]]


def test_only_the_import_of_the_registry_has_a_limit():
    imports = [ImportFigure("litellm", 9, 3000.0), ImportFigure("cutover_registry", 9, 60.4)]
    (verdict,) = verdicts_of([], imports)
    assert (verdict.what, verdict.met) == ("import cutover_registry, CPU", False)
