import ast
from pathlib import Path

import cutover_parity
from cutover_parity import errors


def test_the_door_and_its_list_agree():
    tree = ast.parse(Path(cutover_parity.__file__).read_text())
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert cutover_parity.__all__ == sorted(imported)
    assert all(hasattr(cutover_parity, name) for name in cutover_parity.__all__)


def test_every_error_is_in_the_drawn_tree_and_at_the_door():
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert set(errors.__all__) == kinds
    assert kinds <= set(cutover_parity.__all__)
    assert all(name in errors.__doc__ for name in kinds)
    assert all(issubclass(getattr(errors, name), errors.ParityError) for name in kinds)
