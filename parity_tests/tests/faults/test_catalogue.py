"""The catalogue as a whole: enough faults, of every layer and at both depths, each with a name and on the page."""

import re
from collections import Counter
from pathlib import Path

from cutover_parity.compare._layers import LAYERS

ROOT = Path(__file__).parents[3]
UNPLANTED = {"escapes", "other"}


def faults_of(catalogue):
    return [fault for family in catalogue.values() for fault in family.values()]


def test_there_are_more_faults_than_anyone_asked_for(catalogue):
    assert len(faults_of(catalogue)) >= 66
    assert len(catalogue) >= 10


def test_every_layer_and_both_depths_have_faults(catalogue):
    faults = faults_of(catalogue)
    shown = {layer for fault in faults for layer in (fault.layer, *fault.also)}
    assert shown == set(LAYERS) - UNPLANTED
    assert min(Counter(fault.depth for fault in faults).values()) >= 30


def test_no_two_faults_have_the_same_name(catalogue):
    assert [name for name, count in Counter(fault.name for fault in faults_of(catalogue)).items() if count > 1] == []


def test_each_family_has_a_test_file(catalogue):
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files == {*catalogue, "catalogue", "equal_arms"}


def test_the_page_has_every_fault_with_its_depth_and_layer_and_no_other(catalogue):
    page = (ROOT / "docs/reference/planted-faults.md").read_text()
    rows = re.findall(r"^\| (.+) \| `(\w+)` \| (calls|http) \| `(\w+)` \|$", page, re.MULTILINE)
    wanted = [(fault.name, fault.gateway, fault.depth, fault.layer) for fault in faults_of(catalogue)]
    assert rows == wanted, "run `python scripts/docs.py`"
    assert f"these {len(wanted)} faults" in page.replace("\n", " ")
