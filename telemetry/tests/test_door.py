import ast
from pathlib import Path

import cutover_telemetry


def test_the_door_and_all_agree_and_are_sorted():
    tree = ast.parse(Path(cutover_telemetry.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(cutover_telemetry.__all__)
    assert all(hasattr(cutover_telemetry, name) for name in cutover_telemetry.__all__)


def test_all_is_sorted_as_ruff_sorts_it_constants_classes_functions():
    def rank(name):
        return (not name.isupper(), not name[0].isupper(), name)

    assert cutover_telemetry.__all__ == sorted(cutover_telemetry.__all__, key=rank)
