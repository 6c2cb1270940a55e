from random import Random

import pytest

from cutover_telemetry.judge import Values, pooled_quantile
from cutover_telemetry.store import Sketch


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("kind", [Values, Sketch.of])
def test_the_quantile_of_parts_is_that_of_the_whole(share, kind):
    dice = Random(2)
    parts = [[dice.lognormvariate(0, 1) for _ in range(size)] for size in (1, 40, 300)]
    whole = Values(value for part in parts for value in part)
    found = pooled_quantile([kind(part) for part in parts], share)
    assert found == pytest.approx(whole.quantile(share), rel=0.025)


def test_no_values_have_no_quantile():
    assert pooled_quantile([Values()], 0.5) is None
    assert Values([float("nan"), float("inf")]).quantile(0.5) is None


def test_equal_values_have_that_quantile():
    assert pooled_quantile([Values([2.0] * 9), Values([2.0])], 0.95) == 2.0
    assert Values([2.0] * 9).above(2.0) == 0
