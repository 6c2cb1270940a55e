"""The public door of the codemod, and its errors."""

import inspect
import re

import cutover_migrate
from cutover_migrate import _api, errors
from cutover_migrate.errors import MigrateError


def test_the_door_and_its_list_agree():
    behind = public(_api)
    assert behind == set(_api.__all__)
    assert public(cutover_migrate) - behind - {"TYPE_CHECKING", "Any", "import_module"} | behind == {
        *cutover_migrate.__all__
    }


def public(module):
    return {name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value)}


def test_the_list_is_sorted():
    assert list(cutover_migrate.__all__) == sorted(cutover_migrate.__all__)
    assert list(_api.__all__) == sorted(_api.__all__)


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    drawn = re.findall(r"^    ([│ ├└─]*)([A-Z]\w+)", errors.__doc__, re.MULTILINE)
    parents: list[str] = []
    for indent, name in drawn:
        parents = [*parents[: len(indent) // 4], name]
        assert len(parents) == 1 or getattr(errors, name).__bases__[0].__name__ == parents[-2]
    defined = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, MigrateError)
    }
    assert {name for _, name in drawn} == defined
