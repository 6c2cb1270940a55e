"""Imports fail with the type, message and attributes of the import statement of the running Python."""

import sys

import pytest

from cutover_registry._imports import import_from

CASES = {
    "a name that is not there": ("here", "x = 1\n", "absent"),
    "a module that is not there": ("here", "x = 1\n", None),
    "a module whose own import fails": ("here", "import surely_not_installed_anywhere\n", "x"),
    "a module that raises": ("here", "raise RuntimeError('no key')\n", "x"),
    "a module that does not parse": ("here", "def broken(:\n", "x"),
}


def statement_error(module: str, attribute: str) -> BaseException:
    try:
        exec(f"from {module} import {attribute}", {})
    except BaseException as error:
        return error
    raise AssertionError("the statement was to fail")


@pytest.mark.parametrize("case", CASES)
def test_a_failing_import_raises_what_the_statement_raises(case: str, project):
    module, source, attribute = CASES[case]
    name = project.write(module, source) if attribute else project.name("not_there")
    expected = statement_error(name, attribute or "x")
    sys.modules.pop(name, None)
    with pytest.raises(type(expected)) as caught:
        import_from(name, attribute or "x")
    assert str(caught.value) == str(expected)
    assert vars(caught.value) == vars(expected)
    assert getattr(caught.value, "name", None) == getattr(expected, "name", None)
    assert getattr(caught.value, "path", None) == getattr(expected, "path", None)


def test_a_circular_import_is_called_so(project):
    project.write("a", "import PKG.b\nthing = 1\n")
    project.write("b", "from cutover_registry._imports import import_from\nimport_from('PKG.a', 'thing')\n")
    with pytest.raises(ImportError, match=r"from partially initialized module '.*a' \(most likely due to a circular"):
        project.load("a")


def test_a_built_in_module_has_no_path_in_the_message():
    expected = statement_error("sys", "absent")
    with pytest.raises(ImportError) as caught:
        import_from("sys", "absent")
    assert str(caught.value) == str(expected) == "cannot import name 'absent' from 'sys' (unknown location)"


def test_a_submodule_is_imported_where_the_package_has_no_such_attribute(project):
    name = project.write("inner", "x = 1\n")
    assert import_from(project.package, "inner") is sys.modules[name]


def test_a_submodule_that_is_only_in_sys_modules_is_found(project, monkeypatch):
    project.write("inner", "x = 1\n")
    module = project.load("inner")
    package = sys.modules[project.package]
    monkeypatch.delattr(package, "inner")
    monkeypatch.setattr(package, "__path__", [])
    assert import_from(project.package, "inner") is module


def test_a_module_level_getattr_is_asked(project):
    name = project.write("lazy", "def __getattr__(name):\n    return name.upper()\n")
    assert import_from(name, "anything") == "ANYTHING"
