"""`scan` and `plan` in other forms: SARIF, one HTML page, a patch; `--show`, `--code`, `--check` against a baseline."""

import json
import subprocess

import pytest

PAINT = """

def paint(colours):
    if colours.pop() == "red":
        return ask_alpha(1)
    elif colours.pop() == "green":
        return ask_beta(2)
    elif colours.pop() == "blue":
        return ask_gamma(3)
    elif colours.pop() == "grey":
        return ask_delta(4)
"""


@pytest.fixture
def painted(gateway):
    """The small gateway with a refused chain more."""
    with (gateway / "app" / "desk.py").open("a") as desk:
        desk.write(PAINT)
    return gateway


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_reports_are_written_beside_what_is_shown(command, cutover, painted, tree):
    before = tree(painted)
    plain = cutover(command, "app", cwd=painted)
    ran = cutover(command, "app", "--sarif", "r.sarif", "--html", "r.html", cwd=painted)
    assert (ran.code, ran.out) == (plain.code, plain.out)
    assert tree(painted).keys() - before.keys() == {"r.sarif", "r.html"}
    rules = {result["ruleId"] for result in json.loads((painted / "r.sarif").read_text())["runs"][0]["results"]}
    assert rules == {"template", "computed-subject"}
    page = (painted / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<title>Provider dispatch in gateway</title>" in page
    assert "ANSWER.resolve(vendor)" in page


def test_a_report_may_go_to_standard_output_alone(cutover, painted):
    ran = cutover("scan", "--sarif", "-", cwd=painted)
    assert ran.data["version"] == "2.1.0"
    assert cutover("scan", "--html", "-", cwd=painted).out.startswith("<!doctype html>")


def test_a_report_that_cannot_be_written_is_refused(cutover, painted):
    said = cutover("scan", "--sarif", "no/such/folder/r.sarif", cwd=painted).refused()
    assert said.startswith("no/such/folder/r.sarif: cannot be written (")


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_a_diff_is_a_patch_that_gives_what_apply_gives(command, cutover, gateway, migrated, tmp_path):
    applied = migrated.copy("gateway", "applied", tmp_path / "wanted")
    patch = tmp_path / "changes.patch"
    patch.write_text(cutover(command, "app", "--diff", cwd=gateway).out)
    subprocess.run(["git", "apply", str(patch)], cwd=gateway, check=True)
    for path in gateway.rglob("*.py"):
        assert path.read_bytes() == (applied / path.relative_to(gateway)).read_bytes(), path
    assert len(list(gateway.rglob("*.py"))) == len(list(applied.rglob("*.py"))) - len(
        list((applied / ".cutover").rglob("*.py"))
    )


def test_a_diff_of_the_finished_stage_gives_what_finish_gives(cutover, gateway, migrated, tmp_path):
    finished = migrated.copy("gateway", "finished", tmp_path / "wanted")
    patch = tmp_path / "changes.patch"
    patch.write_text(cutover("plan", "app", "--diff", "--stage", "finished", cwd=gateway).out)
    subprocess.run(["patch", "-p1", "-s", "-i", str(patch)], cwd=gateway, check=True)
    assert (gateway / "app/desk.py").read_bytes() == (finished / "app/desk.py").read_bytes()


def test_a_diff_of_a_migrated_tree_is_empty(cutover, applied):
    ran = cutover("plan", "app", "--diff", cwd=applied)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "nothing new: a cutover is applied here already (sites: 1)\n"


def test_a_terminal_gets_the_diff_in_its_width(on_a_terminal, gateway):
    ran = on_a_terminal("scan", "--diff", cwd=gateway)
    assert "+    if use_registry(ANSWER, vendor):" in ran.out


def test_a_site_is_shown_whole_with_its_reason_and_what_unlocks_it(cutover, painted):
    ran = cutover("scan", "--show", "paint.1", cwd=painted)
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert lines[0] == "app.desk.paint.1  app/desk.py:22-29  refuse"
    assert "  unlock: assign the subject to a name before the chain" in "\n".join(lines)
    assert [line.strip() for line in lines if "❱" in line] == ['❱ 22 if colours.pop() == "red":']
    assert any(line.endswith("29     return ask_delta(4)") for line in lines)
    assert "found =" not in ran.out


def test_several_sites_are_shown_one_after_the_other(cutover, painted):
    ran = cutover("scan", "--show", "app.desk.paint.1", "--show", "answer.1", cwd=painted)
    assert [line.split()[0] for line in ran.out.splitlines() if line.startswith("app.desk.")] == [
        "app.desk.paint.1", "app.desk.answer.1",
    ]  # fmt: skip


def test_code_shows_the_deciding_lines_of_every_site(cutover, painted):
    out = cutover("scan", "--code", cwd=painted).out
    assert '8 if vendor == "alpha":' in out
    assert '❱ 22 if colours.pop() == "red":' in out
    assert "ask_delta(4)" not in out
    assert "2 found = 1 template + 0 lift + 0 partial + 1 refused, 0 unaccounted" in out


def test_plan_shows_what_a_site_becomes(cutover, painted):
    out = cutover("plan", "app", "--show", "answer.1", cwd=painted).out
    assert "app.desk.answer.1  app/desk.py, now:" in out
    assert "❱" in out.partition("after finish:\n")[2]
    assert "provider_config = ANSWER.resolve(vendor)" in out
    assert "2 found = 1 template" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("app.desk.anwser.1", "app.desk.anwser.1: no site has this id; did you mean 'app.desk.answer.1'?"),
        ("zzz", "zzz: no site has this id; there are app.desk.answer.1, app.desk.paint.1"),
    ],
)
@pytest.mark.parametrize("option", ["--show", "--exclude"])
def test_a_site_that_is_not_there_is_refused_with_the_nearest(option, name, said, cutover, painted):
    assert cutover("scan", option, name, cwd=painted).refused() == said


def test_a_short_name_of_two_sites_is_refused(cutover, painted):
    (painted / "app" / "more.py").write_text((painted / "app" / "desk.py").read_text())
    said = cutover("scan", "--show", "answer.1", cwd=painted).refused()
    assert said == (
        "answer.1: more than one site is called that: app.desk.answer.1, app.more.answer.1; name one by its whole id"
    )


def test_an_excluded_site_is_told_and_not_planned(cutover, gateway):
    ran = cutover("scan", "--exclude", "answer.1", cwd=gateway, width=120)
    assert ran.out.splitlines()[1].endswith("template  excluded")
    said = cutover("plan", "--exclude", "answer.1", cwd=gateway).refused()
    assert said.startswith("no dispatch can be rewritten: app.desk.answer.1")
    page = cutover("scan", "--exclude", "answer.1", "--html", "-", cwd=gateway).out
    assert "excluded by the options or the project&#x27;s settings" in page


def test_check_says_what_is_left(cutover, painted):
    ran = cutover("scan", "--check", cwd=painted)
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "check: 1 left that `cutover plan` would rewrite:", "  app/desk.py:8: app.desk.answer.1 (template)",
    ]  # fmt: skip


def test_check_does_not_count_what_is_excluded_or_known(cutover, painted):
    assert cutover("scan", "--check", "--exclude", "answer.1", cwd=painted).code == 0
    assert cutover("scan", "--sarif", "known.sarif", cwd=painted).code == 0
    assert cutover("scan", "--check", "--baseline", "known.sarif", cwd=painted).code == 0


def test_check_counts_what_is_new_against_the_baseline(cutover, painted):
    cutover("scan", "--sarif", "known.sarif", cwd=painted)
    desk = painted / "app" / "desk.py"
    body = desk.read_text()
    desk.write_text("# a line above\n" + body + body[body.index("def answer") : body.index("def paint")].replace(
        "def answer", "\n\ndef reply"))  # fmt: skip
    ran = cutover("scan", "--check", "--baseline", "known.sarif", cwd=painted)
    assert ran.code == 1
    assert [line.split()[1] for line in ran.err.splitlines()[1:]] == ["app.desk.reply.1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such baseline; make one with `cutover scan --sarif known.sarif`"),
        ("{", "not a baseline ("),
        ("[]", "not a baseline, as it is no SARIF log; "),
        ('{"runs": [{}]}', "not a baseline, as it is no SARIF log; "),
    ],
)
def test_a_baseline_that_is_none_is_refused(text, said, cutover, gateway):
    if text is not None:
        (gateway / "known.sarif").write_text(text)
    found = cutover("scan", "--check", "--baseline", "known.sarif", cwd=gateway).refused()
    assert found.startswith(f"known.sarif: {said}")


def test_check_leaves_unsafe_sites_to_those_who_allow_them(cutover, gateway):
    desk = gateway / "app" / "desk.py"
    desk.write_text(desk.read_text().replace("vendor ==", 'options["vendor"] =='))
    sites = cutover("scan", "--json", cwd=gateway).data["sites"]
    assert [(site["decision"], site["level"]) for site in sites] == [("template", "unsafe")]
    assert cutover("scan", "--check", cwd=gateway).code == 0
    assert cutover("scan", "--check", "--unsafe", cwd=gateway).code == 1


def test_names_with_control_characters_reach_no_terminal(cutover, gateway):
    (gateway / "app" / "de\x1b[31msk.py").write_text((gateway / "app" / "desk.py").read_text())
    out = cutover("scan", "--code", cwd=gateway).out
    assert "\x1b" not in out
    assert "de⟨U+001B⟩[31msk.py" in out


@pytest.mark.parametrize(
    "flag", ["--sarif", "--html", "--diff", "--show", "--code", "--check", "--baseline", "--exclude"]
)
def test_completion_knows_the_flags(flag, cutover):
    words = {"_CUTOVER_COMPLETE": "bash_complete", "COMP_WORDS": f"cutover scan {flag}", "COMP_CWORD": "2"}
    assert f"plain,{flag}" in cutover(env=words).out.split()


def test_completion_offers_the_sites_that_can_be_undone(cutover, applied):
    words = {"_CUTOVER_COMPLETE": "bash_complete", "COMP_WORDS": "cutover undo a", "COMP_CWORD": "2"}
    assert cutover(env=words, cwd=applied).out.split() == ["plain,answer"]


def test_completion_offers_nothing_where_nothing_is_applied(cutover, gateway):
    words = {"_CUTOVER_COMPLETE": "bash_complete", "COMP_WORDS": "cutover undo a", "COMP_CWORD": "2"}
    ran = cutover(env=words, cwd=gateway)
    assert (ran.out.split(), ran.err) == ([], "")
