"""Git revisions as trees: checked out elsewhere, removed again, the user's own tree untouched."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cutover_parity import RevisionRefused, revision_tree, uncommitted

SLEEPER = """
import sys, time
from pathlib import Path
from cutover_parity import revision_tree
with revision_tree(Path(sys.argv[1]), "v1") as tree:
    print(tree.root, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def git(tmp_path, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.invalid")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")

    def run(*arguments, cwd=None):
        command = ["git", *arguments]
        return subprocess.run(command, cwd=cwd or tmp_path / "repo", check=True, capture_output=True, text=True).stdout

    return run


@pytest.fixture
def repo(tmp_path, git):
    root = tmp_path / "repo"
    (root / "inner").mkdir(parents=True)
    git("init", "--quiet")
    for version in ("one", "two"):
        (root / "inner" / "app.py").write_text(version)
        git("add", "-A")
        git("commit", "--quiet", "-m", version)
        git("tag", {"one": "v1", "two": "v2"}[version])
    return root


def test_a_tag_a_branch_and_a_commit_are_found_as_they_were(repo, git):
    commit = git("rev-parse", "v1").strip()
    for name, label in (("v1", f"v1 ({commit[:10]})"), ("HEAD~1", f"HEAD~1 ({commit[:10]})"), (commit[:9], commit[:9])):
        with revision_tree(repo, name) as tree:
            assert (tree.root / "inner" / "app.py").read_text() == "one"
            assert (tree.commit, tree.label) == (commit, label)
            assert not tree.root.is_relative_to(repo)


def test_a_project_inside_of_a_repository_is_found_at_its_place(repo):
    with revision_tree(repo / "inner", "v1") as tree:
        assert (tree.root / "app.py").read_text() == "one"


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_and_the_users_tree_is_not_touched(repo, git, fails):
    (repo / "inner" / "app.py").write_text("being edited")
    (repo / "staged.py").write_text("new")
    git("add", "staged.py")
    before = git("status", "--porcelain=v2", "--branch")
    try:
        with revision_tree(repo, "v1") as tree:
            (tree.root / "litter").mkdir()
            assert uncommitted(repo) == ("inner/app.py", "staged.py")
            1 // (not fails)
    except ZeroDivisionError:
        assert fails
    assert not tree.root.parent.exists()
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert git("status", "--porcelain=v2", "--branch") == before
    assert (repo / "inner" / "app.py").read_text() == "being edited"


def test_the_repositorys_hooks_are_not_run(repo):
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repo}/hooked\n")
    hook.chmod(0o755)
    with revision_tree(repo, "v1"):
        assert not (repo / "hooked").exists()


def test_both_arms_can_be_the_same_revision_at_once(repo):
    with revision_tree(repo, "v1") as one, revision_tree(repo, "v1") as other:
        assert one.root != other.root
        assert (other.root / "inner").is_dir()


def test_a_termination_in_between_leaves_nothing_either(repo, git):
    with subprocess.Popen([sys.executable, "-c", SLEEPER, str(repo)], stdout=subprocess.PIPE, text=True) as process:
        root = Path(process.stdout.readline().strip())
        assert root.is_dir()
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM
    assert not root.parent.exists()
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1


@pytest.mark.parametrize("name", ["v9", "--help", "", "v1:inner"])
def test_what_is_no_revision_is_refused(repo, name):
    with pytest.raises(RevisionRefused) as refused, revision_tree(repo, name):
        pass
    assert str(refused.value).startswith(f"{name}: no arm can be made of it, from {repo}: ")
    assert "it is neither a folder nor a revision of the repository there" in str(refused.value)


def test_a_folder_that_the_revision_does_not_have_is_refused(repo, git):
    (repo / "newer").mkdir()
    with pytest.raises(RevisionRefused, match="the revision has no folder newer"), revision_tree(repo / "newer", "v1"):
        pass
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1


def test_outside_of_a_repository_there_are_no_revisions_and_nothing_is_uncommitted(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(RevisionRefused, match="not a git repository"), revision_tree(tmp_path, "HEAD"):
        pass
    assert uncommitted(tmp_path) == ()


def test_without_git_that_is_said(repo, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RevisionRefused, match="git is not installed"), revision_tree(repo, "v1"):
        pass
