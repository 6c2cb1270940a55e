"""What users put into their own projects: the pre-commit hooks, and the workflow; their commands are run here."""

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOW = ROOT / "examples" / "ci" / "cutover.yml"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
KNOWN = {
    "id", "name", "description", "entry", "language", "additional_dependencies", "types", "files", "pass_filenames",
    "require_serial",
}  # fmt: skip


@pytest.fixture
def shell(shell_environment):
    """Run a line as a shell would, with `cutover` at hand."""

    def run(line, cwd):
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        return subprocess.run(
            ["bash", "-ec", line], cwd=cwd, env=shell_environment() | {"PATH": path}, text=True, capture_output=True,
            check=False,
        )  # fmt: skip

    return run


def workflow():
    """The workflow; YAML reads its key `on` as true."""
    found = yaml.safe_load(WORKFLOW.read_text())
    assert set(found) == {"name", True, "permissions", "env", "jobs"}
    return found


def steps(word):
    """The commands of the workflow that begin with a word."""
    found = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]
    return [line for line in found if line.startswith(word)]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_has_what_pre_commit_asks_for(hook):
    assert {"id", "name", "entry", "language"} <= set(hook) <= KNOWN
    assert hook["language"] == "python"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (extra,) = hook["additional_dependencies"]
    assert extra.removeprefix(".[").removesuffix("]") in extras


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_page_names_each_hook_and_no_other(hook):
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text()
    named = [line.split(": ")[1] for line in page.splitlines() if line.strip().startswith("- id: ")]
    assert named == [each["id"] for each in HOOKS]
    assert f"`{hook['id']}` is `{hook['entry']}`" in " ".join(page.split())


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        ("legacy", {"cutover-check": 1, "cutover-verify": 2}),
        ("applied", {"cutover-check": 0, "cutover-verify": 0}),
        ("finished", {"cutover-check": 0, "cutover-verify": 0}),
    ],
)
def test_the_hooks_pass_and_fail_as_they_should(state, codes, migrated, shell, tmp_path):
    root = migrated.copy("gateway", state, tmp_path / "gateway")
    assert {hook["id"]: shell(hook["entry"], root).returncode for hook in HOOKS} == codes


def test_the_verify_hook_fails_once_an_arm_was_edited(migrated, shell, tmp_path):
    root = migrated.copy("gateway", "applied", tmp_path / "gateway")
    desk = root / "app" / "desk.py"
    desk.write_text(desk.read_text().replace("ask_beta(question, **options)", "ask_beta(question)"))
    assert shell("cutover verify", root).returncode == 1


def test_the_workflow_asks_for_no_more_rights_than_the_upload_needs():
    assert workflow()["permissions"] == {"contents": "read", "security-events": "write"}


def test_the_workflow_s_actions_are_pinned_to_a_release():
    uses = [step["uses"] for job in workflow()["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all("@v" in each for each in uses)


def test_the_workflow_writes_what_its_other_steps_read(migrated, shell, tmp_path):
    root = migrated.copy("gateway", "legacy", tmp_path / "gateway")
    (report, check, _verify) = steps("cutover ")
    assert shell(report, root).returncode == 0
    read = [step["with"] for job in workflow()["jobs"].values() for step in job["steps"] if "with" in step]
    assert (root / next(each["sarif_file"] for each in read if "sarif_file" in each)).is_file()
    assert (root / next(each["path"] for each in read if "path" in each)).is_file()
    failed = shell(check, root)
    assert (failed.returncode, failed.stderr.splitlines()[0]) == (1, "check: 1 left that `cutover plan` would rewrite:")


def test_the_workflow_passes_on_a_migrated_tree(migrated, shell, tmp_path):
    root = migrated.copy("gateway", "applied", tmp_path / "gateway")
    assert [shell(line, root).returncode for line in steps("cutover ")] == [0, 0, 0]


def test_what_the_workflow_installs_has_the_command():
    (line,) = steps("python -m pip")
    assert shlex.split(line)[-1] == "$CUTOVER"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert workflow()["env"]["CUTOVER"] == "provider-cutover[cli]"
    assert any(each.startswith("click") for each in extras["cli"])
