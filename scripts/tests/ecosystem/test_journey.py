import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecosystem_run import Journey, digest, figures_table, page, travel, violations

SCRIPT = Path(__file__).parents[2] / "ecosystem.py"


@pytest.fixture
def row(travelled):
    journey, _ = travelled
    return dict(journey.row)


def test_a_journey_rewrites_what_it_can_and_gives_every_byte_back(row, travelled):
    assert violations(row) == []
    assert (row["files"], len(row["unread"]), row["counted"]) == (3, 1, 2)
    assert row["accounting"] | {"lift": 0, "partial": 0} == row["accounting"]
    assert (row["accounting"]["found"], row["rewritten"], row["left_out"]) == (2, 1, [])
    assert row["codes"] == {"module-level": 1}
    assert (row["certified_applied"], row["certified_finished"], row["undone"]) == (True, True, True)
    assert (row["executed"], row["unreached"]) == (1, 0)
    assert row["compiled"] >= 4
    journey, _ = travelled
    assert digest(journey.copy) == digest(journey.folder)


def test_a_journey_compares_with_the_labels(row):
    assert [(told["label"], told["decision"], told["rewritten"]) for told in row["labels"]] == [
        ("template", "template", True),
        ("refuse", "refuse", False),
    ]


def test_a_row_is_saved_before_each_step_and_can_be_json(row, travelled):
    _, steps = travelled
    assert steps[:5] == ["copy", "scan", "count", "plan", "apply"]
    assert steps[-2:] == ["undo", "end"]
    assert set(json.loads(json.dumps(row))) == set(row)


def test_a_crash_ends_the_journey_and_is_a_violation(folder, tmp_path):
    (tmp_path / "copy").mkdir()
    row = travel(Journey(folder, tmp_path / "copy", lambda row: None, row={"package": "quill==1.0"}))
    assert row["crash"].startswith("FileExistsError: ")
    assert row["untouched"]
    (told,) = violations(row)
    assert told.startswith("crashed at copy: FileExistsError: ")


def test_a_package_without_chains_goes_through_without_a_plan(tmp_path):
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "bare.py").write_text("x = 1\n")
    row = travel(Journey(folder, tmp_path / "copy", lambda row: None, row={"package": "bare==1"}))
    assert (row["rewritten"], row["step"], violations(row)) == (0, "end", [])


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("accounting", {"unaccounted": 2}, "2 chains unaccounted for"),
        ("crashes", ["plan of a.py: KeyError: 1"], "crashed: plan of a.py: KeyError: 1"),
        ("missing", ["a.py:3"], "a.py:3: an independent count has a chain here, the scan has none"),
        ("foreign", ["a.py:4"], "a.py:4: not the line that it was"),
        ("broken", ["a.py: invalid"], "a.py: invalid: does not compile"),
        ("uncertified", [["finished", "a.py:9: differs"]], "finished: a.py:9: differs"),
        ("differences", ["ash: 1 became 2"], "execution: ash: 1 became 2"),
        ("second", ["a.py:5"], "a.py:5: found by the second scan only"),
        ("untouched", False, "the package itself was written to"),
        ("undone", False, "undo did not give every byte back"),
    ],
)
def test_each_promise_that_is_broken_is_told(row, field, value, told):
    assert violations(row | {field: value}) == [told]


def test_the_page_has_the_date_the_figures_the_labels_and_what_the_rest_would_take(row):
    text = page([row | {"cold": 1.25, "cached": 0.0, "peak_mib": 99.6}], date="2026-11-23")
    assert "`make ecosystem` on 2026-11-23" in text
    assert "| quill==1.0 | 3 | 2 | 1 | 0 | 0 | 1 | 1 | 0 |" in text
    assert "| 1.25 |  | 100 | 0 |" in text
    assert "\nTogether 1 packages with 2 chains: 50% template, 0% lift, 0% partial, 50% refuse.\n" in text
    assert "| `template` | 1 | 1 |" in text
    assert "| `refuse` | 1 | 0 |" in text
    assert "| `module-level` | 1 | move the chain into a function |" in text
    assert "Decided otherwise" not in text


def test_the_page_names_what_was_decided_otherwise(row):
    wrong = [told | {"rewritten": not told["rewritten"]} for told in row["labels"]]
    text = page([row | {"labels": wrong}], date="2026-11-23")
    assert "\nquill quill/answer.py:5: labelled template, decided template\n" in text
    assert "\nquill quill/answer.py:17: labelled refuse, decided refuse (module-level)\n" in text


def test_the_table_has_a_row_for_a_package_that_crashed_at_once():
    table = figures_table([{"package": "quill==1.0", "crash": "no answer in 1 s", "step": "start"}])
    assert table.row_count == 1


def test_the_script_prints_json_saves_the_row_and_uses_a_saved_one(folder, tmp_path):
    rows = tmp_path / "rows"
    command = [sys.executable, str(SCRIPT), "quill==1.0", "--json", "--no-execute", "--rows", str(rows)]
    environment = os.environ | {"TMPDIR": str(folder.parent.parent)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert ended.stderr == ""
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["violations"]) == (0, [])
    (row,) = told["packages"]
    assert row["cold"] > 0
    assert row["peak_mib"] > 1
    saved = rows / "quill==1.0.json"
    assert json.loads(saved.read_text()) == row
    saved.write_text(json.dumps(row | {"undone": False}))
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    told = json.loads(again.stdout)
    assert (again.returncode, told["violations"]) == (1, ["quill==1.0: undo did not give every byte back"])
