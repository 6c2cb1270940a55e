import subprocess
import sys

import pytest

from cutover_parity import assertions, fuzzing, strategies


@pytest.mark.parametrize("door", [assertions, fuzzing, strategies])
def test_a_door_has_what_it_says(door):
    assert len({*door.__all__}) == len(door.__all__)
    assert [name for name in door.__all__ if not hasattr(door, name)] == []


def test_the_main_door_does_not_import_hypothesis():
    told = "import sys, cutover_parity; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
