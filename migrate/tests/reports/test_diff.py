"""The patch: `git apply` and `patch -p1` make of the tree what `apply` would write, byte for byte."""

import shutil
import subprocess

import pytest

from cutover_migrate.apply import FileChange
from cutover_migrate.reports import patch


def applied_by(tool, root, data):
    """Hand a patch to a real tool in a folder; everything it says goes into the message."""
    if shutil.which(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not installed")
    done = subprocess.run(tool, cwd=root, input=data, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


TOOLS = {"git": ["git", "apply", "--whitespace=nowarn", "-"], "patch": ["patch", "-p1", "--binary", "-s"]}
CASES = {
    "changed": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "no line end before": (b"a\nb", b"a\nb\n"),
    "no line end after": (b"a\nb\n", b"a\nb"),
    "no line end at all": (b"a\nb", b"a\nc"),
    "far apart": (b"".join(b"%d\n" % n for n in range(99)), b"".join(b"%d\n" % (n or 7) for n in range(97)) + b"x\n"),
    "windows line ends": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "other separators": (b"a\x0cb\x0b\x1c\n\xc2\x85c\rd\n", b"a\x0cb\x0b\x1c\n\xc2\x85c\rD\n"),
    "latin-1": ("# \xe4\nx = 1\n".encode("latin-1"), "# \xe4\nx = 2\n".encode("latin-1")),
    "looks like a header": (b"-- a\n++ b\n", b"-- a\n++ c\n"),
    "filled": (b"", b"a\n"),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("case", CASES)
def test_a_changed_file_becomes_what_was_wanted(case, tool, tmp_path):
    before, after = CASES[case]
    (tmp_path / "f.py").write_bytes(before)
    applied_by(TOOLS[tool], tmp_path, patch([FileChange("f.py", before, after)]))
    assert (tmp_path / "f.py").read_bytes() == after


@pytest.mark.parametrize(
    "path", ["new.py", "a/b/new.py", "a b.py", 'q"uote\\.py', "tab\t.py", "gr\xfc\xdfe.py", "-x.py"]
)
def test_git_makes_and_changes_files_of_any_name(path, tmp_path):
    applied_by(TOOLS["git"], tmp_path, patch([FileChange(path, None, b"a\nb\n")]))
    assert (tmp_path / path).read_bytes() == b"a\nb\n"
    applied_by(TOOLS["git"], tmp_path, patch([FileChange(path, b"a\nb\n", b"a\nc\n")]))
    assert (tmp_path / path).read_bytes() == b"a\nc\n"


@pytest.mark.parametrize("path", ["new.py", "a/b/new.py", "a b.py"])
def test_patch_makes_and_changes_files(path, tmp_path):
    applied_by(TOOLS["patch"], tmp_path, patch([FileChange(path, None, b"a\nb\n")]))
    applied_by(TOOLS["patch"], tmp_path, patch([FileChange(path, b"a\nb\n", b"a\nc\n")]))
    assert (tmp_path / path).read_bytes() == b"a\nc\n"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_removed_file_is_gone(tool, tmp_path):
    (tmp_path / "f.py").write_bytes(b"a\n")
    applied_by(TOOLS[tool], tmp_path, patch([FileChange("f.py", b"a\n", None)]))
    assert not (tmp_path / "f.py").exists()


def test_what_does_not_change_is_left_out():
    assert patch([FileChange("f.py", b"a", b"a")]) == b""
    assert patch([]) == b""


@pytest.mark.parametrize("tool", TOOLS)
def test_a_plan_is_applied_as_apply_would(tool, project):
    made = project()
    changes = made.plan().applied()
    applied_by(TOOLS[tool], made.root, patch(changes))
    assert len(changes) == 4
    assert all((made.root / change.path).read_bytes() == change.after for change in changes)


def test_a_patch_is_undone_by_git(project):
    made = project()
    before = (made.root / "desk/chat.py").read_bytes()
    data = patch(made.plan().applied())
    applied_by(TOOLS["git"], made.root, data)
    applied_by(["git", "apply", "-R", "-"], made.root, data)
    assert (made.root / "desk/chat.py").read_bytes() == before
    assert not list(made.root.rglob("providers.py"))
