"""Gives the parity suite its options where the plugin is not installed, and collects the suite only if it is asked for.

pytest parity_tests --recordings DIR --legacy REV --registry REV --parity-app module:attribute
"""

import importlib
from pathlib import Path

import pytest

PLUGIN = "cutover_cli.pytest_plugin"
SUITE = "test_parity.py"


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the plugin, unless its entry point has done so."""
    plugin = importlib.import_module(PLUGIN)
    if not pluginmanager.is_registered(plugin):
        pluginmanager.register(plugin, PLUGIN)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite out where no traffic is named: there is nothing that it could compare."""
    return True if collection_path.name == SUITE and not config.getoption("--recordings", []) else None


def pytest_report_header(config: pytest.Config) -> str:
    """Say whether the suite runs."""
    named = config.getoption("--recordings", [])
    return f"parity suite: {', '.join(named)}" if named else "parity suite: left out, no --recordings"
