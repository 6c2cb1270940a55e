import ast
from pathlib import Path

from cutover_rollout import RolloutError, runner


def test_the_door_and_all_agree_and_are_sorted():
    tree = ast.parse(Path(runner.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == runner.__all__ == sorted(runner.__all__)


def test_every_error_has_the_one_root():
    errors = [each for name in runner.__all__ if isinstance(each := getattr(runner, name), type)]
    assert {each.__name__ for each in errors if issubclass(each, RolloutError)} == {
        "NoRollout",
        "RunnerError",
        "TooManyWriters",
    }
