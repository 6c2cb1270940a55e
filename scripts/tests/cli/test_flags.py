"""Flags whose work is done elsewhere: `verify --execute`, `scan --jobs`, `--no-cache`, the bar while many are read."""

import json

import pytest


def test_execute_runs_both_programs_and_says_that_it_does(cutover, applied):
    ran = cutover("verify", "--execute", cwd=applied, width=200)
    assert ran.code == 0
    assert ran.err == "executing code of this project, in a sandbox: both programs of each site, among recorders\n"
    assert "no difference in " in ran.out
    assert "sandbox: " in ran.out
    assert "certified (applied), under: " in ran.out


def test_execute_gives_machines_its_report(cutover, applied):
    found = cutover("verify", "--execute", "--json", cwd=applied).data["execute"]
    assert (found["same"], found["differences"]) == (True, 0)
    assert found["pairs"] == found["reached"] > 0
    assert [site["site"] for site in found["sites"]] == ["answer"]


def test_execute_finds_an_arm_that_was_edited(cutover, applied):
    desk = applied / "app" / "desk.py"
    desk.write_text(desk.read_text().replace(".ask(question, **options)", ".ask(question)"))
    ran = cutover("verify", "--execute", cwd=applied, width=200)
    assert ran.code == 1
    assert "✗ app/desk.py: answer: at key " in ran.out
    assert " differences in " in ran.out


def test_nothing_is_executed_unless_it_is_asked_for(cutover, applied):
    ran = cutover("verify", cwd=applied)
    assert ran.err == ""
    assert "execute" not in cutover("verify", "--json", cwd=applied).data


@pytest.mark.parametrize("flags", [["--jobs", "1"], ["-j", "2"], ["--no-cache"], ["--cache", "--jobs", "2"]])
def test_however_it_is_scanned_the_answer_is_the_same(flags, cutover, migrated, tmp_path):
    root = migrated.copy("legacy_gateway", "legacy", tmp_path / "g")
    assert cutover("scan", "src", "--json", *flags, cwd=root).data == cutover("scan", "src", "--json", cwd=root).data


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_number_of_processes_that_is_none_is_refused(count, cutover, gateway):
    ran = cutover("scan", "--jobs", count, cwd=gateway)
    assert ran.code == 2
    assert "Invalid value for '--jobs'" in ran.err


def test_many_files_have_a_bar_on_a_terminal_and_none_in_a_pipe(cutover, on_a_terminal, gateway):
    for number in range(210):
        (gateway / "app" / f"more_{number}.py").write_text(f"x = {number}\n")
    shown = on_a_terminal("scan", "--no-cache", cwd=gateway, env={"TERM": "xterm"})
    assert "scanning" in shown.out
    assert "217 files read" in shown.out
    piped = cutover("scan", "--no-cache", cwd=gateway)
    assert (piped.code, piped.err) == (0, "")
    assert json.loads(cutover("scan", "--no-cache", "--json", cwd=gateway).out)["files"] == 217


def test_few_files_have_no_bar(on_a_terminal, gateway):
    assert "scanning" not in on_a_terminal("scan", cwd=gateway, env={"TERM": "xterm"}).out
