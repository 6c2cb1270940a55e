"""Random programs with dispatch do the same before and after: rewritten by the real commands, run for every key.

100 programs by default. `CUTOVER_FUZZ=1` makes 10,000, another number that many; `CUTOVER_FUZZ_FIRST` is the first
seed, to go on where a run ended. A program that fails is made small and written out under `CUTOVER_FUZZ_OUT`.
"""

import os
from pathlib import Path

import pytest

ASKED = int(os.environ.get("CUTOVER_FUZZ", "0"))
COUNT = {0: 100, 1: 10_000}.get(ASKED, ASKED)
FIRST = int(os.environ.get("CUTOVER_FUZZ_FIRST", "0"))
BATCH = 50
SEEDS = range(FIRST, FIRST + COUNT, BATCH)
ON_DISK = 1 if ASKED else 20
FLOORS = {"template": 0.18, "lift": 0.18, "partial": 0.06}


@pytest.mark.usefixtures("no_fsync")
@pytest.mark.parametrize("first", SEEDS, ids="seeds from {}".format)
def test_random_programs_do_the_same_when_they_are_rewritten(first, fuzz, folder, total, tmp_path, capsys):
    for seed in range(first, min(first + BATCH, FIRST + COUNT)):
        program = fuzz.program(seed)
        try:
            total.add(fuzz.examine(program, folder, disk=seed % ON_DISK == 0))
            continue
        except fuzz.Fault as error:
            fault = error
        small, fault = fuzz.shrunk(program, fault, folder)
        place = fuzz.write_out(small, fault, Path(os.environ.get("CUTOVER_FUZZ_OUT") or tmp_path))
        pytest.fail(f"seed {seed}, written to {place}: {fault}\n{'=' * 60}\n{small.main.decode()}", pytrace=False)
    if ASKED:
        with capsys.disabled():
            print(f"\nseeds to {first + BATCH}: {total.decisions.total()} sites, {total.rewritten.total()} rewritten")


def test_so_many_sites_are_rewritten_that_the_comparison_means_something(total):
    found = total.decisions.total()
    if found < 90:
        pytest.skip("too few programs ran in this process")
    assert {
        decision: total.rewritten[decision] / found
        for decision, floor in FLOORS.items()
        if total.rewritten[decision] < floor * found
    } == {}, "\n".join(total.lines())
    assert total.left_out.total() <= 0.03 * found, "\n".join(total.lines())
