"""The public door, its list of names, and the tree of errors drawn in `errors.py`."""

import inspect
import re

from cutover_migrate import apply
from cutover_migrate.apply import errors
from cutover_migrate.errors import MigrateError


def test_the_door_and_its_list_agree():
    names = {name for name in vars(apply) if not name.startswith("_") and not inspect.ismodule(getattr(apply, name))}
    assert sorted(names - {"annotations"}) == sorted(apply.__all__)


def test_the_list_is_sorted():
    assert list(apply.__all__) == sorted(apply.__all__)


def test_what_the_codemod_is_promised_is_there():
    promised = {"FileChange", "commit", "recover", "undo", "advance", "dependency_change", "read_journal"}
    assert promised <= set(apply.__all__)


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    drawn = re.findall(r"^    ([│ ├└─]*)([A-Z]\w+)", errors.__doc__, re.MULTILINE)
    parents: list[str] = []
    for indent, name in drawn:
        parents = [*parents[: len(indent) // 4], name]
        found = MigrateError if name == "MigrateError" else getattr(errors, name)
        assert len(parents) == 1 or found.__bases__[0].__name__ == parents[-2]
    defined = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, MigrateError)
    }
    assert {name for _, name in drawn} == defined
