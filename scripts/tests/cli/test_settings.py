"""`cutover.toml` and `[tool.cutover]`: the options of the command line, chosen once; what is typed wins."""

import pytest

from cutover_cli._settings import SETTINGS, read_settings
from cutover_cli._unusable import Unusable

OTHER = """

def paint(colour):
    if colour == "red":
        return ask_alpha(colour)
    elif colour == "green":
        return ask_beta(colour)
    elif colour == "blue":
        return ask_gamma(colour)
"""
VALUES = {
    "a list of texts": ['["a", "b"]', "[]"],
    "a text": ['"a"', '""'],
    "true or false": ["true", "false"],
    "a table": ["{sites = {a = 'b'}}", "{}"],
    "a table of a rollout": ["{state = 'sqlite:///a.db', store = ['b.db']}", "{}"],
    "a whole number": ["2", "1"],
}
WRONG = {
    "a list of texts": ['"a"', "[1]", "true"],
    "a text": ["1", '["a"]', "false"],
    "true or false": ["1", '"yes"', "[]"],
    "a table": ["[]", '"a"', "true"],
    "a table of a rollout": ["[]", '"a"', "true"],
    "a whole number": ["true", '"2"', "-1", "0", "1.5"],
}


def put(root, text, name="cutover.toml"):
    (root / name).write_text(text)
    return root


def decisions(ran):
    return [site["decision"] for site in ran.data["sites"]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cutover.toml", 'services = "app/core"\nconfig = "app/settings"\n'),
        ("pyproject.toml", '[tool.cutover]\nservices = "app/core"\nconfig = "app/settings"\n'),
    ],
)
def test_a_plan_heeds_the_settings_of_the_project_s_root(name, text, cutover, gateway):
    put(gateway, text, name)
    for here in (gateway, gateway / "app"):
        plan = cutover("plan", cwd=here).data
        assert sorted(plan["generated"]) == [
            "app/core/provider_loader.py", "app/core/provider_registry.py", "app/settings/providers.py",
        ]  # fmt: skip


def test_what_is_typed_wins(cutover, gateway):
    put(gateway, 'services = "app/core"\nconfig = "app/settings"\n')
    plan = cutover("plan", "--services", "app/typed", cwd=gateway).data
    assert sorted(plan["generated"])[0] == "app/settings/providers.py"
    assert "app/typed/provider_registry.py" in plan["generated"]


def test_a_flag_that_is_set_can_be_typed_off(cutover, gateway):
    put(gateway, "unsafe = true\n")
    assert cutover("plan", "app", cwd=gateway).data["options"]["unsafe"] is True
    assert cutover("plan", "app", "--no-unsafe", cwd=gateway).data["options"]["unsafe"] is False


def test_paths_are_those_of_the_settings_from_the_root(cutover, gateway):
    put(gateway, 'paths = ["app/clients"]\n')
    for here in (gateway, gateway / "app"):
        assert cutover("scan", "--json", cwd=here).data["files"] == 5
    assert cutover("scan", "--json", "app", cwd=gateway).data["files"] == 7


def test_sites_are_included_and_excluded_by_the_settings(cutover, gateway):
    with (gateway / "app" / "desk.py").open("a") as desk:
        desk.write(OTHER)
    put(gateway, 'include = ["app.desk.paint.1"]\n')
    assert decisions(cutover("scan", "--json", cwd=gateway)) == ["template", "template"]
    put(gateway, 'exclude = ["app.desk.answer.1"]\ninclude = ["app.desk.paint.1"]\n')
    assert [site["id"] for site in cutover("plan", "app", cwd=gateway).data["sites"]] == ["app.desk.paint.1"]


def test_sites_of_the_settings_that_are_not_in_the_typed_paths_do_not_matter(cutover, gateway):
    put(gateway, 'include = ["app.desk.answer.1"]\nexclude = ["app.desk.answer.1"]\n'
                 'names = {sites = {"app.desk.answer.1" = "x"}}\n')  # fmt: skip
    assert cutover("scan", "app/clients", cwd=gateway).code == 0


@pytest.mark.parametrize("key", ["include", "exclude"])
def test_a_site_of_the_settings_that_is_nowhere_is_refused(key, cutover, gateway):
    put(gateway, f'{key} = ["app.desk.anwser.1"]\n')
    said = cutover("scan", cwd=gateway).refused()
    assert said.startswith("app.desk.anwser.1: no site has this id; ")


def test_names_of_sites_and_columns_are_taken(cutover, gateway):
    put(gateway, '[names.sites]\n"app.desk.answer.1" = "help_desk"\n[names.columns]\nask = "put_question"\n')
    plan = cutover("plan", "app", cwd=gateway).data
    assert plan["names"] == {"sites": {"app.desk.answer.1": "help_desk"}, "columns": {"ask": "put_question"}}
    assert "+        said = provider_config.put_question(question, **options)" in plan["edits"]["app/desk.py"]


def test_apply_heeds_them_too(cutover, gateway):
    cutover("plan", "app", "-o", gateway.parent / "plan.json", cwd=gateway)
    put(gateway, "dependency = false\n")
    assert "dependency: not asked for" in cutover("apply", gateway.parent / "plan.json", cwd=gateway).out
    assert (gateway / "requirements.txt").read_text() == "httpx>=0.28\n"


def test_the_runtime_is_vendored_where_the_settings_say_so(cutover, gateway):
    cutover("plan", "app", "-o", gateway.parent / "plan.json", cwd=gateway)
    put(gateway, "vendor_runtime = true\n")
    assert cutover("apply", gateway.parent / "plan.json", cwd=gateway).code == 0
    assert list(gateway.rglob("_cutover_registry/__init__.py"))


def test_a_baseline_of_the_settings_is_found_from_the_root(cutover, gateway):
    assert cutover("scan", "--sarif", "known.sarif", cwd=gateway).code == 0
    put(gateway, 'baseline = "known.sarif"\n')
    assert cutover("scan", "--check", cwd=gateway / "app").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exclud = []", "there is no setting 'exclud'; did you mean 'exclude'?"),
        ("import_rot = 'x'", "there is no setting 'import_rot'; did you mean 'import-root'?"),
        ("zzz = 1", "there is no setting 'zzz'; there are paths, include, exclude, "),
        ("unsafe = 'yes'", "'unsafe' must be true or false, not 'yes'"),
        ("include = 'a'", "'include' must be a list of texts, not 'a'"),
        ("import-root = 'a'\nimport_root = 'a'", "'import-root' stands twice, once with '-' and once with '_'"),
        ("names = {site = {}}", "there is no setting 'names.site'; did you mean 'sites'?"),
        ("names = {sites = {a = 1}}", "'names.sites' must be a table of texts, not {'a': 1}"),
        ("unsafe = ", "not TOML ("),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text, said, cutover, gateway):
    put(gateway, text)
    found = cutover("scan", cwd=gateway).refused()
    assert found.startswith(f"{gateway / 'cutover.toml'}: ")
    assert said in found


def test_an_unknown_key_in_pyproject_is_refused_with_its_place(cutover, gateway):
    put(gateway, "[tool.cutover]\nunsfe = true\n", "pyproject.toml")
    said = cutover("scan", cwd=gateway).refused()
    assert said == f"{gateway / 'pyproject.toml'}: [tool.cutover]: there is no setting 'unsfe'; did you mean 'unsafe'?"


def test_settings_in_both_files_are_refused(cutover, gateway):
    put(gateway, "unsafe = true\n")
    put(gateway, "[tool.cutover]\n", "pyproject.toml")
    said = cutover("plan", cwd=gateway).refused()
    assert said == (
        f"{gateway / 'cutover.toml'}: [tool.cutover] in pyproject.toml has settings too; keep one of the two"
    )


@pytest.mark.parametrize("text", ["", "[tool.other]\nexclud = 1\n", "tool = 1\n"])
def test_a_pyproject_of_others_says_nothing(text, tmp_path):
    assert read_settings(put(tmp_path, text, "pyproject.toml")) == {}


def test_a_project_without_settings_has_none(tmp_path):
    assert read_settings(tmp_path) == {}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_key_takes_its_kind_and_no_other(name, tmp_path):
    kind = SETTINGS[name].kind
    for value in VALUES[kind]:
        for spelt in {name, name.replace("-", "_")}:
            (read,) = read_settings(put(tmp_path, f"{spelt} = {value}\n"))
            assert read == name.replace("-", "_")
    for value in WRONG[kind]:
        with pytest.raises(Unusable, match=f"'{name}' must be {kind}, not "):
            read_settings(put(tmp_path, f"{name} = {value}\n"))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "cutover.toml").write_bytes(b"\xff")
    with pytest.raises(Unusable, match="not TOML"):
        read_settings(tmp_path)
