"""What the names of a module stand for, by its text."""

import ast
import textwrap

import pytest

from cutover_migrate.execute._inside._bindings import Imported, Literal, Own, constants_of, read_bindings


@pytest.fixture
def bindings():
    """Read a text as a module."""

    def read(text, *, module="pkg.sub.app", package=False):
        return read_bindings(ast.parse(textwrap.dedent(text)), module=module, package=package)

    return read


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("import x", "x"),
        ("import a.b.x", "a"),
        ("import a.b as x", "a.b"),
        ("from a import x", "a.x"),
        ("from a.b import c as x", "a.b.c"),
        ("from . import x", "pkg.sub.x"),
        ("from .. import x", "pkg.x"),
        ("from .a import x", "pkg.sub.a.x"),
        ("if TYPE:\n    from a import x", "a.x"),
        ("try:\n    from a import x\nexcept ImportError:\n    pass", "a.x"),
    ],
)
def test_an_import_gives_the_path_of_what_it_imports(bindings, text, path):
    (binding,) = bindings(text).names.values()
    assert binding == Imported(path)


def test_a_package_imports_from_itself(bindings):
    assert bindings("from .a import x", module="pkg", package=True).label("x") == "pkg.a.x"


@pytest.mark.parametrize(
    "text",
    [
        "def x(): pass",
        "class x: pass",
        "x = f()",
        "x = 1\nx = 2",
        "x = []\nx += [1]",
        "try:\n    from a import x\nexcept ImportError:\n    x = None",
        "with f() as x:\n    pass",
        "for x in y:\n    pass",
        "x, y = 1, 2",
        "x = 1\ndef f():\n    global x",
    ],
)
def test_what_the_module_makes_itself_stands_for_itself(bindings, text):
    found = bindings(text)
    assert isinstance(found.names["x"], Own)
    assert found.label("x") == "pkg.sub.app.x"


@pytest.mark.parametrize("text", ["x = {'a': [1]}", "x: int = 3", "x = frozenset({'a'})", "x = set()", "x = -1"])
def test_a_literal_is_made_anew_each_time(bindings, text):
    binding = bindings(text).names["x"]
    assert isinstance(binding, Literal)
    assert binding.value == binding.value


def test_constants_are_literals_and_enumerations(bindings):
    text = """
    from enum import Enum, StrEnum, IntEnum
    A = "a"
    class Text(str, Enum):
        ONE = "one"
    class Plain(Enum):
        ONE = "one"
        TWO = 2
    class Short(StrEnum):
        ONE = "one"
    class Made(Enum):
        ONE = auto()
    class Own(str, Enum):
        ONE = "one"
        def __eq__(self, other): ...
    class Other(Base):
        ONE = "one"
    """
    found = constants_of(bindings(text, module="m"))
    assert set(found) == {"m.A", "m.Text", "m.Plain", "m.Short"}
    assert (found["m.Text"].ONE == "one", found["m.Plain"].ONE == "one", found["m.Plain"].ONE.value) == (
        True,
        False,
        "one",
    )
    assert found["m.Short"].ONE == "one"
