"""Fixtures: minutes of counts, attempts as lines, and rollouts from published seeds."""

import json

import pytest

from cutover_telemetry.judge import Cell, Counts, Metric, Minute, Values


@pytest.fixture
def errors():
    """A minute in which only errors are counted."""

    def made(candidate, control, at=0, share=None):
        counts = {Metric.ERRORS: (Counts(candidate, control),)}
        return Minute(at, counts, candidate[1], control[1], share)

    return made


@pytest.fixture
def cell():
    """A cell with so many attempts, of which some failed, and latencies around a middle."""

    def made(attempts=100, errors=1, *, middle=1.0, extra=0):
        latencies = [middle * (0.5 + number / (attempts - errors)) for number in range(attempts - errors)]
        return Cell(attempts, errors, 0, extra, Values(latencies))

    return made


@pytest.fixture
def lines(tmp_path):
    """A file with these attempts as JSON, one a line."""

    def made(*attempts, name="attempts.jsonl"):
        file = tmp_path / name
        file.write_text("".join(json.dumps(attempt) + "\n" for attempt in attempts), encoding="utf-8")
        return file

    return made
