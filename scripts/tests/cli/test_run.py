"""``run``: the command takes cutover's place, with its own exit code, and what it did is in the store."""

import json
import os
import subprocess
import sys

import pytest

from cutover_rollout.shadow import FOLDER, Budgets
from cutover_telemetry.store import Store

CALLS = """
import json
import sys
from cutover_registry import ProviderRegistry

CHAT = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": ["make_request"]}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"], "slots": {"make_request": "json:dumps"}}},
}).site("chat")
print(CHAT.resolve("near").make_request([1]))
sys.exit(7)
"""


@pytest.fixture
def run(shell_environment, tmp_path):
    def run(*arguments):
        environment = shell_environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return subprocess.run(
            [sys.executable, "-m", "cutover_cli", "run", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    return run


def test_the_commands_exit_code_and_output_are_its_own_and_its_calls_are_stored(run, tmp_path):
    ran = run("--", sys.executable, "-c", CALLS)
    assert (ran.returncode, ran.stdout) == (7, "[1]\n")
    account = Store.of(tmp_path / ".cutover" / "telemetry.db").query.account()
    assert (account.attempts, account.routes) == (1, 0)


def test_a_line_for_each_span_and_no_store_where_that_is_asked(run, tmp_path):
    ran = run("--no-store", "--console", "--", sys.executable, "-c", CALLS)
    assert ran.stdout.splitlines()[0].startswith("chat  ")
    assert "registry near" in ran.stdout
    assert not (tmp_path / ".cutover").exists()


def test_options_behind_the_command_are_the_commands(run, tmp_path):
    ran = run("--store", "kept.db", "--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--console", "-h")
    assert ran.stdout == "['--console', '-h']\n"


def test_a_command_that_is_not_there_is_bad_usage(run):
    ran = run("--", "no-such-command-here")
    assert ran.returncode == 2
    assert "cannot run no-such-command-here: No such file or directory" in ran.stderr


def test_no_command_is_bad_usage(run):
    assert run().returncode == 2


def test_an_unknown_dialect_is_bad_usage(run):
    assert run("--dialect", "v0", "--", "true").returncode == 2


def test_a_shadow_is_asked_for_in_words_that_it_takes(run, tmp_path):
    told = [sys.executable, "-c", "import os; print(os.environ.get('CUTOVER_SHADOW'), os.environ.get('CUTOVER_WRAP'))"]
    for form, asked in (("http", ["--shadow"]), ("call", ["--shadow", "call", "--shadow-sample", "0.5"])):
        said, _, attached = run(*asked, "--", *told).stdout.rstrip("\n").rpartition(" ")
        assert attached == "cutover_rollout.shadow.attach"
        shadow = json.loads(said)
        assert shadow["folder"] == str(tmp_path / FOLDER)
        assert Budgets(**shadow["budgets"]) == Budgets(form=form, sample=0.5 if form == "call" else 1.0)
    assert run("--", *told).stdout == "None None\n"


def test_neither_this_nor_what_shows_the_store_loads_the_rooms_of_the_shadow():
    commands = ("_run_command", "_telemetry_commands", "_top_command", "_report_command")
    program = (
        f"import sys\nfor name in {commands}: __import__('cutover_cli.' + name)\n"
        "print(sorted({'cutover_parity', 'cutover_migrate', 'cutover_rollout'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
