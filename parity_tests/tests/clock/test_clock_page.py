"""The page on clocks says what the code does."""

from pathlib import Path

import pytest

from cutover_parity.clock import _virtual_clock, _virtual_time

PAGE = (Path(__file__).parents[3] / "docs/how-to/clocks.md").read_text()


@pytest.mark.parametrize(
    "said",
    [
        f"after {_virtual_clock.PATIENCE} readings",
        f"up to {_virtual_clock.TICKS} ticks in a row",
        f"keep {_virtual_time.COOLING:g} seconds",
        f"within {_virtual_time.HORIZON:g} seconds",
    ],
)
def test_the_page_has_the_numbers_of_the_code(said):
    assert said in " ".join(PAGE.split())
