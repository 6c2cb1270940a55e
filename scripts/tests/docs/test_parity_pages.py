"""The pages about reports and noise name every field that is written, and no test that there is not."""

import dataclasses
import json
import re

import pytest

from cutover_parity import Certificate, NoiseRule, ReplayReport, Tally, report_to_json
from cutover_parity.compare._compare import LAYERS
from cutover_parity.noise._noise_tests import TESTS
from cutover_parity.replay._coverage import Coverage


def first_column(text):
    return re.findall(r"^\| `([^|]+)` \|", text, re.MULTILINE)


def names(text):
    return set(re.findall(r"`([^`]+)`", text))


@pytest.fixture
def report_page(pages):
    return pages["docs/reference/parity-report.md"].text


@pytest.fixture
def noise_page(pages):
    return pages["docs/how-to/noise.md"].text


def test_every_layer_is_explained_in_its_order(report_page):
    rows = first_column(report_page.partition("## Layers")[2].partition("## Clusters")[0])
    assert tuple(rows) == LAYERS


def test_every_field_of_the_json_report_is_explained(report_page):
    empty = ReplayReport(
        depth="calls", legacy="a", registry="b", tally=Tally(), clusters=(), ignored=(), errors=(),
        coverage=Coverage((), frozenset(), frozenset(), traced=False),
    )  # fmt: skip
    assert set(report_to_json(empty)) <= names(report_page.partition("## JSON")[2])


def test_every_field_of_a_certificate_is_explained(report_page):
    fields = {field.name for field in dataclasses.fields(Certificate)}
    rows = first_column(report_page.partition("## Certificate")[2])
    assert {name for row in rows for name in row.split("`, `")} == {*fields, "checksum"}


def test_every_test_of_noise_is_explained_and_none_besides(noise_page):
    fields = {field.name for field in dataclasses.fields(NoiseRule)}
    rows = first_column(noise_page)
    assert set(TESTS) <= set(rows)
    assert {name for row in rows for name in row.split("`, `")} == {*TESTS, *fields}


def test_the_example_of_a_rules_file_fits_the_schema(noise_page, root):
    schema = json.loads((root / "docs/reference/noise.schema.json").read_text())
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(re.search(r"```json\n(.*?)```", noise_page, re.DOTALL)[1]), schema)


def test_the_python_of_both_pages_runs(noise_page, report_page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page in (noise_page, report_page):
        for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(compile(block, "page", "exec"), {"__name__": "page"})
