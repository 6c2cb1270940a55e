"""Fixtures of the safe-writing tests: snapshots of a tree, and commands in processes that can be killed at any step."""

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path):
    """An empty project."""
    project = tmp_path / "project"
    project.mkdir()
    return project


@pytest.fixture
def put(root):
    """Write files, by path and bytes."""

    def write(files):
        for path, data in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    return write


@pytest.fixture(scope="session")
def snapshot():
    """Everything in a tree: kind, mode, and bytes or link target, by path."""

    def one(path):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return "link", 0, os.readlink(path)
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISREG(found.st_mode):
            return "other", mode, ""
        return "file", mode, path.read_bytes()

    def take(tree):
        return {str(path.relative_to(tree)): one(path) for path in sorted(Path(tree).rglob("*"))}

    return take


@pytest.fixture(scope="session")
def copy_tree():
    """Copy a tree with its links and modes over another place."""

    def copy(source, target):
        shutil.rmtree(target, ignore_errors=True)
        return Path(shutil.copytree(source, target, symlinks=True))

    return copy


@pytest.fixture(scope="session")
def crash():
    """Run a command in a process of its own: `crash("commit", root, changes=…, kill_at=…)`."""
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crash_server.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def encode(data):
        return None if data is None else base64.b64encode(data).decode()

    def run(command, root, changes=(), **more):
        wire = [[change.path, encode(change.before), encode(change.after)] for change in changes]
        server.stdin.write(json.dumps({"command": command, "root": str(root), "changes": wire, **more}) + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    yield run
    server.stdin.close()
    server.stdout.close()
    assert server.wait(timeout=10) == 0


@pytest.fixture(scope="session")
def quick_place():
    """Makes folders in memory where the system has any: a killed process cannot tell, and the sweeps are quick."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return lambda: tempfile.TemporaryDirectory(dir=memory)


@pytest.fixture
def quick_folder(quick_place):
    """One such folder."""
    with quick_place() as name:
        yield Path(name)


@pytest.fixture
def open_folder():
    """A folder outside pytest's private ones, which any user may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def as_nobody(crash):
    """Run a command as a user for whom mode bits count: the present one, or `nobody` where that is root."""
    uid = 65534 if os.geteuid() == 0 else None

    def run(command, root, **more):
        if uid is not None:
            for path in (root, *root.rglob("*")):
                os.chown(path, uid, uid, follow_symlinks=False)
        return crash(command, root, uid=uid, **more)

    return run
