"""The runtime's files under another name: what changes, what does not, and what is refused."""

import ast
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from cutover_migrate import vendor
from cutover_migrate.vendor import LICENCE_FILE, RUNTIME, NotVendored, renamed, vendored_files

FOLDER, MODULE = "app/services/_cutover_registry", "app.services._cutover_registry"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def vendored():
    return vendored_files(FOLDER, module=MODULE)


def modules(text):
    """The modules that a text imports, as it spells them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    ("written", "relative"),
    [
        ("from cutover_registry._site import Site\n", "from ._site import Site\n"),
        ("from cutover_registry import Site as S, use_registry\n", "from . import Site as S, use_registry\n"),
        ("from cutover_registry.errors import (\n    A,  # one\n)\n", "from .errors import (\n    A,  # one\n)\n"),
        ("def f():\n    from cutover_registry._site import Site\n", "def f():\n    from ._site import Site\n"),
        ("x = 1; from cutover_registry import y\n", "x = 1; from . import y\n"),
    ],
)  # fmt: skip
def test_own_imports_become_relative(written, relative):
    assert renamed(written, module=MODULE) == relative


def test_the_name_in_a_docstring_becomes_the_new_one():
    text = '"""See cutover_registry.\n\n>>> from cutover_registry import x\n"""\n'
    assert renamed(text, module="app.rt") == '"""See app.rt.\n\n>>> from app.rt import x\n"""\n'


@pytest.mark.parametrize(
    "text",
    [
        "import json\nfrom os import path\n",
        "from cutover_registry_plus import x\n",
        "from .cutover_registry import x\n",
        'LOGGER = getLogger("cutover_registry")\n',
        "x = 1  # of cutover_registry\n",
        '"""About my_cutover_registry."""\n',
        'x = 1\n"""cutover_registry, and no docstring."""\n',
    ],
)
def test_everything_else_stays(text):
    assert renamed(text, module=MODULE) == text


@pytest.mark.parametrize(
    "text",
    [
        "import cutover_registry\n",
        "import json, cutover_registry._site as site\n",
        "from  cutover_registry import x\n",
        "from cutover_registry  import x\n",
        "from cutover_registry \\\n    import x\n",
        '"""In \\x63utover_registry\'s way."""\n',
    ],
)
def test_a_form_that_is_not_known_is_refused(text):
    with pytest.raises(NotVendored) as caught:
        renamed(text, module=MODULE)
    assert RUNTIME in str(caught.value)


def test_a_comment_on_a_docstrings_last_line_may_name_the_package():
    assert renamed('"""One."""  # cutover_registry\n', module="app.rt") == '"""One."""  # app.rt\n'


def test_every_file_of_the_runtime_is_vendored_with_its_licence(vendored):
    names = {entry.name for entry in files(RUNTIME).iterdir() if entry.name.endswith(".py")}
    assert len(names) > 20
    below = files(RUNTIME).joinpath("failover")
    names |= {f"failover/{entry.name}" for entry in below.iterdir() if entry.name.endswith(".py")}
    assert vendored.keys() == {f"{FOLDER}/{name}" for name in (*names, LICENCE_FILE)}
    assert vendored[f"{FOLDER}/{LICENCE_FILE}"] == (ROOT / "LICENSE").read_text()


def test_what_is_vendored_needs_nothing_of_the_providers_clients(vendored):
    below = {entry.name for entry in files(RUNTIME).iterdir() if entry.is_dir()} - {"__pycache__"}
    assert below == {"failover", "providers"}
    imported = {
        str(node.module).partition(".")[0]
        for path, text in vendored.items()
        for node in (ast.walk(ast.parse(text)) if path.endswith(".py") else ())
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert len(imported) > 10
    assert "providers" not in imported


def test_a_file_below_reaches_the_package_by_one_dot_more():
    text = "from cutover_registry.errors import A\nfrom cutover_registry.failover._clock import B\n"
    assert renamed(text, module=MODULE, below=1) == "from ..errors import A\nfrom ..failover._clock import B\n"


def test_a_vendored_registry_has_the_loop_form_of_failover(gateway):
    gateway.apply()
    code = (
        "from desk.clients.provider_registry import get_provider_registry\n"
        "failover = get_provider_registry().failover(['a', 'b'])\n"
        "print([name for name in failover if not failover.goes_on(OSError(), lambda error: True)], type(failover))\n"
    )
    module = "desk.clients._cutover_registry.failover._loop"
    assert gateway.alone.run(["-c", code], cwd=gateway.root).stdout == f"['b'] <class '{module}.FailoverRoute'>\n"


def test_every_file_says_where_it_comes_from(vendored):
    for path, text in vendored.items():
        if path.endswith(".py"):
            first = f"# {path.removeprefix(f'{FOLDER}/')} of cutover_registry, from provider-cutover "
            assert text.startswith(first)
            assert "(MIT, see LICENSE beside it)" in text.splitlines()[0]


def test_no_file_imports_anything_but_its_own_package_and_the_standard_library(vendored):
    for path, text in vendored.items():
        if path.endswith(".py"):
            found = {module.split(".")[0] for module in modules(text)}
            assert found - {""} <= sys.stdlib_module_names, path


def test_the_programs_are_the_installed_ones(vendored):
    for path, text in vendored.items():
        if not path.endswith(".py"):
            continue
        name = path.removeprefix(f"{FOLDER}/")
        installed = files(RUNTIME).joinpath(name).read_text("utf-8")
        dots = "." * (name.count("/") + 1)
        body = "".join(text.splitlines(keepends=True)[6:])
        changed = [(old, new) for old, new in zip(installed.splitlines(), body.splitlines(), strict=True) if old != new]
        for old, new in changed:
            old_import = old.lstrip().startswith("from cutover_registry")
            ours = (("from cutover_registry.", f"from {dots}"), ("from cutover_registry ", f"from {dots} "))
            relative = old.replace(*ours[0]).replace(*ours[1])
            assert new == (relative
                           if old_import and ">>>" not in old else old.replace(RUNTIME, MODULE))  # fmt: skip


def test_its_own_examples_run_where_it_is_vendored(gateway):
    gateway.apply()
    code = (
        "import doctest, importlib, pkgutil, desk.clients._cutover_registry as package\n"
        "names = [f'{package.__name__}.{each.name}' for each in pkgutil.iter_modules(package.__path__)]\n"
        "found = [doctest.testmod(importlib.import_module(name)) for name in [package.__name__, *names]]\n"
        "print(sum(each.failed for each in found), sum(each.attempted > 0 for each in found) > 12)\n"
    )
    assert gateway.alone.run(["-c", code], cwd=gateway.root).stdout == "0 True\n"


def test_the_door_and_its_list_agree():
    names = {name for name in vars(vendor) if not name.startswith("_")}
    assert names == set(vendor.__all__)
