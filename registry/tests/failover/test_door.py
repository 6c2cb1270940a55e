"""What this package offers, and what it may import."""

import pickle
import subprocess
import sys
from inspect import ismodule

import pytest

from cutover_registry import failover
from cutover_registry.failover import ChainExhausted, DeadlineExceeded, NoProviderLeft

LEFT_ALONE = "import sys, cutover_registry; print('cutover_registry.failover' in sys.modules, 'asyncio' in sys.modules)"
FOREIGN = """
import sys, cutover_registry.failover
top = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'cutover_registry', '__main__'}
print(sorted(name for name in top if not name.startswith(('_', 'sitecustomize'))))
"""


def printed(source):
    return subprocess.run(
        [sys.executable, "-I", "-c", source], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_door_and_what_it_lists_agree():
    imported = {name for name, value in vars(failover).items() if not name.startswith("_") and not ismodule(value)}
    assert imported == set(failover.__all__)


def test_the_registry_alone_does_not_load_it():
    assert printed(LEFT_ALONE) == "False False"


def test_it_needs_the_standard_library_alone():
    assert printed(FOREIGN) == "[]"


@pytest.mark.parametrize(
    "error",
    [
        DeadlineExceeded(3, ["near"]),
        NoProviderLeft({"near": "circuit_open"}),
        ChainExhausted(["near"], [ValueError("x")]),
    ],
)
def test_errors_survive_a_trip_to_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))
