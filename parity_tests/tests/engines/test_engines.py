"""Whoever drives the lanes, the report is the same, byte for byte."""

import os
import signal
import time
from pathlib import Path

import pytest

from cutover_parity import AppNotLoaded, ArmSpec, dump_report
from cutover_parity.engines import Pool


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_report_of_one(trees, alone, workers):
    told = []
    report = trees.replay(Pool(workers), progress=told.append)
    assert told == [10, 20, 30]
    assert report.counts == {"match": 22, "mismatch": 8, "ignored": 0, "died": 0}
    assert dump_report(report) == dump_report(alone)
    assert sorted(int(number) for _, number in trees.driven()) == list(range(30))
    assert len({process for process, _ in trees.driven()}) == 3


def test_secrets_have_the_same_names_in_every_report_though_their_keys_are_random(alone):
    assert "0123456789abcdef" not in dump_report(alone)
    assert "secret-0000000000000001" in dump_report(alone)


def test_a_pool_whose_worker_is_killed_loses_nothing_and_counts_nothing_twice(trees, alone):
    def kill():
        while not trees.driven():
            time.sleep(0.02)
        arm = int(trees.driven()[0][0])
        worker = int(Path(f"/proc/{arm}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(worker, signal.SIGKILL)

    with trees.shut(kill):
        report = trees.replay(Pool(2), limit=300)
    assert dump_report(report) == dump_report(alone)


def test_an_application_that_cannot_be_loaded_is_refused_by_name_also_from_a_worker(trees, tmp_path):
    trees.arms[1] = ArmSpec(tmp_path / "registry", "app:nothing")
    with pytest.raises(AppNotLoaded) as refused:
        trees.replay(Pool(2))
    assert str(refused.value).startswith("the application 'app:nothing' cannot be loaded from")
    assert (refused.value.app, refused.value.root) == ("app:nothing", tmp_path / "registry")
