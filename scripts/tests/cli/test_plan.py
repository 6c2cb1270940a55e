"""``cutover plan``: where the plan goes, what it shows, and that its names may be edited."""

import ast
import json

import pytest


def test_the_plan_goes_to_standard_output_when_that_is_piped(cutover, gateway, tree):
    before = tree(gateway)
    ran = cutover("plan", "app", cwd=gateway)
    assert (ran.code, ran.err) == (0, "")
    assert ran.data["format"] == "cutover-plan"
    assert tree(gateway) == before


def test_a_terminal_gets_the_view_and_not_the_json(on_a_terminal, gateway):
    ran = on_a_terminal("plan", "app", cwd=gateway)
    assert ran.code == 0, ran
    assert "app/desk.py" in ran.out
    assert "1 site gets its registry arm" in ran.out
    assert "cutover-plan" not in ran.out


def test_output_writes_the_plan_and_shows_what_it_does(cutover, gateway, tree):
    before = tree(gateway)
    ran = cutover("plan", "app", "-o", "plan.json", cwd=gateway)
    assert ran.code == 0
    assert ran.out.endswith("written to plan.json; next: cutover apply plan.json\n")
    assert tree(gateway).keys() - before.keys() == {"plan.json"}
    assert json.loads((gateway / "plan.json").read_text()) == cutover("plan", "app", cwd=gateway).data


def test_a_plan_has_everything_that_will_be_written(cutover, gateway):
    plan = cutover("plan", "app", cwd=gateway).data
    assert list(plan["edits"]) == ["app/desk.py"]
    assert len(plan["generated"]) == 3
    assert [site["id"] for site in plan["sites"]] == ["app.desk.answer.1"]
    for path, lines in plan["generated"].items():
        ast.parse("\n".join(lines), path)


def test_diff_shows_the_edit_and_no_json(cutover, gateway):
    ran = cutover("plan", "app", "--diff", cwd=gateway)
    assert ran.code == 0
    assert "+    if use_registry(ANSWER, vendor):" in ran.out
    assert "-    if vendor ==" in ran.out
    assert "cutover-plan" not in ran.out


def test_edited_names_of_sites_and_columns_reach_the_tree(cutover, gateway):
    cutover("plan", "app", "-o", "plan.json", cwd=gateway)
    plan = json.loads((gateway / "plan.json").read_text())
    (column,) = plan["names"]["columns"]
    plan["names"] = {"sites": {"app.desk.answer.1": "help_desk"}, "columns": {column: "put_question"}}
    (gateway / "plan.json").write_text(json.dumps(plan))
    assert cutover("apply", "plan.json", cwd=gateway).code == 0
    desk = (gateway / "app" / "desk.py").read_text()
    assert "if use_registry(HELP_DESK, vendor):" in desk
    assert "provider_config.put_question(" in desk
    assert cutover("verify", cwd=gateway).code == 0
    assert cutover("finish", cwd=gateway).code == 0
    assert "provider_config.put_question(" in (gateway / "app" / "desk.py").read_text()


def test_a_name_that_is_none_is_refused(cutover, gateway, tree):
    cutover("plan", "app", "-o", "plan.json", cwd=gateway)
    plan = json.loads((gateway / "plan.json").read_text())
    plan["names"]["sites"]["app.desk.answer.1"] = "help desk"
    (gateway / "plan.json").write_text(json.dumps(plan))
    before = tree(gateway)
    said = cutover("apply", "plan.json", cwd=gateway).refused()
    assert "help desk" in said
    assert said.endswith(": not a name for a site; use letters, digits and underscores")
    assert tree(gateway) == before


def test_folders_of_the_generated_files_can_be_chosen(cutover, gateway):
    plan = cutover("plan", "app", "--services", "app/core", "--config", "app/settings", cwd=gateway).data
    assert sorted(plan["generated"]) == [
        "app/core/provider_loader.py", "app/core/provider_registry.py", "app/settings/providers.py",
    ]  # fmt: skip


def test_a_file_that_was_not_read_is_told_beside_the_plan(cutover, gateway):
    (gateway / "app" / "broken.py").write_text("x = = 1\n")
    ran = cutover("plan", "app", cwd=gateway)
    assert ran.code == 0
    assert [site["id"] for site in ran.data["sites"]] == ["app.desk.answer.1"]
    assert "not read app/broken.py:1: invalid syntax" in ran.err


@pytest.mark.parametrize("state", ["applied", "finished"])
def test_a_plan_of_a_tree_that_is_done_is_empty(state, cutover, applied):
    if state == "finished":
        assert cutover("finish", cwd=applied).code == 0
    ran = cutover("plan", "app", "-o", "again.json", cwd=applied)
    assert ran.code == 0
    assert f"nothing new: a cutover is {state} here already (sites: 1)" in ran.err
    assert ran.out.startswith("an empty plan: there is nothing to apply\n")
    assert cutover("apply", "again.json", cwd=applied).out == (
        "nothing to do: the plan is empty: every site has its registry arm already\n"
    )


def test_another_root_may_be_named(cutover, gateway, tmp_path):
    plan = cutover("plan", gateway / "app", "--root", gateway, cwd=tmp_path).data
    assert plan["root"] == str(gateway)
    assert set(plan["sources"]) >= {"app/desk.py", "app/clients/alpha.py"}
