"""The public door and its list of names; the child's program needs the standard library and the runtime alone."""

import ast
import inspect
import sys
from pathlib import Path

from cutover_migrate import execute


def test_the_door_and_its_list_agree():
    names = {
        name for name in vars(execute) if not name.startswith("_") and not inspect.ismodule(getattr(execute, name))
    }
    assert sorted(names - {"annotations"}) == sorted(execute.__all__) == execute.__all__


def test_what_was_promised_is_there():
    assert {"execute_project", "execute_texts", "execute_batch", "ExecuteReport"} <= set(execute.__all__)


def test_the_child_imports_the_standard_library_the_runtime_and_itself():
    inside = Path(execute.__file__).parent / "_inside"
    for path in inside.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {each.name.partition(".")[0] for each in node.names} <= sys.stdlib_module_names, path
            elif isinstance(node, ast.ImportFrom):
                top = node.module.partition(".")[0]
                ours = node.module.startswith(("cutover_migrate.execute._inside", "cutover_registry"))
                assert ours or top in sys.stdlib_module_names, path
