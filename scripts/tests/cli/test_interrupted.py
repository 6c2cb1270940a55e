"""Two commands at once, and a command that is killed: the tree is the old one or the new one, never between."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

MOMENTS = {
    "it has the lock": lambda folder: (folder / "lock").exists(),
    "it stages": lambda folder: (folder / "txn").exists(),
    "its work is staged": lambda folder: (folder / "txn" / "manifest.json").exists(),
    "it writes": lambda folder: (folder / "txn" / "commit").exists(),
    "it has written the journal": lambda folder: (folder / "journal.json").exists(),
    "it clears up": lambda folder: (folder / "txn-done").exists(),
}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def start(shell_environment):
    """Start the command as a process of its own."""

    def start(*argv, cwd):
        return subprocess.Popen(
            [sys.executable, "-m", "cutover_cli", *map(str, argv)], cwd=cwd, env=shell_environment(),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


@pytest.fixture(scope="module")
def kill_when(start):
    """Start the command and kill it with signal 9 as soon as something holds of its `.cutover`."""

    def kill(moment, *argv, root):
        process = start(*argv, cwd=root)
        give_up = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < give_up:
            if MOMENTS[moment](root / ".cutover"):
                process.kill()
                break
            time.sleep(0.0002)
        process.communicate()

    return kill


def settled(tree, root):
    return {path: held for path, held in tree(root).items() if not path.startswith(".cutover")}


@dataclass(frozen=True)
class Pair:
    """A small gateway's plan, its contents before and after, and a folder of copies."""

    root: Path
    plan: Path
    old: dict
    new: dict


@pytest.fixture(scope="module")
def pair(migrated, tmp_path_factory, run, tree):
    """What the killed commands work on."""
    folder = tmp_path_factory.mktemp("pair")
    root = migrated.copy("gateway", "legacy", folder / "g")
    after = migrated.copy("gateway", "applied", folder / "after")
    assert run("plan", "app", "-o", folder / "plan.json", cwd=root).code == 0
    return Pair(root, folder / "plan.json", settled(tree, root), settled(tree, after))


@pytest.fixture(scope="module")
def half_written(pair, kill_when, tmp_path_factory):
    """A tree in which ``apply`` was killed while it wrote."""
    root = Path(shutil.copytree(pair.root, tmp_path_factory.mktemp("killed") / "g"))
    kill_when("it writes", "apply", pair.plan, "--root", root, root=root)
    return root


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_apply_that_is_killed_leaves_the_old_tree_or_the_new_one(moment, kill_when, pair, cutover, tree, tmp_path):
    root = Path(shutil.copytree(pair.root, tmp_path / "g"))
    kill_when(moment, "apply", pair.plan, "--root", root, root=root)
    ran = cutover("verify", cwd=root)
    found = settled(tree, root)
    if ran.code == 0:
        assert found == pair.new
    else:
        assert "nothing was applied here" in ran.refused()
        assert found == pair.old
        assert cutover("apply", pair.plan, "--root", root).code == 0
        assert settled(tree, root) == pair.new
    assert cutover("undo", cwd=root).code == 0
    assert tree(root) == pair.old


@pytest.mark.parametrize(
    "command",
    [["scan"], ["plan"], ["apply", "{plan}"], ["undo"], ["switch", "status"], ["replay", "t", "--app", "a:b"]],
)
def test_whatever_command_is_next_settles_what_a_killed_one_left(command, half_written, pair, cutover, tree, tmp_path):
    root = shutil.copytree(half_written, tmp_path / "g")
    cutover(*(word.format(plan=pair.plan) for word in command), "--root", root)
    assert settled(tree, root) in (pair.old, pair.new)
    assert not (root / ".cutover" / "txn").exists()


def test_a_command_that_settles_says_so(half_written, cutover, tmp_path):
    root = shutil.copytree(half_written, tmp_path / "g")
    if not (root / ".cutover" / "txn").exists():
        pytest.skip("the command had ended before it was killed")
    said = cutover("scan", root).err
    assert said in ("cutover apply was interrupted here; it has been completed\n",
                    "a command was interrupted here; its files were put back\n")  # fmt: skip


@pytest.mark.parametrize("command", ["finish", "undo"])
def test_a_finish_or_an_undo_that_is_killed_is_one_or_the_other_too(
    command, kill_when, migrated, pair, cutover, tree, tmp_path
):
    root = migrated.copy("gateway", "applied", tmp_path / "g")
    kill_when("it writes", command, root=root)
    ran = cutover("undo", cwd=root)
    assert ran.code == 0 or "nothing was applied here" in ran.refused()
    assert tree(root) == pair.old


@pytest.mark.parametrize(
    "command", [["apply", "{plan}"], ["verify"], ["finish"], ["undo"], ["scan"], ["plan"], ["switch", "on"]]
)
def test_a_command_waits_for_nobody_but_says_who_is_at_work(command, cutover, applied, migrated, tree):
    with (applied / ".cutover" / "lock").open("w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        before = tree(applied)
        asked = [word.format(plan=migrated.small_plan) for word in command]
        said = cutover(*asked, "--root", applied, cwd=applied).refused()
        assert said == (
            f"another cutover command (process {os.getpid()}) is at work in {applied}; "
            "wait until it has ended, then run this again"
        )
        assert tree(applied) == before


def test_a_lock_that_a_dead_process_left_stops_nobody(cutover, applied):
    (applied / ".cutover" / "lock").write_text("999999")
    assert cutover("verify", cwd=applied).code == 0
    assert not (applied / ".cutover" / "lock").exists()


def test_of_two_applies_at_once_one_writes_and_the_other_says_why_not(start, pair, cutover, tree, tmp_path):
    root = Path(shutil.copytree(pair.root, tmp_path / "g"))
    with ThreadPoolExecutor(2) as both:
        processes = [start("apply", pair.plan, "--root", root, cwd=root) for _ in range(2)]
        said = list(both.map(lambda process: process.communicate(timeout=PATIENCE), processes))
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 0], [0, 2]), said
    assert "".join(out for out, _ in said).count("certified: 1 site,") == 1
    assert settled(tree, root) == pair.new
    assert cutover("verify", cwd=root).code == 0
