"""The fuzzer as fixtures; its own modules stand in `dispatch_fuzz` beside this file."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "dispatch_fuzz"


def package():
    """The fuzzer's package, loaded by its path."""
    if HERE.name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            HERE.name, HERE / "__init__.py", submodule_search_locations=[str(HERE)]
        )
        sys.modules[HERE.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[HERE.name])
    return sys.modules[HERE.name]


@pytest.fixture(scope="session")
def fuzz():
    """The fuzzer: `fuzz.program(seed)`, `fuzz.examine(program, folder)` and what makes a failing one small."""
    return package()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which one program after the other has its project."""
    return tmp_path_factory.mktemp("project").resolve()


@pytest.fixture(scope="module")
def total(fuzz):
    """What was done with the sites of all programs so far."""
    return fuzz.Outcome()


@pytest.fixture
def no_fsync(monkeypatch):
    """Leave out the waiting for the disk: no machine is switched off here."""
    monkeypatch.setattr("os.fsync", lambda handle: None)
