"""The door of the overview: what it names is there, sorted, and imports no page and no server."""

import ast
import doctest
import subprocess
import sys
from pathlib import Path

from cutover_telemetry import overview as door
from cutover_telemetry.overview import _view


def test_the_door_and_all_agree_and_are_sorted():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    shown = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(shown) == sorted(door.__all__)
    assert door.__all__ == sorted(door.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def test_every_record_says_what_it_is():
    assert all(getattr(door, name).__doc__ for name in door.__all__ if name != "VERSION")


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(_view).failed == 0


def test_no_server_and_no_chart_is_imported():
    loaded = "print([name for name in ('starlette', 'plotly', 'rich') if name in sys.modules])"
    code = f"import sys, cutover_telemetry.overview; {loaded}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
