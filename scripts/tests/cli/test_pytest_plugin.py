"""The pytest plugin in suites of its own, and the parity suite of this repository, each in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cutover_parity import Answer, RecordingWriter, Request, Route

APP = "deskrelay.app:app"
SUITE = Path(__file__).parents[3] / "parity_tests"
PLUGIN = "cutover_cli.pytest_plugin"
TICKET = {"number": "T-1", "question": "Where?", "tone": "brief", "vendor": "groq"}
OWN = f"""
def test_a_draft(parity):
    assert parity("POST", "/drafts", json={TICKET!r}).calls[0] == "groq_compose"


def test_recorded(parity, parity_cases):
    parity.check_all(parity_cases)
"""


@pytest.fixture(scope="module")
def desk(migrated, tmp_path_factory):
    """A migrated desk, one recorded route, and the same desk with a wrong vendor in its registry arm."""
    folder = tmp_path_factory.mktemp("plugin")
    root = migrated.copy("relay_desk", "applied", folder / "desk")
    with RecordingWriter(folder / "traffic.jsonl") as writer:
        body = json.dumps(TICKET).encode()
        writer.write(Route("1", Request("POST", "/drafts", (("content-type", "application/json"),), body), Answer(200)))
    wrong = migrated.copy("relay_desk", "applied", folder / "wrong")
    site = wrong / "deskrelay" / "web" / "completion.py"
    source = site.read_text()
    old = next(line for line in source.splitlines() if ".resolve(" in line)
    site.write_text(source.replace(old, old.replace(".resolve(", '.resolve("mistral" or ', 1), 1))
    return root, wrong, folder / "traffic.jsonl"


@pytest.fixture
def suite(shell_environment, tmp_path):
    """Run pytest in a folder with arguments."""

    def run(*arguments, cwd=tmp_path):
        loaded = [] if "-p" in arguments else ["-p", PLUGIN]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *loaded, *map(str, arguments)]
        return subprocess.run(
            command, cwd=cwd, env=shell_environment(), capture_output=True, text=True, check=False, timeout=240
        )

    return run


def test_a_users_own_suite_asks_both_arms_and_names_the_arms_in_its_settings(suite, desk, tmp_path):
    root, _, traffic = desk
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nparity_app = {APP}\nparity_root = {root}\n")
    (tmp_path / "test_own.py").write_text(OWN)
    ran = suite(f"--recordings={traffic}", "--only-recorded")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_a_request_with_which_the_arms_differ_fails_readably(suite, desk, tmp_path):
    root, wrong, _ = desk
    (tmp_path / "test_own.py").write_text(OWN.partition("\n\n\ndef")[0])
    ran = suite(f"--parity-app={APP}", f"--legacy={root}", f"--registry={wrong}")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "ArmsDiffer: the arms differ: asked 1: POST /drafts" in ran.stdout
    assert "  differs   calls[0].function: legacy 'groq" in ran.stdout


def test_the_parity_suite_has_a_test_for_each_recorded_route_and_each_group_in_several_processes(suite, desk, tmp_path):
    root, wrong, traffic = desk
    report = tmp_path / "junit.xml"
    ran = suite(
        SUITE / "test_parity.py", f"--recordings={traffic}", f"--parity-app={APP}", f"--legacy={root}",
        f"--registry={wrong}", "-n", "2", "--junit-xml", report, cwd=SUITE.parent,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    tests = ElementTree.parse(report).getroot().findall(".//testcase")
    names = [test.get("name") for test in tests]
    assert "test_both_arms_do_the_same[recorded 1: POST /drafts]" in names
    assert len(names) > 20
    failed = [test.get("name") for test in tests if test.find("failure") is not None]
    assert any("groq" in name for name in failed)
    assert not any("mistral" in name for name in failed)


def test_without_traffic_the_parity_suite_is_left_out_and_the_run_says_so(suite):
    ran = suite(SUITE, f"--ignore={SUITE / 'tests'}", "-v", cwd=SUITE.parent)
    assert "parity suite: left out, no --recordings" in ran.stdout
    assert "collected 0 items" in ran.stdout
    assert "skipped" not in ran.stdout


@pytest.mark.parametrize(
    ("test", "options", "said"),
    [
        ("def test_it(parity):\n    pass\n", (), "no application to compare: name it with --parity-app"),
        ("def test_it(parity_cases):\n    pass\n", (f"--parity-app={APP}",), "parity_cases needs recorded traffic"),
    ],
)
def test_what_is_missing_is_said_with_how_to_give_it(suite, desk, tmp_path, test, options, said):
    (tmp_path / "test_own.py").write_text(test)
    ran = suite(*options, *([f"--parity-root={desk[0]}"] if options else []))
    assert ran.returncode != 0
    assert said in ran.stdout + ran.stderr


def test_the_plugin_costs_a_suite_that_does_not_use_it_no_import(suite, tmp_path):
    unloaded = {"cutover_parity", "cutover_migrate", "hypothesis.strategies"}
    source = f"import sys\n\n\ndef test_it():\n    assert not {unloaded} & {{*sys.modules}}\n"
    (tmp_path / "test_own.py").write_text(source)
    ran = suite()
    assert ran.returncode == 0, ran.stdout + ran.stderr
