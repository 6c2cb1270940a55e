import ast
from pathlib import Path

import cutover_cli._plant as door


def test_the_door_and_all_agree_and_are_sorted():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(door.__all__)
    assert door.__all__ == sorted(door.__all__)


def test_every_error_has_the_one_root():
    errors = [getattr(door, name) for name in door.__all__]
    errors = [error for error in errors if isinstance(error, type) and issubclass(error, Exception)]
    assert len(errors) == 4
    assert all(issubclass(error, door.PlantError) for error in errors)
