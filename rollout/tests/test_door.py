import ast
from pathlib import Path

import cutover_rollout


def test_the_door_and_all_agree_and_are_sorted():
    tree = ast.parse(Path(cutover_rollout.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(cutover_rollout.__all__)
    assert cutover_rollout.__all__ == sorted(cutover_rollout.__all__)
    assert all(hasattr(cutover_rollout, name) for name in cutover_rollout.__all__)


def test_every_error_has_the_one_root():
    errors = [getattr(cutover_rollout, name) for name in cutover_rollout.__all__]
    errors = [error for error in errors if isinstance(error, type) and issubclass(error, Exception)]
    assert len(errors) == 13
    assert all(issubclass(error, cutover_rollout.RolloutError) for error in errors)
