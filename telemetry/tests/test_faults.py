import logging
import threading

import pytest

from cutover_telemetry._clock import anchored_clock
from cutover_telemetry._faults import Faults


def test_errors_are_swallowed_counted_and_logged_once(caplog):
    faults = Faults()
    for _ in range(3):
        with faults:
            raise ValueError("exporter")
    assert faults.count == 3
    assert [(record.levelno, record.name) for record in caplog.records] == [(logging.WARNING, "cutover_telemetry")]
    assert "exporter" in caplog.text


def test_code_that_does_not_fail_counts_nothing(caplog):
    faults = Faults()
    with faults:
        pass
    assert (faults.count, caplog.records) == (0, [])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_error_of_telemetry_passes(error):
    faults = Faults()
    with pytest.raises(error), faults:
        raise error
    assert faults.count == 0


def test_faults_of_many_threads_are_all_counted():
    faults = Faults()

    def fail():
        for _ in range(200):
            with faults:
                raise ValueError

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults.count == 800


def test_the_clock_never_runs_backwards_and_begins_near_the_wall_clock():
    clock = anchored_clock()
    readings = [clock() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[0] > 1_600_000_000 * 10**9
