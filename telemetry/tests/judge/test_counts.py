import pytest

from cutover_telemetry.judge import Counts, NotCounts


def test_the_score_is_what_is_above_the_candidates_share():
    assert Counts((4, 300), (3, 300)).score == pytest.approx(0.5)
    assert Counts((1, 10), (9, 90)).score == pytest.approx(0)


def test_the_variance_is_that_of_the_hypergeometric_distribution():
    assert Counts((4, 10), (2, 10)).variance == pytest.approx(10 * 10 * 6 * 14 / (20 * 20 * 19))


def test_the_score_leans_to_the_arm_with_the_smaller_share():
    assert Counts((1, 10), (5, 990)).third_moment > 0 > Counts((1, 10), (5, 990)).swapped().third_moment


def test_one_empty_arm_leaves_nothing_to_compare():
    counts = Counts((0, 0), (5, 9))
    assert (counts.judged, counts.score, counts.variance, counts.exposure) == (False, 0.0, 0.0, 0.0)


def test_more_hits_than_requests_are_refused():
    with pytest.raises(NotCounts) as refused:
        Counts((4, 3), (0, 3))
    assert str(refused.value).endswith("4 of 3 in the candidate arm")
