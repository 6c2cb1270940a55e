"""The command itself: its menu, exit codes, completion, and what it says when something is missing or broken."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cutover_cli import _said_errors

COMMANDS = [
    "scan",
    "plan",
    "apply",
    "verify",
    "finish",
    "undo",
    "record",
    "recording",
    "replay",
    "coverage",
    "fuzz",
    "switch",
    "rollout",
    "providers",
    "run",
    "telemetry",
    "compare",
    "top",
    "dashboard",
    "report",
    "demo",
    "completion",
]
HIDING = """
import importlib.abc
import sys

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

hidden = sys.argv.pop(1)
sys.meta_path.insert(0, Hidden())
from cutover_cli.__main__ import main
main()
"""
BROKEN = """
import sys
import cutover_cli._choices as commands

def broken(*arguments, **options):
    raise ZeroDivisionError("a bug")

commands.scan_paths = broken
from cutover_cli.__main__ import main
main()
"""


@pytest.fixture
def python(shell_environment, tmp_path):
    """Run this Python with arguments in a process of its own."""

    def run(*argv, env=None, **options):
        return subprocess.run(
            [sys.executable, *map(str, argv)], cwd=tmp_path, env=shell_environment() | (env or {}),
            text=True, capture_output=True, timeout=120, check=False, **options,
        )  # fmt: skip

    return run


def test_the_module_and_the_console_script_are_the_same_command(python, cutover, gateway, shell_environment):
    script = Path(sys.executable).with_name("cutover")
    by_script = subprocess.run(
        [script, "scan", "app"], cwd=gateway, env=shell_environment(), text=True, capture_output=True, check=True
    )
    by_module = python("-m", "cutover_cli", "scan", gateway / "app")
    assert by_module.returncode == 0
    assert by_module.stdout == by_script.stdout == cutover("scan", "app", cwd=gateway).out


def test_the_menu_lists_every_command_in_the_order_of_the_journey(cutover):
    for asked in (["--help"], ["-h"]):
        ran = cutover(*asked)
        assert ran.code == 0
        assert [
            line.split()[0] for line in ran.out.partition("Commands:\n")[2].splitlines() if line.startswith("  ")
        ] == COMMANDS
        assert "0 fine, 1 a finding, 2 usage or unusable input, 3 internal" in " ".join(ran.out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, cutover):
    ran = cutover(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: cutover {command} ")


def test_the_version_is_that_of_the_distribution(cutover):
    assert cutover("--version").out == f"cutover, version {version('provider-cutover')}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["migrate"], "Error: No such command 'migrate'."),
        (["scan", "--fast"], "Error: No such option '--fast'."),
        (["apply"], "Error: Missing argument 'PLAN'."),
        (["switch", "sideways"], "Error: No such command 'sideways'."),
        (["record", "app.main:app"], "Error: Missing option '--output' / '-o'."),
        (["replay", "--app", "app.main:app"], "Error: Missing argument 'RECORDINGS...'."),
        (["replay", "t.jsonl", "--app", "app.main:app", "--arm", "left"], "Error: Invalid value for '--arm': 'left' is "
         "not one of 'registry', 'legacy', 'free'."),
        (["replay", "t.jsonl", "--app", "a:b", "--depth", "deep"], "Error: Invalid value for '--depth': "),
        (["record", "app.main:app", "-o", "t.jsonl", "--port", "99999"], "Error: Invalid value for '--port': "),
        (["completion", "tcsh"], "Error: Invalid value for '{bash|zsh|fish}': 'tcsh' is not one of "),
    ],
)  # fmt: skip
def test_wrong_usage_has_exit_code_2_and_says_what_is_wrong(argv, said, cutover, tmp_path):
    ran = cutover(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o nosort -F"), ("zsh", "#compdef cutover"), ("fish", "complete --no-files")]
)
def test_completion_prints_a_script(shell, mark, cutover):
    ran = cutover("completion", shell)
    assert ran.code == 0
    assert mark in ran.out
    assert "_CUTOVER_COMPLETE" in ran.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_that_is_there_accepts_its_script(shell, cutover):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = cutover("completion", shell).out
    checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(("typed", "offered"), [("cutover sw", "switch"), ("cutover switch st", "status")])
def test_bash_is_offered_commands(typed, offered, cutover):
    words = {"_CUTOVER_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert cutover(env=words).out.split() == [f"plain,{offered}"]


@pytest.mark.parametrize(
    ("hidden", "argv"),
    [
        ("click", ["--version"]),
        ("rich", ["--version"]),
        ("libcst", ["scan", "."]),
        ("httpx", ["replay", "traffic.jsonl", "--app", "a:b"]),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(hidden, argv, python):
    ran = python("-c", HIDING, hidden, *argv)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"cutover needs {hidden}; install it with: pip install 'provider-cutover[all]'\n"


def test_a_command_does_without_what_only_others_need(python):
    ran = python("-c", HIDING, "httpx", "scan", "nowhere")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("cutover: nowhere: ")


def test_a_bug_has_an_exit_code_of_its_own(python):
    ran = python("-c", BROKEN, "scan", ".")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert ran.stderr.endswith(
        "cutover: internal error: ZeroDivisionError: a bug; please report it with the lines above\n"
    )


def test_a_reader_that_goes_away_is_no_error(migrated, tmp_path, shell_environment):
    root = migrated.copy("legacy_gateway", "legacy", tmp_path / "g")
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "cutover_cli", "scan", "--json"], cwd=root, env=shell_environment(),
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_terminal_that_lacks_characters_gets_escapes(python, applied, shell_environment):
    desk = applied / "app" / "desk.py"
    desk.write_text(desk.read_text().replace(".ask(question, **options)", ".ask(question)"))
    ran = python("-m", "cutover_cli", "verify", "--root", applied, env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 1
    assert r"\u2717 app/desk.py:8: site 'answer'" in ran.stdout


def test_an_interrupted_command_says_so(shell_environment, gateway, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "scan", "app"], cwd=gateway, env=shell_environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout.readline() == "under way\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (2, "")
    assert err.strip() == "cutover: interrupted; nothing more was done"


SLOW = """
import signal
import time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands on that it is ignored
import cutover_cli._choices as commands

def slow(*arguments, **options):
    print("under way", flush=True)
    time.sleep(60)

commands.scan_paths = slow
from cutover_cli.__main__ import main
main()
"""


def test_every_error_that_is_told_in_a_line_is_there():
    for names in (_said_errors.UNUSABLE, _said_errors.FINDINGS):
        for module, kinds in names.items():
            found = importlib.import_module(module)
            assert all(issubclass(getattr(found, kind), Exception) for kind in kinds)
