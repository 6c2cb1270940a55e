import pytest

from cutover_telemetry.judge import Counts, Evidence, Gate, Milestone


@pytest.fixture
def run():
    """Evidence after these minutes, each (candidate's hits, control's hits) of 300 requests."""

    def made(minutes, alpha=0.01, **options):
        evidence = Evidence(alpha, **options)
        for ours, theirs in minutes:
            evidence.add([Counts((ours, 300), (theirs, 300))])
        return evidence

    return made


def test_a_steady_difference_is_found(run):
    found = run([(9, 3)] * 6).found
    assert found.test == "e-value"
    assert 4 <= found.minute <= 6
    assert found.e_value >= 100


@pytest.mark.parametrize("minutes", [[(3, 3)] * 60, [(3, 9)] * 60, [(0, 0)] * 60])
def test_arms_that_are_alike_or_better_are_left_alone(run, minutes):
    assert run(minutes).found is None


def test_nothing_is_found_before_a_burst_could_have_passed(run):
    evidence = run([(300, 3)] * 3)
    assert evidence.found is None
    assert evidence.gate(1.0) is Gate.TOO_SHORT


@pytest.mark.parametrize("before", [0, 1, 5, 30])
@pytest.mark.parametrize("height", [20, 90, 300])
def test_one_burst_of_two_minutes_is_not_a_regression(run, before, height):
    burst = [(height // 2, 3), (height, 3), (height // 2, 3)]
    assert run([(3, 3)] * before + burst + [(3, 3)] * 30).found is None


def test_bursts_of_one_arm_weigh_little_however_high_they_are(run):
    quiet, burst = [(3, 3)] * 8, [(150, 3), (150, 3)]
    evidence = run((quiet + burst) * 3 + quiet)
    assert evidence.found is None
    assert evidence.factor > 5


def test_a_difference_among_shared_incidents_is_found_and_the_incidents_are_not(run):
    calm, incident = [(9, 3)] * 5, [(120, 120)] * 3
    assert run([(3, 3)] * 5 + incident + [(3, 3)] * 20).found is None
    assert run(calm + incident + calm).found is not None


def test_what_was_found_is_not_taken_back(run):
    assert run([(9, 3)] * 6 + [(3, 9)] * 60).found.minute <= 6


def test_a_milestone_finds_at_its_minute_what_the_e_value_does_not(run):
    minutes = [(4, 3), (5, 3), (4, 3)] * 20
    milestones = (Milestone(60, 0.02),)
    assert run(minutes, alpha=0.001).found is None
    assert run(minutes, alpha=0.001, milestones=milestones).found.test == "milestone of minute 60"
    assert run(minutes[:59], alpha=0.001, milestones=milestones).found is None


def test_a_quick_metric_is_found_in_its_first_minute_if_it_looks_like_no_burst():
    moderate, jump = Evidence(0.01, quick=True), Evidence(0.01, quick=True)
    counts = [Counts((210, 300), (150, 300))]
    moderate.add(counts, moderate=True)
    jump.add(counts, moderate=False)
    assert moderate.found.minute == 1
    assert jump.found is None


def test_a_minute_with_one_arm_alone_is_no_minute():
    evidence = Evidence(0.01)
    evidence.add([Counts((0, 0), (3, 300))])
    assert evidence.dispersion.minutes == 0


def test_where_the_control_jumps_about_more_minutes_are_wanted(run):
    evidence = run([(9, 3)] * 8, patient=True)
    assert evidence.found is None
    assert evidence.gate(1.0) is Gate.RESTLESS


def test_a_difference_too_small_to_matter_is_not_acted_on(run):
    assert run([(160, 150)] * 200).found is not None
    assert run([(160, 150)] * 200, least=0.05).found is None
    assert run([(190, 150)] * 20, least=0.05).found is not None
