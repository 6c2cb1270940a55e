from cutover_telemetry.judge import Cell, Metric, Pair, Thresholds


def pair(candidate, control, minute=0):
    return Pair("groq", minute, candidate, control)


def test_before_there_is_history_the_threshold_is_of_both_arms(cell):
    thresholds = Thresholds()
    counts = thresholds.counts(pair(cell(50, 0), cell(50, 0)))
    assert counts[Metric.P50].hits == 50
    assert Metric.P50 in thresholds.provisional


def test_once_the_control_has_enough_its_quantile_is_frozen(cell):
    thresholds = Thresholds()
    for minute in range(3):
        thresholds.counts(pair(Cell(), cell(100, 0), minute))
    counts = thresholds.counts(pair(cell(100, 0, middle=3.0), cell(100, 0), 3))
    assert thresholds.provisional == frozenset({Metric.FIRST_CHUNK_P50, Metric.FIRST_CHUNK_P95})
    assert counts[Metric.P50].candidate == (100, 100)
    assert counts[Metric.P50].control == (50, 100)
    assert counts[Metric.P95].control == (5, 100)


def test_the_candidate_does_not_move_a_frozen_threshold(cell):
    thresholds = Thresholds()
    for minute in range(50):
        thresholds.counts(pair(cell(100, 0, middle=9.0), cell(100, 0), minute))
    before = dict(thresholds.frozen)
    for minute in range(50, 120):
        thresholds.counts(pair(cell(100, 0, middle=9.0), cell(100, 0), minute))
    assert thresholds.frozen == before


def test_a_control_that_drifts_is_frozen_anew_each_hour(cell):
    thresholds = Thresholds()
    for minute in range(200):
        thresholds.counts(pair(Cell(), cell(100, 0, middle=1 + minute / 100), minute))
    assert thresholds.frozen[Metric.P50] > 2


def test_extra_attempts_that_are_not_known_are_not_counted(cell):
    unknown = Cell(10, 1, 0, None)
    assert Metric.EXTRA_ATTEMPTS not in Thresholds().counts(pair(unknown, cell()))
    assert Metric.EXTRA_ATTEMPTS in Thresholds().counts(pair(Cell(), cell()))
