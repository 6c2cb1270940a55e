"""Traffic and plan files for the tests of plans."""

import json
from pathlib import Path
from random import Random

import pytest

from cutover_rollout.plan import ProviderTraffic, SeenTraffic
from cutover_telemetry.judge import Values


@pytest.fixture(scope="session")
def latency():
    """Log-normal answers of a second or so, as the judge's simulator has them."""
    dice = Random(7)
    return Values([dice.lognormvariate(0, 0.5) for _ in range(4000)])


@pytest.fixture
def traffic(latency):
    """Traffic of so many requests a minute, spread over so many providers."""

    def made(per_minute, *, providers=1, failing=0.01):
        each = per_minute / providers
        return SeenTraffic(60, tuple(ProviderTraffic(f"p{n}", each, failing, latency) for n in range(providers)))

    return made


@pytest.fixture
def plan_file(tmp_path):
    """Write a plan file; its kind is that of its name."""

    def made(text, name="rollout.toml"):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    return made


@pytest.fixture(scope="session")
def schema():
    """The published JSON schema."""
    path = Path(__file__).parents[3] / "docs" / "reference" / "rollout-plan.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))
