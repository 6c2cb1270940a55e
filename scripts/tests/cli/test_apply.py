"""``apply``, ``verify``, ``finish``, ``undo`` by the command: what they say, what they leave, and the way back."""

import difflib
import json
import re
import shutil
import subprocess
import sys

import pytest

ASK = """
import sys
from app.desk import answer
for vendor in sys.argv[1:]:
    try:
        print(answer(vendor, "Where?", tone="brief"))
    except LookupError as error:
        print(error)
"""


@pytest.fixture
def ask(shell_environment):
    """Ask each provider of a small gateway, in a process of its own."""

    def ask(root, arm=""):
        names = ["alpha", "beta", "gamma", "delta", "nobody"]
        return subprocess.run(
            [sys.executable, "-c", ASK, *names], cwd=root, env=shell_environment() | {"CUTOVER_ARM": arm},
            text=True, capture_output=True, check=True,
        ).stdout  # fmt: skip

    return ask


def planned(cutover, root):
    assert cutover("plan", "app", "-o", root.parent / "plan.json", cwd=root).code == 0
    return root.parent / "plan.json"


def test_apply_says_what_it_wrote_and_what_to_do_next(cutover, gateway, tree):
    before = tree(gateway)
    ran = cutover("apply", planned(cutover, gateway), cwd=gateway, width=200)
    assert (ran.code, ran.err) == (0, "")
    assert "edited  app/desk.py\n" in ran.out
    assert "dependency: provider-cutover added to requirements.txt\n" in ran.out
    assert "certified: 1 site, 10 keys, the same program in both arms\n" in ran.out
    assert f"cutover switch on --root {gateway}" in ran.out
    created = [line.split()[1] for line in ran.out.splitlines() if line.startswith("created")]
    new = {path for path, held in tree(gateway).items() if held and path not in before and ".cutover" not in path}
    assert set(created) == new


def test_apply_gives_machines_the_same(cutover, gateway):
    done = cutover("apply", planned(cutover, gateway), "--json", cwd=gateway).data
    assert done["outcome"] == "applied"
    assert done["certified"] is True
    assert done["written"] == ["app/desk.py", "requirements.txt"]
    assert done["sites"] == 1


def test_the_legacy_arm_keeps_every_byte(cutover, gateway):
    before = (gateway / "app" / "desk.py").read_text().splitlines()
    cutover("apply", planned(cutover, gateway), cwd=gateway)
    after = (gateway / "app" / "desk.py").read_text().splitlines()
    lost = [line[2:] for line in difflib.ndiff(before, after) if line.startswith("- ")]
    assert lost == ['    if vendor == "alpha":']
    assert '    elif vendor == "alpha":' in after


def test_every_stage_answers_alike(cutover, gateway, ask):
    legacy = ask(gateway)
    assert "nobody is called nobody" in legacy
    cutover("apply", planned(cutover, gateway), cwd=gateway)
    assert [ask(gateway), ask(gateway, "legacy"), ask(gateway, "registry")] == [legacy] * 3
    assert cutover("finish", cwd=gateway).code == 0
    assert ask(gateway) == legacy


def test_a_second_apply_changes_nothing(cutover, gateway, tree):
    plan = planned(cutover, gateway)
    cutover("apply", plan, cwd=gateway)
    before = tree(gateway)
    assert cutover("apply", plan, cwd=gateway).out == "nothing to do: this plan is applied already\n"
    assert cutover("apply", plan, "--json", cwd=gateway).data == {
        "outcome": "already_done", "reason": "this plan is applied already",
    }  # fmt: skip
    assert tree(gateway) == before


def test_apply_after_finish_changes_nothing(cutover, gateway, tree):
    plan = planned(cutover, gateway)
    cutover("apply", plan, cwd=gateway)
    cutover("finish", cwd=gateway)
    before = tree(gateway)
    assert cutover("apply", plan, cwd=gateway).out == "nothing to do: this plan is finished already\n"
    assert tree(gateway) == before


def test_the_dependency_file_can_be_left_alone(cutover, gateway):
    ran = cutover("apply", planned(cutover, gateway), "--no-dependency", cwd=gateway)
    assert "dependency: not asked for\n" in ran.out
    assert (gateway / "requirements.txt").read_text() == "httpx>=0.28\n"


def test_a_plan_applies_to_a_copy_of_its_tree_that_is_named(cutover, gateway, tmp_path, tree):
    plan = planned(cutover, gateway)
    copy = shutil.copytree(gateway, tmp_path / "copy")
    before = tree(gateway)
    assert cutover("apply", plan, "--root", copy).code == 0
    assert "use_registry" in (copy / "app" / "desk.py").read_text()
    assert tree(gateway) == before


def test_verify_certifies_what_apply_wrote(cutover, applied, tree):
    before = tree(applied)
    ran = cutover("verify", cwd=applied)
    assert ran.code == 0
    assert "answer  app/desk.py:8    10  same program\n" in ran.out
    assert "certified (applied), under: " in ran.out
    assert tree(applied) == before


def test_verify_gives_machines_the_same(cutover, applied):
    found = cutover("verify", "--json", cwd=applied).data
    assert (found["valid"], found["stage"], found["findings"]) == (True, "applied", [])
    assert found["sites"] == [{"site": "answer", "file": "app/desk.py", "line": 8, "keys": 10, "valid": True}]


def test_verify_writes_the_whole_certificate(cutover, applied, tmp_path):
    assert cutover("verify", "-o", tmp_path / "certificate.json", cwd=applied).code == 0
    assert json.loads((tmp_path / "certificate.json").read_text())["sites"]


def test_a_template_that_was_edited_by_hand_is_named_with_its_keys(cutover, applied):
    desk = applied / "app" / "desk.py"
    desk.write_text(desk.read_text().replace(".ask(question, **options)", ".ask(question)"))
    ran = cutover("verify", cwd=applied, width=200)
    assert ran.code == 1
    assert re.search(r"^answer  app/desk.py:8 +\d+  differs$", ran.out, re.MULTILINE)
    assert "not certified (applied), under: " in ran.out
    first = next(line for line in ran.out.splitlines() if line.startswith("✗"))
    assert "answer" in first
    assert "alpha" in first


def test_one_wrong_entry_of_the_table_is_named_with_its_key(cutover, migrated, tmp_path, generated):
    root = migrated.copy("relay_desk", "finished", tmp_path / "g")
    table = generated(root, "config")
    table.write_text(table.read_text().replace("vendors.groq", "vendors.mistral"))
    ran = cutover("verify", "--json", cwd=root)
    assert (ran.code, ran.data["valid"]) == (1, False)
    assert ran.data["findings"]
    assert all("'groq_" in finding for finding in ran.data["findings"])


def test_a_generated_file_that_was_edited_by_hand_is_named(cutover, applied, generated):
    registry = generated(applied, "registry")
    registry.write_text(registry.read_text() + "\nprint('more')\n")
    ran = cutover("verify", cwd=applied, width=200)
    assert ran.code == 1
    path = registry.relative_to(applied).as_posix()
    assert f"✗ {path}: edited by hand since it was generated, so what it does is not proved" in ran.out


def test_finish_refuses_what_is_not_certified(cutover, applied, tree):
    desk = applied / "app" / "desk.py"
    desk.write_text(desk.read_text().replace(".ask(question, **options)", ".ask(question)"))
    before = tree(applied)
    ran = cutover("finish", cwd=applied)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("cutover: what is on disk is not certified:\n")
    assert tree(applied) == before


def test_finish_takes_the_legacy_arm_out_and_is_certified(cutover, applied):
    ran = cutover("finish", cwd=applied, width=200)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "edited app/desk.py",
        "the legacy arm is gone, and what is left is certified; `cutover undo` still brings it back",
    ]
    desk = (applied / "app" / "desk.py").read_text()
    assert "elif" not in desk
    assert "ask_alpha" not in desk
    assert cutover("verify", "--json", cwd=applied).data["stage"] == "finished"


def test_a_second_finish_changes_nothing(cutover, applied, tree):
    assert cutover("finish", "--json", cwd=applied).data == {
        "outcome": "finished", "written": ["app/desk.py"], "certified": True,
    }  # fmt: skip
    before = tree(applied)
    assert cutover("finish", cwd=applied).out == "nothing to do: the legacy arm is gone already\n"
    assert cutover("finish", "--json", cwd=applied).data["outcome"] == "already_done"
    assert tree(applied) == before


@pytest.mark.parametrize("state", ["applied", "finished"])
@pytest.mark.parametrize("name", ["legacy_gateway", "relay_desk"])
def test_undo_restores_every_byte_of_an_example(name, state, cutover, migrated, tmp_path, tree):
    legacy = tree(migrated.copy(name, "legacy", tmp_path / "legacy"))
    root = migrated.copy(name, state, tmp_path / "g")
    assert tree(root) != legacy
    ran = cutover("undo", cwd=root)
    assert ran.code == 0
    assert ran.out.endswith("everything is as it was before apply\n")
    assert tree(root) == legacy


def test_undo_gives_machines_what_it_did(cutover, applied):
    done = cutover("undo", "--json", cwd=applied).data
    assert done["restored"] == ["app/desk.py", "requirements.txt"]
    assert len(done["removed"]) == 3
    assert done["merged"] == []


def test_undo_keeps_an_edit_that_was_made_since(cutover, applied):
    desk = applied / "app" / "desk.py"
    desk.write_text(desk.read_text() + "\n\ndef later():\n    return 1\n")
    ran = cutover("undo", cwd=applied)
    assert ran.code == 0
    assert "merged   app/desk.py (your later edits are kept)\n" in ran.out
    assert desk.read_text().endswith("\n\ndef later():\n    return 1\n")
    assert "use_registry" not in desk.read_text()


def test_undo_keeps_a_generated_file_that_was_edited_until_it_is_forced(cutover, applied, tree, generated):
    registry = generated(applied, "registry")
    registry.write_text(registry.read_text() + "\nMORE = 1\n")
    before = tree(applied)
    said = cutover("undo", cwd=applied).refused()
    assert said.startswith("undo would lose edits that were made since; nothing was written:\n")
    assert registry.relative_to(applied).as_posix() in said
    assert tree(applied) == before
    assert cutover("undo", "--force", cwd=applied).code == 0
    assert not registry.exists()


def test_the_round_trip_can_be_walked_again(cutover, applied, migrated, tree):
    before = tree(applied)
    assert cutover("undo", cwd=applied).code == 0
    assert cutover("apply", migrated.small_plan, "--root", applied).code == 0
    assert tree(applied) == before
