"""The door of the shadow, and its errors."""

import ast
from pathlib import Path

import cutover_rollout.shadow as door
from cutover_rollout import RolloutError
from cutover_rollout.shadow import errors


def test_the_door_and_all_agree():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)


def test_every_error_is_a_rollout_error_stands_in_the_tree_and_is_public():
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and each.__module__ == errors.__name__]
    assert len(kinds) == 4
    assert all(issubclass(each, RolloutError) for each in kinds)
    assert all(each.__name__ in errors.__doc__ and each.__name__ in door.__all__ for each in kinds)
