from cutover_telemetry.judge import Pairs


def test_failures_of_the_candidate_alone_are_found():
    pairs = Pairs(0.005)
    for _ in range(40):
        pairs.add(candidate_only=1, control_only=0, pairs=60)
    assert pairs.found is not None
    assert round(pairs.difference, 4) == round(1 / 60, 4)


def test_pairs_that_fall_both_ways_are_left_alone():
    pairs = Pairs(0.005)
    for minute in range(400):
        pairs.add(candidate_only=minute % 4 == 0, control_only=minute % 4 == 2, pairs=60)
    assert pairs.found is None
    assert pairs.difference == 0


def test_a_burst_counts_hardly_more_than_one_failure():
    pairs = Pairs(0.005)
    for failures in (20, 60, 40, *[0] * 60):
        pairs.add(candidate_only=failures, control_only=0, pairs=60)
    assert pairs.against == 2
    assert pairs.found is None
