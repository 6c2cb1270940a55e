"""The arms of a replay as they are named on the command line: folders, git revisions, the working tree; no journal."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cutover_cli._derived_plan import derived_plan, migrated_plan
from cutover_cli._unusable import Unusable
from cutover_parity import Answer, RecordingWriter, Request, Route

TOLLGATE = Path(__file__).parents[3] / "parity_tests" / "tests" / "gateways" / "tollgate"
HEADERS = (("content-type", "application/json"), ("x-key", "k-1"))
BODY = b'{"provider": "fir", "model": "m", "messages": []}'
WHO = {f"GIT_{role}_{part}": "a@example.invalid" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


@pytest.fixture
def tree(tmp_path):
    def make(name, refactor=None, hooks=False):
        root = Path(shutil.copytree(TOLLGATE, tmp_path / name, dirs_exist_ok=True))
        if refactor:
            shutil.copy(root / "refactors" / f"{refactor}.py", root / "tollgate" / "routes" / "chat.py")
        shutil.rmtree(root / "refactors")
        if not hooks:
            (root / "cutover_hooks.py").unlink()
        return root

    return make


@pytest.fixture
def traffic(tmp_path):
    path = tmp_path / "traffic.jsonl"
    with RecordingWriter(path) as writer:
        for url in ("/chat", "/answers"):
            writer.write(Route(url, Request("POST", url, HEADERS, BODY), Answer(200)))
    return path


@pytest.fixture
def replayed(cutover, traffic):
    def run(*options, cwd):
        return cutover("replay", traffic, "--app", "tollgate.main:app", "--only-recorded", "--json", *options, cwd=cwd)

    return run


@pytest.fixture
def repo(tree, tmp_path):
    def git(*arguments):
        environment = {**WHO, "PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null"}
        subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)

    root = tmp_path / "tollgate"
    for refactor, tag in ((None, "before"), ("early_binding", "after")):
        shutil.rmtree(root / "tollgate", ignore_errors=True)
        tree("tollgate", refactor)
        if refactor is None:
            git("init", "--quiet")
        git("add", "-A")
        git("commit", "--quiet", "-m", tag)
        git("tag", tag)
    return root


def test_the_plan_of_a_tree_that_nothing_was_applied_to_is_read_off_it():
    plan = derived_plan(TOLLGATE)
    assert {site.name: site.keys for site in plan.sites} == {
        "chat": ("oak", "elm", "fir", "ash"),
        "answers": ("oak", "elm"),
    }
    (callees,) = plan.modules.values()
    assert sorted(callees) == sorted(
        f"{slot}_{name}" for slot in ("ask", "tidy") for name in ("oak", "elm", "fir", "yew")
    )
    assert callees["ask_yew"] == {"provider": "yew", "slot": "ask", "home": "tollgate.clients.yew:ask_yew"}


def test_a_callee_that_a_branch_imports_for_itself_is_in_the_plan_too(tmp_path):
    branches = "\n".join(
        f"    {'el' if number else ''}if name == {name!r}:\n        from {name}_client import ask\n"
        "        return ask(messages)"
        for number, name in enumerate(("oak", "elm", "fir", "yew"))
    )
    (tmp_path / "desk.py").write_text(f"def answer(name, messages):\n{branches}\n    raise KeyError(name)\n")
    for name in ("oak", "elm", "fir", "yew"):
        (tmp_path / f"{name}_client.py").write_text("def ask(messages):\n    return messages\n")
    (callees,) = derived_plan(tmp_path).modules.values()
    assert callees["elm_client:ask"] == {"provider": "elm", "slot": "ask", "home": "elm_client:ask"}


LIFTED = """
import asyncio

from clients import ask_oak, ask_elm, ask_fir, tidy
from errors import Gone
import yew

def ask_ash(messages, model):
    return yew.make(messages, model)

async def answer(name, messages, model):
    if name == "oak":
        prompt = messages[0]
        raw = await asyncio.to_thread(ask_oak, prompt, model)
    elif name == "elm":
        raw = tidy(await asyncio.to_thread(ask_elm, messages, model, top=3))
    elif name == "fir":
        options = {"a": 1}
        raw = await asyncio.to_thread(ask_fir, messages, model, **options)
    elif name == "ash":
        raw = await asyncio.to_thread(ask_ash, messages, model)
        if not raw:
            raise Gone(name)
    elif name == "yew":
        raw = await asyncio.to_thread(yew.make, messages)
        raw.pop("b")
    return raw
"""


def test_the_own_functions_of_branches_that_are_no_template_are_in_the_plan(tmp_path):
    names = ("ask_oak(m, n)", "ask_elm(m, n, top)", "ask_fir(m, n)", "tidy(raw)")
    (tmp_path / "desk.py").write_text(LIFTED)
    (tmp_path / "clients.py").write_text("".join(f"def {name}: ...\n" for name in names))
    (tmp_path / "yew.py").write_text("def make(m, n=0): ...\n")
    (tmp_path / "errors.py").write_text("class Gone(Exception): ...\n")
    (callees,) = derived_plan(tmp_path).modules.values()
    assert callees == {
        "ask_oak": {"provider": "oak", "slot": "ask", "home": "clients:ask_oak"},
        "ask_elm": {"provider": "elm", "slot": "ask", "home": "clients:ask_elm"},
        "ask_fir": {"provider": "fir", "slot": "ask", "home": "clients:ask_fir"},
        "ask_ash": {"provider": "ash", "slot": "ask", "home": "desk:ask_ash"},
        "yew.make": {"provider": "yew", "slot": "make", "home": "yew:make"},
    }


def test_what_a_branch_imports_for_itself_is_in_the_plan(tmp_path):
    text = LIFTED.replace("import yew\n", "", 1).replace(
        "        raw = await asyncio.to_thread(yew.make, messages)", LAZY
    )
    (tmp_path / "desk.py").write_text(text)
    (tmp_path / "clients.py").write_text("def ask_oak(m, n): ...\n")
    (tmp_path / "yew.py").write_text("def make(m, n=0): ...\ndef ask_yew(m): ...\n")
    (callees,) = derived_plan(tmp_path).modules.values()
    assert callees["yew:make"] == {"provider": "yew", "slot": "make", "home": "yew:make"}
    assert callees["yew:ask_yew"] == {"provider": "yew", "slot": "ask", "home": "yew:ask_yew"}


LAZY = """        import yew
        from yew import ask_yew as asked
        raw = await asyncio.to_thread(yew.make, asked(messages))"""


def test_a_migrated_tree_has_the_functions_that_its_handlers_call(cutover, tmp_path):
    names = ("ask_oak(m, n)", "ask_elm(m, n, top)", "ask_fir(m, n)", "tidy(raw)")
    (tmp_path / "desk.py").write_text(LIFTED)
    (tmp_path / "clients.py").write_text("".join(f"def {name}: ...\n" for name in names))
    (tmp_path / "yew.py").write_text("def make(m, n=0): ...\n")
    (tmp_path / "errors.py").write_text("class Gone(Exception): ...\n")
    (tmp_path / "requirements.txt").write_text("")
    before = derived_plan(tmp_path)
    for words in (("plan", ".", "--unsafe", "-o", "plan.json"), ("apply", "plan.json")):
        ran = cutover(*words, cwd=tmp_path)
        assert ran.code == 0, ran
    after = migrated_plan(tmp_path)
    asked = {path for callees in after.modules.values() for path in callees}
    assert {path for callees in before.modules.values() for path in callees} <= asked
    assert after.modules["desk"]["ask_elm"] == {"provider": "elm", "slot": "ask", "home": "clients:ask_elm"}


def test_a_tree_without_any_dispatch_is_refused(tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(Unusable, match="there are no sites to replay: no dispatch found"):
        derived_plan(tmp_path)


def test_two_folders_are_compared_with_the_hooks_that_were_named(tree, replayed, tmp_path):
    legacy, registry = tree("legacy"), tree("registry", "shared_table")
    hooks = TOLLGATE / "cutover_hooks.py"
    ran = replayed("--legacy", legacy, "--registry", registry, "--hooks", hooks, cwd=tmp_path)
    assert ran.code == 1, ran
    firsts = [mismatch["differences"][0] for mismatch in ran.data["mismatches"]]
    assert {"layer": "calls", "place": "calls[0].function", "legacy": "ask_yew", "registry": "ask_fir"} in firsts
    assert f"stubbed by {hooks}" in ran.err


def test_hooks_are_found_beside_the_command_and_one_tree_against_itself_is_the_same(tree, replayed, tmp_path):
    legacy = tree("legacy", hooks=True)
    ran = replayed("--legacy", "legacy", "--registry", legacy, cwd=tmp_path)
    assert ran.code == 0, ran
    assert "stubbed by legacy/cutover_hooks.py" in ran.err


def test_revisions_are_compared_with_each_other_and_with_the_working_tree(repo, replayed):
    hooks = ("--hooks", TOLLGATE / "cutover_hooks.py")
    after = replayed("--legacy", "before", "--registry", "after", *hooks, cwd=repo)
    assert after.code == 1
    assert [arm[:6] for arm in after.data["arms"].values()] == ["before", "after "]
    shutil.copy(TOLLGATE / "tollgate" / "routes" / "chat.py", repo / "tollgate" / "routes" / "chat.py")
    restored = replayed("--legacy", "before", *hooks, cwd=repo)
    assert restored.code == 0, restored
    assert "the registry arm is the working tree with what is not committed: 1 files" in restored.err
    assert "tollgate/routes/chat.py" in restored.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--legacy", "v9"), "v9: no arm can be made of it, from "),
        (("--hooks", "none.py"), "Invalid value for '--hooks': File 'none.py' does not exist"),
        ((), "journal.json names no sites to replay: there is no such file"),
    ],
)
def test_what_names_no_arm_is_refused(repo, replayed, options, says):
    ran = replayed(*options, cwd=repo)
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split()), ran.err


def test_an_application_that_needs_hooks_and_has_none_says_what_it_lacked(tree, replayed, tmp_path):
    ran = replayed("--legacy", tree("legacy"), "--registry", tree("registry"), cwd=tmp_path)
    assert ran.code == 2
    assert "KeyError: 'TOLLGATE_DATABASE'" in ran.err
