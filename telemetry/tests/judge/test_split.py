from random import Random

import pytest

from cutover_telemetry.judge import Split
from cutover_telemetry.judge.simulate import binomial


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_the_split_that_was_set_is_no_mismatch(share, seed):
    split, dice = Split(), Random(seed)
    for _ in range(240):
        split.add(binomial(dice, 300, share), 300, share=share)
    assert not split.mismatch


def test_a_split_that_is_off_by_a_quarter_is_found():
    split = Split()
    for _ in range(60):
        split.add(38, 60, share=0.5)
    assert split.mismatch
    assert split.off == pytest.approx(38 / 30 - 1)


def test_a_small_difference_is_not_called_a_mismatch_however_certain_it_is():
    split = Split()
    for _ in range(600):
        split.add(3100, 6000, share=0.5)
    assert split.log_e > 7
    assert not split.mismatch


def test_tenants_that_come_in_heaps_are_no_mismatch():
    split, dice = Split(), Random(1)
    for _ in range(120):
        ours = 30 * binomial(dice, 4, 0.5)
        split.add(ours, 120, share=0.5)
    assert not split.mismatch


def test_a_share_that_cannot_be_split_is_left_out():
    split = Split()
    split.add(60, 60, share=1.0)
    assert split.minutes == 0
