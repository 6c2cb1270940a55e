import pytest

from cutover_telemetry.judge import Counts, Outage


@pytest.fixture
def run():
    """Minutes of (failed, requests) of the candidate beside a control of 99 requests."""

    def made(minutes, control=(1, 99)):
        outage = Outage(0.001)
        for ours in minutes:
            outage.add(Counts(ours, control))
        return outage

    return made


def test_twenty_failures_of_twenty_are_found():
    outage = Outage(0.001)
    for _ in range(4):
        outage.add(Counts((5, 5), (1, 595)))
    assert outage.found == 2


def test_minutes_without_a_request_neither_help_nor_end_it(run):
    assert run([(1, 1), (0, 0)] * 20).found is not None


@pytest.mark.parametrize("minutes", [[(6, 6)] * 2, [(3, 3)] * 3, [(6, 6), (5, 6)] * 20, [(0, 0)] * 60])
def test_what_is_short_few_or_not_total_is_left_alone(run, minutes):
    assert run(minutes).found is None


def test_a_control_that_fails_too_is_no_outage_of_the_candidate(run):
    assert run([(6, 6)] * 10, control=(80, 99)).found is None
    assert run([(6, 6)] * 10, control=(0, 0)).found is None


@pytest.mark.parametrize(("minutes", "found"), [([(6, 6)] * 2, 2), ([(0, 6), *[(6, 6)] * 2], None), ([(5, 5)], None)])
def test_a_canary_that_never_answered_needs_two_minutes(run, minutes, found):
    assert run(minutes, control=(6, 594)).found == found
