"""`cutover undo SITE` by the command: what it says, what machines get, and that killing it does no harm."""

import subprocess
import sys
import time

import pytest

SECOND = """

def question(vendor, text):
    if vendor == "alpha":
        return ask_alpha(text, second=True)
    elif vendor == "beta":
        return ask_beta(text, second=True)
    elif vendor == "gamma":
        return ask_gamma(text, second=True)
    return None
"""


@pytest.fixture
def legacy(gateway):
    """A small gateway with a second site."""
    with (gateway / "app" / "desk.py").open("a") as desk:
        desk.write(SECOND)
    return gateway


@pytest.fixture
def two(legacy, cutover):
    """The same with both arms."""
    plan = legacy.parent / "plan.json"
    assert cutover("plan", "app", "-o", plan, cwd=legacy).code == 0
    assert cutover("apply", plan, cwd=legacy).code == 0
    return legacy


def sources(tree, root):
    return {path: held for path, held in tree(root).items() if not path.startswith(".cutover")}


def test_it_says_what_is_back_and_what_is_left(cutover, two):
    ran = cutover("undo", "question", cwd=two)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "edited app/desk.py", "edited app/clients/providers.py", "back as before apply: question",
        "1 site left, and certified: answer",
    ]  # fmt: skip
    assert (two / "app" / "desk.py").read_text().endswith(SECOND)
    assert "use_registry(ANSWER, vendor)" in (two / "app" / "desk.py").read_text()


def test_machines_get_the_same(cutover, two):
    done = cutover("undo", "app.desk.question.1", "--json", cwd=two).data
    assert done == {
        "sites": ["question"], "left": ["answer"], "written": ["app/desk.py", "app/clients/providers.py"],
        "certified": True,
    }  # fmt: skip


def test_the_other_commands_go_on_from_there(cutover, two, legacy, tree, tmp_path):
    assert cutover("undo", "answer", cwd=two).code == 0
    assert cutover("verify", cwd=two).code == 0
    assert [site["site"] for site in cutover("verify", "--json", cwd=two).data["sites"]] == ["question"]
    assert list(cutover("switch", "status", "--json", cwd=two).data["sites"]) == ["question"]
    assert cutover("finish", cwd=two).code == 0
    assert "QUESTION.resolve(vendor)" in (two / "app" / "desk.py").read_text()
    assert "def answer" in (two / "app" / "desk.py").read_text()


def test_everything_is_still_taken_back_byte_for_byte(cutover, gateway, legacy, tree, tmp_path):
    before = tree(legacy)
    plan = tmp_path / "p.json"
    cutover("plan", "app", "-o", plan, cwd=legacy)
    cutover("apply", plan, cwd=legacy)
    cutover("undo", "answer", cwd=legacy)
    assert cutover("undo", cwd=legacy).code == 0
    assert tree(legacy) == before


def test_all_sites_by_name_are_everything(cutover, two, tree):
    ran = cutover("undo", "answer", "question", cwd=two)
    assert ran.out.endswith("everything is as it was before apply\n")
    assert not (two / ".cutover" / "journal.json").exists()


def test_a_site_that_is_not_there_is_refused_with_the_nearest(cutover, two, tree):
    before = tree(two)
    said = cutover("undo", "anwser", cwd=two).refused()
    assert said == (
        "anwser: no site of this cutover goes by that name; did you mean answer? there are answer, question"
    )
    assert tree(two) == before


def test_where_nothing_is_applied_there_is_nothing_to_undo(cutover, gateway):
    assert "nothing was applied here" in cutover("undo", "answer", cwd=gateway).refused()


@pytest.mark.parametrize("mark", ["txn/manifest.json", "txn/commit", "txn-done"])
def test_an_undo_of_a_site_that_is_killed_is_one_or_the_other(mark, cutover, two, tree, shell_environment):
    old = sources(tree, two)
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover_cli", "undo", "question"], cwd=two, env=shell_environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    give_up = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < give_up:
        if (two / ".cutover" / mark).exists():
            process.kill()
            break
        time.sleep(0.0002)
    process.wait()
    assert cutover("verify", cwd=two).code == 0
    found = sources(tree, two)
    if found == old:
        assert cutover("undo", "question", cwd=two).code == 0
    assert (two / "app" / "desk.py").read_text().endswith(SECOND)
    assert cutover("verify", cwd=two).code == 0
