import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "plant_faults.py"


def run(root, *arguments):
    command = [sys.executable, str(SCRIPT), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_script_says_what_it_planted_and_exits_with_0(quay):
    root = quay()
    ended = run(root, "--seed", "3", "--kind", "lost-argument")
    assert (ended.returncode, ended.stderr) == (0, "")
    head, place, _, first, second, *_ = ended.stdout.splitlines()
    assert head.startswith("seed 3: lost-argument at site ")
    assert place.startswith("quay/routes.py:")
    assert "no longer reaches" in place
    assert (first, second) == ("--- a/quay/routes.py", "+++ b/quay/routes.py")


def test_json_has_the_seed_the_kind_the_place_the_sentence_and_the_diff(quay):
    root = quay()
    before = (root / "quay" / "routes.py").read_bytes().decode()
    told = json.loads(run(root, "--seed", "5", "--kind", "early-binding", "--json").stdout)
    assert set(told) == {"seed", "kind", "site", "file", "line", "sentence", "diff"}
    assert (told["seed"], told["kind"], told["file"]) == (5, "early-binding", "quay/routes.py")
    after = (root / told["file"]).read_bytes().decode().split("\r\n")
    assert after[told["line"] - 1].startswith("CAPTURED = ")
    removed = [line[1:].rstrip("\r") for line in told["diff"].split("\n")[2:] if line.startswith("-")]
    assert len(removed) == 1
    assert removed[0] in before.split("\r\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seed", "1", "--kind", "wrong-colour"], "unknown kind of fault 'wrong-colour'; choose one of changed"),
        (["--seed", "1", "--kind", "widened-set"], "a fault of kind 'widened-set' in this tree (state 'applied')"),
        (["--seed", "1", "--kind", "changed-default"], "its sites are talk, live, quiet, cents"),
        (["--seed", "soon"], "invalid int value: 'soon'"),
    ],
)  # fmt: skip
def test_what_cannot_be_planted_is_said_in_one_message_and_nothing_is_written(quay, arguments, says):
    root = quay()
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    ended = run(root, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert {path: path.read_bytes() for path in root.rglob("*.py")} == before


def test_a_folder_that_nothing_was_applied_in_is_refused(tmp_path):
    ended = run(tmp_path, "--seed", "1")
    assert ended.returncode == 2
    assert ended.stderr == (
        f"plant_faults: cannot plant a fault under {tmp_path}: there is no .cutover/journal.json; "
        "name the root of a tree after `cutover apply`\n"
    )


@pytest.mark.parametrize(
    ("journal", "says"),
    [
        ("{", ".cutover/journal.json cannot be read"),
        ("[]", "its state is None, neither 'applied' nor 'finished'"),
        ('{"state": "planned"}', "its state is 'planned', neither 'applied' nor 'finished'"),
        ('{"state": "applied"}', "its journal or one of its files cannot be read (KeyError('generated'))"),
    ],
)
def test_a_damaged_journal_is_refused(quay, journal, says):
    root = quay()
    (root / ".cutover" / "journal.json").write_text(journal)
    ended = run(root, "--seed", "1")
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
