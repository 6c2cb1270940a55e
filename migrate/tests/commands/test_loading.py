"""What the package loads: whoever only reads a journal, as a kill at night does, does not wait for the codemod."""

import subprocess
import sys

import pytest

import cutover_migrate

LOADED = "import sys\n{}\nprint('libcst' in sys.modules)"


def loads_codemod(statement):
    asked = [sys.executable, "-c", LOADED.format(statement)]
    return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout.strip() == "True"


def test_the_codemod_is_loaded_by_the_first_of_its_names():
    assert not loads_codemod("from cutover_migrate import MigrateError, project_root\nimport cutover_migrate.apply")
    assert loads_codemod("from cutover_migrate import make_plan")


def test_a_kill_does_not_load_it():
    assert not loads_codemod("import cutover_cli._rollout_emergency")


def test_every_public_name_is_there():
    assert all(getattr(cutover_migrate, name) is not None for name in cutover_migrate.__all__)


def test_another_name_is_refused_as_by_any_module():
    with pytest.raises(AttributeError, match="module 'cutover_migrate' has no attribute 'nothing'"):
        _ = cutover_migrate.nothing
