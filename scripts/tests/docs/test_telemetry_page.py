"""docs/reference/telemetry.md: every name that telemetry emits, in each dialect, with what it means."""

import pytest

from cutover_telemetry import DIALECTS, Attribute, Event, Metric

PATH = "docs/reference/telemetry.md"


@pytest.fixture
def rows(pages):
    return [line for line in pages[PATH].text.splitlines() if line.startswith(("| `", "| none"))]


@pytest.mark.parametrize("name", [*Attribute, *Event])
def test_a_name_has_a_row_with_its_meaning(name, rows):
    assert [row for row in rows if row.startswith(f"| `{name.value}` |") and name.meaning in row]


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_has_a_row_with_its_names_its_unit_and_its_meaning(metric, rows):
    (row,) = [row for row in rows if row.endswith(f" {metric.meaning} |") and f"| {metric.instrument} |" in row]
    assert f"`{metric.unit}`" in row
    for dialect in DIALECTS.values():
        assert all(f"`{name}`" in row for name in dialect.metric_names(metric))


def test_each_dialect_is_explained(pages):
    assert all(f"| `{name}` |" in pages[PATH].text for name in DIALECTS)
