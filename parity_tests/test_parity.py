"""The parity suite: one test for each recorded route, and one for each group of cases that is generated from them."""

from cutover_parity import Case
from cutover_parity.assertions import Parity


def test_both_arms_do_the_same(parity: Parity, parity_cases: tuple[Case, ...]) -> None:
    """Every case of the group gives the same in both arms."""
    parity.check_all(parity_cases)
