import ast
import importlib
from pathlib import Path

import pytest


@pytest.mark.parametrize("door", ["cutover_telemetry.judge", "cutover_telemetry.judge.simulate"])
def test_the_door_and_all_agree_and_are_sorted(door):
    module = importlib.import_module(door)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(module.__all__)
    assert module.__all__ == sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
