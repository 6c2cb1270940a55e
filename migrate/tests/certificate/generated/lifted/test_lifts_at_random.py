"""No lift that behaves differently is certified: random functions, guessed captures and outputs, judged by running.

`CUTOVER_CERTIFICATE_LIFTS` sets how many are made, `CUTOVER_CERTIFICATE_SEED` the first seed, and
`CUTOVER_CERTIFICATE_TALLY` names a file for the counts.
"""

import os
import random
import warnings
from collections import Counter
from pathlib import Path

import pytest

from cutover_migrate.certificate import certify

LIFTS = int(os.environ.get("CUTOVER_CERTIFICATE_LIFTS", "60"))
FIRST = int(os.environ.get("CUTOVER_CERTIFICATE_SEED", "0"))


@pytest.fixture(scope="module")
def tally():
    counts: Counter[str] = Counter()
    yield counts
    if "CUTOVER_CERTIFICATE_TALLY" in os.environ:
        lines = [f"{name}: {count}" for name, count in sorted(counts.items())]
        Path(os.environ["CUTOVER_CERTIFICATE_TALLY"]).write_text("\n".join(lines) + "\n")


def proved(program, stage, config, enums, *, new):
    """The certificate of a program's new text."""
    return certify(
        before={"lifted.py": program.module("legacy").encode()},
        after={"lifted.py": new.encode()},
        config=config.encode(),
        config_module="src.providers",
        stage=stage,
        definitions={"src/enums.py": enums.encode()},
    )


def judged(workshop, seed, tally):
    """Make the program of a seed, change it, and give what stands against the checker's verdict."""
    program = workshop.maker(seed).program()
    chance = random.Random(seed)
    name, program, options = workshop.mutant(program, chance)
    stage = chance.choice(("applied", "finished"))
    legacy = program.module("legacy")
    new = options.get("edit", str)(options.get("shown", program).module(stage))
    enums = workshop.enums.format(**options.get("enums", {"near": "near", "far": "far"}))
    config = program.config(swapped=options.get("swapped", False))
    try:
        compile(legacy, "legacy", "exec")
        compile(new, "new", "exec")
    except SyntaxError:
        tally["no program"] += 1
        return None
    certificate = proved(program, stage, config, enums, new=new)
    arms = ("registry", "legacy") if stage == "applied" else ("registry",)
    expected = workshop.observed(legacy, config, enums, arm="legacy")
    wrong = any(workshop.observed(new, config, enums, arm=arm) != expected for arm in arms)
    kind = f"{'wrong' if wrong else 'equivalent'} {'certified' if certificate.valid else 'refused'}"
    tally[kind] += 1
    tally[f"  {name}: {kind}"] += 1
    if wrong and certificate.valid:
        return f"seed {seed}, {name}\n{legacy}\n---- {stage}\n{new}\n{config}\n{enums}"
    return None


def test_no_lift_that_behaves_differently_is_certified(workshop, tally):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(FIRST, FIRST + LIFTS):
            fault = judged(workshop, seed, tally)
            assert fault is None, fault
    assert tally["wrong refused"] > LIFTS / 10


@pytest.mark.parametrize("stage", ["applied", "finished"])
def test_a_lift_with_all_names_handed_in_and_out_is_certified(workshop, stage):
    enums = workshop.enums.format(near="near", far="far")
    for seed in range(FIRST, FIRST + LIFTS // 4):
        program = workshop.maker(seed).tame()
        text = program.module(stage)
        certificate = proved(program, stage, program.config(), enums, new=text)
        assert certificate.valid, "\n".join([f"seed {seed}", text, *certificate.findings()])
        if seed % 5 == 0:
            legacy = workshop.observed(program.module("legacy"), program.config(), enums, arm="legacy")
            assert workshop.observed(text, program.config(), enums, arm="registry") == legacy
