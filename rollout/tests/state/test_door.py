"""The door of the state, and its errors."""

import ast
from pathlib import Path

import cutover_rollout.state as door
from cutover_rollout import RolloutError
from cutover_rollout.state import _errors


def test_the_door_and_all_agree():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)


def test_every_error_is_a_rollout_error_stands_in_the_tree_and_is_public():
    errors = [each for each in vars(_errors).values() if isinstance(each, type) and each.__module__ == _errors.__name__]
    assert len(errors) == 11
    assert all(issubclass(each, RolloutError) for each in errors)
    assert all(each.__name__ in _errors.__doc__ and each.__name__ in door.__all__ for each in errors)
