"""Quantiles that a store answers with, of durations that several processes wrote: within 1 % of the exact ones."""

import json
import math

import pytest

from cutover_telemetry.store import Store, Window

WORKERS, BATCHES, A_BATCH = 4, 5, 800
DRAWN = """
    import json, random

    DRAWS = {
        "log-normal": lambda dice: dice.lognormvariate(-1, 1),
        "bimodal": lambda dice: dice.gauss(0.2, 0.02) if dice.random() < 0.9 else dice.gauss(30, 1),
        "heavy-tailed": lambda dice: 0.05 * dice.paretovariate(0.7),
    }
    began = time.time_ns()
    written = {name: [] for name in DRAWS}
    for _ in range(%d):
        for name, draw in DRAWS.items():
            for _ in range(%d):
                took = max(1, int(draw(random) * 10**9))
                written[name].append(took)
                call = (name, "make_request", "f", "legacy", "chat", "m", 1)
                store.writer().attempt(AttemptRecord(*call, began - took, began, began - took + took // 3))
        store.writer().flush()
    print(json.dumps(written))
"""


@pytest.fixture
def written(script):
    """What several processes wrote at the same time, as nanoseconds by distribution."""
    code = DRAWN % (BATCHES, A_BATCH)
    processes = [script(code, wait=False) for _ in range(WORKERS)]
    told = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        told.append(json.loads(out))
    return {name: sorted(took for each in told for took in each[name]) for name in told[0]}


def exact(ordered, share):
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] / 1e9


def test_merged_from_many_processes_every_quantile_is_within_one_percent(written, tmp_path):
    query = Store.of(tmp_path / "telemetry.db").query
    cards = {card.provider: card for card in query.scorecard(Window.everything()).providers}
    assert cards.keys() == written.keys()
    for name, took in written.items():
        found = cards[name].latency
        assert found.count == len(took) == WORKERS * BATCHES * A_BATCH
        for share, value in ((0.5, found.p50), (0.95, found.p95), (0.99, found.p99)):
            assert value == pytest.approx(exact(took, share), rel=0.01), (name, share)


def test_so_are_the_far_ends_of_the_sketches_and_the_time_to_the_first_chunk(written, tmp_path):
    query = Store.of(tmp_path / "telemetry.db").query
    for card in query.arms(Window.everything()).arms:
        took = written[card.provider]
        firsts = sorted(each // 3 for each in took)
        for share in (0.001, 0.01, 0.1, 0.25, 0.75, 0.9, 0.999, 1.0):
            assert card.latency_sketch.quantile(share) == pytest.approx(exact(took, share), rel=0.01)
            assert card.first_chunk_sketch.quantile(share) == pytest.approx(exact(firsts, share), rel=0.01)
