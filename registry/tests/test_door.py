"""The public door, what stands behind it, and what importing it costs."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cutover_registry
from cutover_registry import errors

ROOT = Path(cutover_registry.__file__).parent
SOURCES = sorted(path for path in ROOT.rglob("*.py") if "providers" not in path.relative_to(ROOT).parts)
MODULES = sorted(f"cutover_registry.{module.name}" for module in pkgutil.iter_modules([str(ROOT)]) if not module.ispkg)


def imported_top_levels(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "cutover_registry").partition(".")[0] if not node.level else "cutover_registry")
    return found


def test_the_door_and_its_list_of_names_agree():
    there = {
        name
        for name, value in vars(cutover_registry).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert there == set(cutover_registry.__all__)


def test_the_list_of_names_is_sorted_and_has_no_name_twice():
    names = cutover_registry.__all__
    constants = [name for name in names if name.isupper()]
    classes = [name for name in names if not name.isupper() and name[0].isupper()]
    functions = [name for name in names if name[0].islower()]
    assert names == [*sorted(constants), *sorted(classes), *sorted(functions)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", [name for name in cutover_registry.__all__ if not name.isupper()])
def test_every_public_name_says_what_it_is(name: str):
    documentation = getattr(cutover_registry, name).__doc__
    assert documentation
    assert documentation.strip().partition("\n")[0].endswith(".")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_module_imports_only_the_standard_library_and_this_package(source: Path):
    assert imported_top_levels(source) <= sys.stdlib_module_names | {"cutover_registry"}


@pytest.mark.parametrize("module", ["cutover_registry", *MODULES])
def test_the_examples_in_docstrings_hold(module: str):
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0


WITHOUT_EXAMPLE = {"ChunkHook"} | {name for name in cutover_registry.__all__ if name.startswith(("get_", "load_"))}
SHOWN_ELSEWHERE = {"remove_hook", *(name for name, value in vars(errors).items() if inspect.isclass(value))}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in cutover_registry.__all__
        if not name.isupper() and name not in WITHOUT_EXAMPLE and name not in SHOWN_ELSEWHERE
    ],
)
def test_every_public_name_comes_with_an_example(name: str):
    assert doctest.DocTestParser().get_examples(getattr(cutover_registry, name).__doc__ or "")


@pytest.fixture(scope="module")
def modules_of_a_fresh_process() -> set[str]:
    script = "import sys; before = set(sys.modules); import cutover_registry; print(*set(sys.modules) - before)"
    result = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_the_door_loads_nothing_outside_the_standard_library(modules_of_a_fresh_process: set[str]):
    tops = {name.partition(".")[0] for name in modules_of_a_fresh_process}
    assert tops - sys.stdlib_module_names == {"cutover_registry"}


@pytest.mark.parametrize(
    "heavy",
    [
        *("asyncio", "importlib.metadata", "email", "http", "sqlite3", "logging", "json", "pathlib", "signal"),
        *("cutover_registry.failover", "cutover_registry.providers"),
    ],
)
def test_importing_the_door_does_not_load_what_is_heavy(heavy: str, modules_of_a_fresh_process: set[str]):
    assert heavy not in modules_of_a_fresh_process
