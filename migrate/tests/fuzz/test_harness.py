"""The fuzzer itself: the same seed gives the same program, it finds a planted fault, and it makes it small."""

import ast
import re

import pytest

SEEDS = range(24)


@pytest.fixture
def planted(fuzz, monkeypatch):
    """Have one argument go wrong in the rewritten code, wherever a provider's function is called with `model`."""

    def plant(stage):
        right = fuzz._journey.after

        def wrong(files, plan, *, stage):
            found = right(files, plan, stage=stage)
            if stage == at:
                found[fuzz.MAIN] = re.sub(rb"(provider_config\.make\w*\(|resolve\()\w+", rb"\1None", found[fuzz.MAIN])
            return found

        at = stage
        monkeypatch.setattr(fuzz._journey, "after", wrong)

    return plant


def faults(fuzz, folder):
    for seed in SEEDS:
        program = fuzz.program(seed)
        try:
            fuzz.examine(program, folder, disk=False, certified=False)
        except fuzz.Fault as fault:
            yield program, fault


def test_a_seed_always_gives_the_same_program(fuzz):
    assert [fuzz.program(seed).files for seed in SEEDS] == [fuzz.program(seed).files for seed in SEEDS]


def test_every_program_compiles_and_can_be_loaded_and_run(fuzz):
    for seed in SEEDS:
        program = fuzz.program(seed)
        seen = fuzz._execute.observe(program.files, fuzz.MAIN, ("near",), arm="legacy")
        assert ast.parse(program.main)
        assert len(seen) > 10
        assert seen == fuzz._execute.observe(program.files, fuzz.MAIN, ("near",), arm="legacy")


@pytest.mark.parametrize("stage", ["applied", "finished"])
def test_a_planted_fault_is_found_in_either_stage(fuzz, folder, planted, stage):
    planted(stage)
    kinds = [fault.kind for _, fault in faults(fuzz, folder)]
    assert len([kind for kind in kinds if kind.startswith(f"difference {stage} registry")]) > len(SEEDS) / 4


def test_a_failing_program_is_made_small_and_fails_in_the_same_way(fuzz, folder, planted, tmp_path):
    planted("finished")
    program, fault = next(faults(fuzz, folder))
    small, again = fuzz.shrunk(program, fault, folder, seconds=120, certified=False)
    place = fuzz.write_out(small, again, tmp_path)
    assert again.kind == fault.kind
    assert len(small.main.splitlines()) < len(program.main.splitlines()) / 3
    assert (place / fuzz.MAIN).read_bytes() == small.main
    assert fault.kind in (place / "fault.txt").read_text()
    assert "provider_config" in (place / "finished.py").read_text()


def test_shrinking_keeps_a_program_that_fails_for_every_part_of_it(fuzz):
    data = b"a = 1\nif a:\n    b = 2\n"
    assert fuzz._shrink.shrink(data, lambda other: other == data) == data


def test_shrinking_takes_out_blocks_heads_and_lines(fuzz):
    data = (
        b"def one():\r\n    for x in y:\r\n        wanted(x)  # here\r\n    other()\r\n\r\ndef two():\r\n    pass\r\n"
    )
    small = fuzz._shrink.shrink(data, lambda other: b"wanted" in other)
    assert small.strip() == b"wanted()"
