"""The grammar of slot references: each form, what it imports, what it reads, and what is refused."""

import sys
from types import ModuleType

import pytest

from cutover_registry import InvalidEntry, SlotReference

FORMS = [
    ("fn", SlotReference("m.c", "fn", "fn")),
    ("attr as fn", SlotReference("m.c", "attr", "fn")),
    ("pkg.mod:attr", SlotReference("pkg.mod", "attr", "attr")),
    ("pkg.mod:attr as fn", SlotReference("pkg.mod", "attr", "fn")),
    ("pkg.mod:Thing.create", SlotReference("pkg.mod", "Thing", "Thing", ("create",))),
    ("pkg.mod:Thing.create as T", SlotReference("pkg.mod", "Thing", "T", ("create",))),
    ("c.make", SlotReference("m.c", None, "c", ("make",))),
    ("c.chat.make", SlotReference("m.c", None, "c", ("chat", "make"))),
    ("m.c.make", SlotReference("m.c", None, "m", ("c", "make"), tail=1)),
    (".fn", SlotReference("m.c", "fn", "fn", own=True)),
    (".client.make", SlotReference("m.c", "client", "client", ("make",), own=True)),
]


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[text for text, _ in FORMS])
def test_each_form_is_understood(text: str, expected: SlotReference):
    assert SlotReference.parse(text, module_name="m.c") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1x",
        "a b",
        "a as",
        "a as b c",
        " as b",
        "a:",
        ":a",
        "a:b:c",
        "a..b",
        "..a",
        "a.",
        "class",
        "a as def",
        "a:b-c",
    ],
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(InvalidEntry) as caught:
        SlotReference.parse(text, module_name="m", where="provider 'near', slot 'make'")
    assert str(caught.value) == (
        f"provider 'near', slot 'make': {text!r} is not a slot reference; "
        "write 'fn', 'attr as fn', 'pkg.mod:attr', 'pkg.mod:attr as fn', 'x_client.attr' or '.fn'"
    )


def test_a_path_from_the_module_is_not_renamed():
    with pytest.raises(InvalidEntry, match=r"'c\.make as f' renames a path; write 'pkg\.mod:attr as fn'"):
        SlotReference.parse("c.make as f", module_name="m.c")


def test_a_reference_without_a_module_needs_a_module_name():
    with pytest.raises(InvalidEntry) as caught:
        SlotReference.parse("make", module_name=None, where="here")
    assert str(caught.value) == "here: 'make' needs a module_name; add the field or write 'pkg.mod:make'"


def test_a_reference_with_a_module_needs_no_module_name():
    assert SlotReference.parse("json:dumps", module_name=None).load() is sys.modules["json"].dumps


@pytest.mark.parametrize(
    ("text", "expression"),
    [("fn", "fn"), ("attr as fn", "fn"), ("c.make", "c.make"), ("m.c.make", "m.c.make"), ("p:T.make as U", "U.make")],
)
def test_the_expression_is_what_code_reads(text: str, expression: str):
    assert SlotReference.parse(text, module_name="m.c").expression == expression


def test_reading_takes_the_global_of_that_moment():
    reference = SlotReference.parse("fn", module_name="m")
    namespace: dict[str, object] = {"fn": 1}
    assert reference.read(namespace) == 1
    namespace["fn"] = 2
    assert reference.read(namespace) == 2


def test_reading_a_path_goes_through_attributes():
    client = ModuleType("client")
    client.make = "made"
    assert SlotReference.parse("client.make", module_name="client").read({"client": client}) == "made"


def test_reading_a_missing_global_raises_the_name_error_of_python():
    with pytest.raises(NameError) as ours:
        SlotReference.parse("make_x", module_name="m").read({})
    with pytest.raises(NameError) as pythons:
        exec("make_x", {})
    assert str(ours.value) == str(pythons.value) == "name 'make_x' is not defined"
    assert ours.value.name == pythons.value.name == "make_x"


def test_reading_falls_back_to_builtins_as_python_does():
    assert SlotReference.parse("len", module_name="m").read({}) is len


def test_a_missing_attribute_of_a_path_raises_the_attribute_error_of_python():
    with pytest.raises(AttributeError, match="module 'json' has no attribute 'absent'"):
        SlotReference.parse("json.absent", module_name="json").read({"json": sys.modules["json"]})


def test_fetching_a_module_reference_gives_the_module(project):
    name = project.write("x_client", "def make(): return 'made'\n")
    reference = SlotReference.parse("x_client.make", module_name=name)
    assert reference.fetch() is sys.modules[name]
    assert reference.load()() == "made"


def test_fetching_a_dotted_import_gives_the_top_package(project):
    name = project.write("x_client", "def make(): return 'made'\n")
    reference = SlotReference.parse(f"{name}.make", module_name=name)
    assert reference.fetch() is sys.modules[project.package]
    assert reference.load()() == "made"


def test_fetching_a_module_under_another_name_imports_it(project):
    name = project.write("x_client", "def make(): return 'made'\n")
    assert SlotReference.parse("other.make", module_name=name).fetch() is sys.modules[name]


def test_fetching_a_missing_submodule_fails_as_the_from_import_does(project):
    reference = SlotReference.parse("gone.make", module_name=f"{project.package}.gone")
    with pytest.raises(ImportError, match=f"cannot import name 'gone' from '{project.package}'"):
        reference.fetch()


def test_a_leading_dot_marks_a_name_that_the_module_binds_itself():
    reference = SlotReference.parse(".call_near", module_name="app.gateway")
    assert (reference.module, reference.global_name, reference.own) == ("app.gateway", "call_near", True)


def test_a_name_that_the_module_binds_itself_may_be_a_path():
    reference = SlotReference.parse(".clients.near", module_name="app.gateway")
    assert reference.read({"clients": type("Clients", (), {"near": "the client"})}) == "the client"


def test_a_name_of_the_migrated_module_needs_no_module_name_and_is_never_imported():
    reference = SlotReference.parse(".wrapper", module_name=None)
    assert reference.read({"wrapper": "its own"}) == "its own"
    with pytest.raises(NameError) as caught:
        reference.load()
    assert str(caught.value) == "name 'wrapper' is defined only in the migrated module"
