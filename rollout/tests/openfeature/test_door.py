"""The door of OpenFeature, and what it says where the SDK is missing."""

import ast
import subprocess
import sys
from pathlib import Path

import cutover_rollout.openfeature as door
from cutover_rollout import RolloutError
from cutover_rollout.openfeature import _errors


def test_the_door_and_all_agree():
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == sorted(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)


def test_the_error_is_a_rollout_error_and_stands_in_the_tree():
    assert issubclass(door.FlagUnread, RolloutError)
    assert "FlagUnread" in _errors.__doc__


def test_without_the_sdk_the_import_says_what_to_install():
    program = "import sys; sys.modules['openfeature'] = None; import cutover_rollout.openfeature"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith("; pip install 'provider-cutover[openfeature]'")


def test_the_switch_and_the_states_need_no_sdk():
    program = "import sys, cutover_rollout.state; print([name for name in sys.modules if 'openfeature' in name])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
