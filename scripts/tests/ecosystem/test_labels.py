import json
import re
from collections import Counter
from pathlib import Path

import pytest

from ecosystem_run import Label, decisions_for, read_labels, recall_of

FOLDER = Path(__file__).parents[3] / "migrate" / "ecosystem"


def site(**fields):
    usual = {"id": "quill.answer.answer.1", "file": "quill/answer.py", "start_line": 5, "covers": [5, 12]}
    return usual | {"subject": "provider", "decision": "template", "codes": []} | fields


@pytest.mark.parametrize("place", [{}, {"start_line": 3, "covers": [7, 20]}, {"start_line": 7, "covers": [7, 30]}])
def test_a_label_finds_the_site_on_its_subject_that_overlaps_it(label, place):
    (row,) = decisions_for([Label(**label())], [site(**place)], frozenset({"quill.answer.answer.1"}))
    assert (row["decision"], row["rewritten"], row["codes"]) == ("template", True, [])


@pytest.mark.parametrize(
    "place", [{"file": "quill/other.py"}, {"start_line": 3, "covers": [13, 20]}, {"subject": "model"}]
)
def test_a_site_elsewhere_or_on_another_subject_is_not_the_labelled_one(label, place):
    (row,) = decisions_for([Label(**label())], [site(**place)], frozenset({"quill.answer.answer.1"}))
    assert (row["decision"], row["rewritten"]) == ("not found", False)


def test_of_several_sites_in_a_labelled_range_the_planned_one_counts(label):
    sites = [site(id="a", decision="refuse", codes=["few-keys"]), site(id="b", start_line=9)]
    (row,) = decisions_for([Label(**label())], sites, frozenset({"b"}))
    assert row["rewritten"]
    (row,) = decisions_for([Label(**label())], sites, frozenset())
    assert (row["decision"], row["codes"], row["rewritten"]) == ("refuse", ["few-keys"], False)


def test_recall_wants_nine_in_ten_and_none_of_the_refused(label):
    def rows(name, labelled, rewritten):
        planned = [frozenset({"quill.answer.answer.1"})] * rewritten + [frozenset()] * (labelled - rewritten)
        return [row for ids in planned for row in decisions_for([Label(**label(label=name))], [site()], ids)]

    reached = {
        recall.label: recall.reached
        for recall in recall_of([*rows("template", 10, 9), *rows("lift", 10, 8), *rows("refuse", 3, 0)])
    }
    assert reached == {"template": True, "lift": False, "partial": True, "refuse": True}
    refused = recall_of(rows("refuse", 3, 1))[-1]
    assert not refused.reached
    assert refused.wrong == ("quill quill/answer.py:5: labelled refuse, decided template",)


def test_the_labels_are_a_hundred_sorted_and_about_different_chains():
    labels = read_labels()
    assert len(labels) == 100
    places = [(label.package, label.file, label.line) for label in labels]
    assert places == sorted(set(places))
    assert len({label.package for label in labels}) == 21
    assert all(label.branches >= 3 and label.why and label.line < label.end_line for label in labels)


def test_each_label_has_one_of_the_four_words_and_the_fields_that_go_with_it():
    for label in read_labels():
        assert label.label in {"template", "lift", "partial", "refuse"}
        assert (label.label == "partial") == (label.form in {"template", "lift"})
        assert label.level in {"safe", "unsafe"}
        assert label.label == "refuse" or not label.decoy


def test_the_labels_page_has_the_counts_of_the_labels():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    labels = read_labels()
    counts = Counter(label.label for label in labels)
    assert {name: int(number) for name, number in re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", page, re.M)} == counts
    assert f"The {sum(label.decoy for label in labels)} decoys" in page
    for package, version in {(label.package, label.version) for label in labels}:
        mine = Counter(label.label for label in labels if label.package == package)
        row = " | ".join(str(mine[name]) for name in ("template", "lift", "partial", "refuse"))
        assert f"| {package} | {version} | {row} |" in page


def test_a_label_is_a_few_short_lines_of_json():
    text = (FOLDER / "labels.json").read_text(encoding="utf-8")
    assert len(json.loads(text)) == 100
    assert max(map(len, text.splitlines())) <= 200
