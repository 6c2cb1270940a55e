"""Bad input: one clear message each on standard error, exit code 2, and not a byte written."""

import json
import os
import subprocess
import sys
import tempfile

import pytest

NOBODY = 65534
PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
MEND = "mend the file, or run cutover with the Python version that the file is written for"
NEWER = {
    "a type alias (3.12)": "type Vendor = str\n",
    "a type parameter (3.12)": "def first[T](items: list[T]) -> T:\n    return items[0]\n",
    "nested quotes in an f-string (3.12)": 'name = "a"\nprint(f"{"x" + name}")\n',
    "except without parentheses (3.14)": "try:\n    pass\nexcept KeyError, ValueError:\n    pass\n",
    "a template string (3.14)": 'name = "a"\nprint(t"{name}")\n',
    "a version that is not there yet": "provide Vendor from chain\n",
}


def parses(text):
    try:
        compile(text, "x.py", "exec")
    except SyntaxError:
        return False
    return True


@pytest.fixture
def refused(cutover, gateway, tree):
    """The message of a command that is run in a small gateway; nothing there may change."""

    def run(*argv, **options):
        before = tree(gateway)
        said = cutover(*argv, cwd=gateway, **options).refused()
        assert tree(gateway) == before
        return said

    return run


@pytest.fixture
def plan(cutover, gateway):
    """A small gateway's plan, beside it."""
    assert cutover("plan", "app", "-o", "../plan.json", cwd=gateway).code == 0
    return gateway.parent / "plan.json"


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_a_file_that_is_not_python(command, refused):
    assert refused(command, "requirements.txt") == (
        "requirements.txt: not a Python file (its name ends in '.txt'); name a .py file or a folder"
    )


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_a_syntax_error(command, refused, gateway):
    (gateway / "app" / "broken.py").write_text('if vendor = "alpha":\n    pass\n')
    said = refused(command, "app/broken.py")
    assert said.startswith(f"app/broken.py:1: not Python that {PYTHON} can parse (invalid syntax.")
    assert said.endswith(MEND)


@pytest.mark.parametrize("name", [name for name, text in NEWER.items() if not parses(text)])
def test_python_newer_than_the_parser(name, refused, gateway):
    (gateway / "app" / "newer.py").write_text(NEWER[name])
    for command in ("scan", "plan"):
        said = refused(command, "app/newer.py")
        assert said.startswith("app/newer.py:")
        assert f": not Python that {PYTHON} can parse (" in said
        assert said.endswith(MEND)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\x00\n", "source code string cannot contain null bytes"),
        (b"# -*- coding: nonsense -*-\n", "unknown encoding: nonsense"),
        (b"name = '\xff'\n", "invalid or missing encoding declaration"),
    ],
)
def test_bytes_that_are_no_text(data, reason, refused, gateway):
    (gateway / "app" / "odd.py").write_bytes(data)
    said = refused("scan", "app/odd.py")
    assert said.startswith(f"app/odd.py:1: not Python that {PYTHON} can parse (")
    assert reason in said


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_a_folder_of_which_no_file_parses(command, refused, gateway):
    (gateway / "old").mkdir()
    (gateway / "old" / "desk.py").write_text("print 'hello'\n")
    said = refused(command, "old")
    assert said.startswith(f"old/desk.py:1: not Python that {PYTHON} can parse (Missing parentheses in call to 'print'")


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_an_empty_folder(command, refused, gateway):
    (gateway / "empty").mkdir()
    assert refused(command, "empty") == "empty: no Python file there; name the folder that holds the gateway's sources"


@pytest.mark.parametrize("command", ["scan", "plan"])
def test_a_missing_path(command, refused):
    assert refused(command, "nowhere") == (
        "nowhere: there is no such file or folder; name a Python file or a folder that holds some"
    )


@pytest.mark.parametrize(
    "argv",
    [["scan", "app"], ["plan", "app"], ["verify"], ["finish"], ["undo"], ["switch", "on"], ["switch", "status"]],
)
def test_a_root_that_is_not_there(argv, refused):
    assert refused(*argv, "--root", "nowhere") == "nowhere: there is no such folder; name the project's root folder"


def test_sources_outside_of_the_named_root(refused, gateway):
    said = refused("plan", "app", "--root", "app/clients")
    assert said.endswith(f"lies outside of the project root {gateway}/app/clients; give --root")


def test_no_dispatch_found(refused):
    assert refused("plan", "app/clients").startswith("no dispatch found: ")


def test_dispatch_of_which_nothing_can_be_rewritten(refused, gateway):
    desk = gateway / "app" / "desk.py"
    desk.write_text(desk.read_text().replace("vendor ==", "str(vendor) =="))
    assert refused("plan", "app") == (
        "no dispatch can be rewritten: 1 chains found, all refused; `cutover scan` says why for each"
    )


def test_a_plan_that_cannot_be_written(refused):
    assert refused("plan", "app", "-o", "no/such/plan.json") == (
        "no/such/plan.json: cannot be written (No such file or directory); name a file in a folder that is there"
    )


def test_a_plan_that_is_not_there(refused):
    assert refused("apply", "none.json") == (
        "none.json: there is no such plan; make one with `cutover plan SRC -o none.json`"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a plan (Expecting value: line 1 column 1 (char 0)); make one with"),
        (b"from here\n", "not a plan (Expecting value: line 1 column 1 (char 0)); make one with"),
        (b"\xff\xfe", "not a plan ('utf-8' codec can't decode byte 0xff in position 0"),
        (b"[" * 100_000, "not a plan (maximum recursion depth exceeded"),
        (b"[]", "not a plan, but a JSON list; make one with"),
        (b"null", "not a plan, but a JSON null; make one with"),
        (b'"plan"', "not a plan, but a JSON text; make one with"),
        (b'{"root": 5}', "a damaged plan: 'root' is not what `cutover plan` writes; make it anew"),
    ],
)
def test_a_plan_that_is_none(data, said, refused, gateway):
    (gateway / "plan.json").write_bytes(data)
    assert refused("apply", "plan.json").startswith(f"plan.json: {said}")


def test_json_of_something_else(refused, gateway):
    (gateway / "plan.json").write_text(json.dumps({"root": str(gateway), "sites": []}))
    assert refused("apply", "plan.json") == (
        "not a plan of `cutover plan`: its format field is missing; make one with `cutover plan`"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("names", []),
        ("names", {"sites": ["answer"]}),
        ("names", {"columns": {"ask": 1}}),
        ("sources", ["app/desk.py"]),
        ("sources", {"app/desk.py": None}),
        ("sites", {}),
        ("sites", [1]),
        ("options", None),
        ("options", {"include": "app"}),
        ("options", {"services": 1}),
    ],
)
def test_a_plan_with_a_damaged_field(field, value, refused, plan):
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {field: value}))
    assert refused("apply", "../plan.json") == (
        f"../plan.json: a damaged plan: {field!r} is not what `cutover plan` writes; make it anew"
    )


def test_a_plan_that_lacks_a_field(refused, plan):
    data = json.loads(plan.read_text())
    del data["sources"]
    plan.write_text(json.dumps(data))
    assert refused("apply", plan) == "the plan has no 'sources'; make it anew with `cutover plan`"


def test_a_plan_of_a_newer_version(refused, plan):
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"version": 99}))
    assert refused("apply", plan) == "the plan has version 99, this program reads 1; make it anew"


def test_a_plan_of_another_tree(refused, migrated, tmp_path, cutover):
    other = migrated.copy("relay_desk", "legacy", tmp_path / "other")
    assert cutover("plan", "-o", tmp_path / "other.json", cwd=other).code == 0
    said = refused("apply", tmp_path / "other.json", "--root", ".")
    assert ": not under " in said
    assert said.endswith(", so this is a plan of another tree; plan this one anew")


def test_a_plan_whose_tree_is_gone(refused, plan, gateway):
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"root": "/no/such/tree"}))
    assert refused("apply", plan) == (
        "/no/such/tree: the plan's project root is not here; name it with --root, or plan this tree anew"
    )


def test_a_plan_that_reaches_out_of_its_tree(refused, plan, gateway):
    (gateway.parent / "outside.py").write_text("x = 1\n")
    data = json.loads(plan.read_text())
    data["sources"]["../outside.py"] = "0" * 64
    plan.write_text(json.dumps(data))
    assert refused("apply", plan).startswith("../outside.py: ")
    assert (gateway.parent / "outside.py").read_text() == "x = 1\n"


def test_a_file_that_changed_since_the_plan(refused, plan, gateway):
    with (gateway / "app" / "desk.py").open("a") as desk:
        desk.write("# later\n")
    assert refused("apply", plan) == "app/desk.py: changed since the plan was made; make it anew with `cutover plan`"


@pytest.mark.parametrize("path", ["app/clients/providers.py", "app/clients/provider_registry.py"])
def test_a_generated_file_that_exists_already(path, refused, cutover, gateway, tree):
    plan = cutover("plan", "app", cwd=gateway).data
    (gateway.parent / "plan.json").write_text(json.dumps(plan))
    assert path in plan["generated"]
    (gateway / path).write_text("mine = True\n")
    assert refused("apply", "../plan.json") == (
        f"to be created, but there already: {path}; nothing was written; "
        "move them away, or choose other folders with `cutover plan --services FOLDER --config FOLDER`"
    )


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_read_only_tree(what, cutover, plan, gateway, tree):
    held = [gateway, *gateway.rglob("*")] if what == "folder" else [gateway / "app" / "desk.py"]
    owner = NOBODY if os.geteuid() == 0 else None
    plan.chmod(0o644)
    for path in [gateway, *gateway.rglob("*"), gateway.parent]:
        if owner is not None:
            os.chown(path, owner, owner)
    for folder in gateway.parents:
        if folder.is_relative_to(tempfile.gettempdir()) and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    for path in held:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = tree(gateway)
    try:
        said = cutover("apply", plan, cwd=gateway, user=owner).refused()
    finally:
        for path in held:
            path.chmod(0o755 if path.is_dir() else 0o644)
    named = f"{gateway} (read-only folder)" if what == "folder" else "app/desk.py (read-only file)"
    assert said == f"cannot write {named}; nothing was written; make them writable or run as their owner"
    assert {path: held and held[0] for path, held in tree(gateway).items()} == {
        path: held and held[0] for path, held in before.items()
    }


@pytest.mark.parametrize("command", ["verify", "finish", "undo"])
def test_a_tree_in_which_nothing_was_applied(command, refused):
    assert refused(command) == (
        ".cutover/journal.json: there is no journal, so nothing was applied here; `cutover apply` writes one"
    )


@pytest.mark.parametrize("command", [["verify"], ["finish"], ["undo"], ["switch", "status"], ["apply", "{plan}"]])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "damaged, or not written by cutover (no JSON: "),
        (b"[]", "damaged, or not written by cutover (it has no version)"),
        (b'{"version": 1}', "damaged, or not written by cutover ("),
        (b'{"version": 99}', "has version 99, this program knows 1; upgrade provider-cutover"),
    ],
)
def test_a_damaged_journal(data, said, command, cutover, applied, migrated, tree):
    (applied / ".cutover" / "journal.json").write_bytes(data)
    before = tree(applied)
    asked = [word.format(plan=migrated.small_plan) for word in command]
    assert cutover(*asked, "--root", applied).refused().startswith(f".cutover/journal.json: {said}")
    assert tree(applied) == before


def test_a_damaged_copy_beside_the_journal(cutover, applied, tree):
    (applied / ".cutover" / "originals" / "app" / "desk.py").write_text("pass\n")
    before = tree(applied)
    for command in ("verify", "finish", "undo"):
        said = cutover(command, cwd=applied).refused()
        assert said.startswith(".cutover/originals/app/desk.py: damaged, or not written by cutover (its SHA-256 ")
    assert tree(applied) == before


def test_an_arm_that_is_unknown(shell_environment, applied):
    ran = subprocess.run(
        [sys.executable, "-c", "import app.desk"], cwd=applied, env=shell_environment() | {"CUTOVER_ARM": "left"},
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "'left'" in ran.stderr.splitlines()[-1]
    assert "legacy" in ran.stderr.splitlines()[-1]
    assert "registry" in ran.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"httpx>=0.28\n", "is not a recording: line 1 should be a header"),
        (b"", "is not a recording: line 1 should be a header"),
        (b"\x00\xff", "is not a recording: line 1 should be a header"),
        (b'{"format": "other", "version": 1}\n', "is not a recording: line 1 should be a header"),
        (b'{"format": "cutover-recording", "version": 99}\n', "line 1: the recording has version 99"),
        (b'{"format": "cutover-recording", "version": 1}\n{"id": 1}\n{}\n', "line 2: not a recorded route ("),
    ],
)
def test_a_recording_that_is_none(data, said, cutover, applied, tree):
    (applied / "traffic.jsonl").write_bytes(data)
    before = tree(applied)
    told = cutover("replay", "traffic.jsonl", "--app", "app.desk:answer", cwd=applied).refused()
    assert told.startswith("traffic.jsonl")
    assert said in told
    assert tree(applied) == before


def test_a_recording_that_is_not_there(cutover, applied, tree):
    before = tree(applied)
    told = cutover("replay", "none.jsonl", "--app", "app.desk:answer", cwd=applied).refused()
    assert told.startswith("none.jsonl")
    assert tree(applied) == before


def test_a_recording_without_a_route(cutover, applied):
    (applied / "traffic.jsonl").write_text('{"format": "cutover-recording", "version": 1}\n')
    assert cutover("replay", "traffic.jsonl", "--app", "app.desk:answer", cwd=applied).refused() == (
        "no recorded route in 1 recording(s), so there is nothing to replay or to vary; "
        "record at least one request with `cutover record`"
    )


def test_an_option_of_failover_that_there_is_not(cutover, gateway):
    ran = cutover("replay", "x.jsonl", "--app", "app.desk:answer", "--intended", "deadline,patience", cwd=gateway)
    assert ran.code == 2
    assert "'patience' is no option of failover; there are: honour_retry_after, backoff, deadline," in ran.err


def test_a_replay_where_nothing_was_applied(refused, gateway):
    assert refused("replay", "traffic.jsonl", "--app", "app.desk:answer") == (
        f"{gateway}/.cutover/journal.json names no sites to replay: there is no such file "
        "(--root names the migrated tree, --legacy and --registry any two); run `cutover apply` first"
    )


def test_a_recording_server_for_the_world(refused):
    assert refused("record", "app.desk:app", "-o", "traffic.jsonl", "--host", "0.0.0.0") == (
        "0.0.0.0: a recording server listens on loopback only; use 127.0.0.1"
    )


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ("nowhere:app", "No module named 'nowhere'"),
        ("app.desk:app", "module 'app.desk' has no attribute 'app'"),
    ],
)
def test_an_application_that_cannot_be_loaded(app, reason, refused):
    said = refused("record", app, "-o", "traffic.jsonl")
    assert said.startswith(f"the application {app!r} cannot be loaded from .; its worker says:\n")
    assert reason in said


def test_a_recording_is_not_appended_to_another_file(refused):
    said = refused("record", "app.desk:answer", "-o", "requirements.txt")
    assert said.startswith("requirements.txt is not a recording: ")


@pytest.mark.parametrize("name", ["gateway", "gateway/requirements.txt"])
def test_a_demo_in_a_folder_of_somebody(name, cutover, gateway, tree):
    before = tree(gateway)
    ran = cutover("demo", "-d", name)
    assert (ran.code, ran.out) == (2, "")
    assert "exists and is not a demo's folder" in ran.err or "is a file" in ran.err
    assert tree(gateway) == before
