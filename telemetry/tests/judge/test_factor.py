from math import comb, exp
from math import log as log_of

import pytest

from cutover_telemetry.judge._counts import Counts
from cutover_telemetry.judge._factor import STAKES, TILTS, log_factors, log_mixture


def hypergeometric(candidate, control, hits):
    """How likely each number of the candidate's hits is if the arms are alike."""
    total = comb(candidate + control, hits)
    for ours in range(max(0, hits - control), min(candidate, hits) + 1):
        yield ours, comb(candidate, ours) * comb(control, hits - ours) / total


@pytest.mark.parametrize(("candidate", "control"), [(1, 1), (1, 99), (30, 30), (7, 60), (60, 7), (300, 300)])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.3, 0.5, 0.9, 1.0])
def test_the_mean_of_every_factor_is_at_most_one_where_the_arms_are_alike(candidate, control, part):
    hits = round(part * (candidate + control))
    means = [0.0] * len(TILTS)
    for ours, chance in hypergeometric(candidate, control, hits):
        for place, log in enumerate(log_factors(Counts((ours, candidate), (hits - ours, control)))):
            means[place] += chance * exp(log)
    assert max(means) <= 1 + 1e-9


def test_for_rare_hits_the_factor_is_nearly_the_likelihood_ratio():
    counts = Counts((9, 3000), (3, 3000))
    for tilt, log in zip(TILTS, log_factors(counts), strict=True):
        exact = 9 * tilt - 12 * log_of((1 + exp(tilt)) / 2)
        assert log == pytest.approx(exact, abs=0.02 * tilt * 12)


@pytest.mark.parametrize("counts", [Counts((0, 0), (3, 10)), Counts((3, 10), (0, 0)), Counts((0, 9), (0, 9)),
                                    Counts((9, 9), (9, 9))])  # fmt: skip
def test_a_stratum_without_contrast_says_nothing(counts):
    assert log_factors(counts) == (0.0,) * len(TILTS)


def test_the_stakes_add_up_to_one():
    assert sum(STAKES) == pytest.approx(1)
    assert log_mixture([0.0] * len(TILTS)) == pytest.approx(0, abs=1e-12)


def test_dispersion_takes_evidence_away():
    logs = log_factors(Counts((30, 300), (3, 300)))
    assert 0 < log_mixture(logs, dispersion=5.0) < log_mixture(logs)
