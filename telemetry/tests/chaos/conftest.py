"""One small chaos run, whose findings all tests of this folder look at."""

import pytest

from chaos_run import Chaos, run


@pytest.fixture(scope="session")
def findings(tmp_path_factory):
    """What came of a few hundred routes."""
    return run(Chaos(routes=300), tmp_path_factory.mktemp("chaos") / "run")
