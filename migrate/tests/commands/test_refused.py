"""What apply, verify, finish and undo refuse, with the sentence that they say; nothing is written then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cutover_migrate import (
    AlreadyDone,
    BadInput,
    MigrateError,
    NotCertified,
    NothingFound,
    PlanMismatch,
    apply_plan,
    empty_plan,
    scan_paths,
)
from cutover_migrate._plan import Options
from cutover_migrate._proof import check_tables
from cutover_migrate.apply import EditConflict, JournalMissing, NotWritable, TargetExists, WrongState

SIMPLE = """
from desk.clients.a import make_a
from desk.clients.b import make_b


def chat(provider, model):
    if provider == "a":
        return make_a(model, label="A")
    elif provider == "b":
        return make_b(model, label="B")
    return None
"""


@pytest.fixture
def simple(gateway):
    """The smallest gateway."""
    return gateway(SIMPLE, clients="ab")


def refused(found, kind, command):
    before = found.files()
    with pytest.raises(kind) as caught:
        command()
    assert found.files() == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": None}, "not a plan of `cutover plan`: its format field is missing; make one with `cutover plan`"),
        (
            {"format": "other"},
            "not a plan of `cutover plan`: its format field is missing; make one with `cutover plan`",
        ),
        ({"version": 2}, "the plan has version 2, this program reads 1; make it anew"),
        ({"version": None}, "the plan has version None, this program reads 1; make it anew"),
        ({"names": None}, "the plan has no 'names'; make it anew with `cutover plan`"),
        ({"sources": []}, "the plan has no 'sources'; make it anew with `cutover plan`"),
        ({"sites": {}}, "the plan has no 'sites'; make it anew with `cutover plan`"),
        ({"options": "x"}, "the plan has no 'options'; make it anew with `cutover plan`"),
    ],
)
def test_a_damaged_plan_is_refused(simple, change, message):
    plan = simple.plan() | change
    assert refused(simple, PlanMismatch, lambda: simple.apply(plan)) == message


@pytest.mark.parametrize("plan", [[], "text", None, {}])
def test_what_is_no_plan_is_refused(simple, plan):
    with pytest.raises(PlanMismatch, match=r"^not a plan of `cutover plan`"):
        apply_plan(simple.root, plan)


def test_a_plan_of_another_tree_is_refused(simple, gateway):
    other = gateway(SIMPLE, clients="ab", desk__extra="x = 1\n")
    message = refused(simple, PlanMismatch, lambda: simple.apply(other.plan()))
    assert message == f"desk/extra.py: not under {simple.root}, so this is a plan of another tree; plan this one anew"


def test_a_plan_that_is_older_than_a_file_is_refused(simple):
    plan = simple.plan()
    simple.edit("return None", "return 0")
    message = refused(simple, PlanMismatch, lambda: simple.apply(plan))
    assert message == "desk/chat.py: changed since the plan was made; make it anew with `cutover plan`"


def test_an_edit_to_a_client_makes_the_plan_old_too(simple):
    plan = simple.plan()
    simple.edit("a made", "a was made", path="desk/clients/a.py")
    assert refused(simple, PlanMismatch, lambda: simple.apply(plan)).startswith("desk/clients/a.py: changed since")


@pytest.mark.parametrize("path", ["desk/config/providers.py", "desk/clients/provider_registry.py"])
def test_a_generated_file_that_exists_already_is_refused(simple, path):
    simple.write({path: "mine = 1\n"})
    message = refused(simple, TargetExists, simple.apply)
    assert message == (
        f"to be created, but there already: {path}; nothing was written; "
        "move them away, or choose other folders with `cutover plan --services FOLDER --config FOLDER`"
    )


def test_other_folders_get_round_a_file_that_exists(simple):
    simple.write({"desk/config/providers.py": "mine = 1\n"})
    simple.apply(simple.plan(config="desk/tables"))
    assert simple.verify().valid
    assert simple.text("desk/config/providers.py") == "mine = 1\n"


def test_a_table_that_the_runtime_would_refuse_is_refused():
    with pytest.raises(NotCertified) as caught:
        check_tables('SITES = {"chat": {"slots": []}}\nPROVIDER_CONFIGS = {"a": {"timeout": 0, "sites": ["chat"]}}\n')
    message = str(caught.value)
    assert message.startswith("the runtime would refuse the table that results, so nothing was written: ")
    assert "provider 'a', timeout" in message


def test_a_timeout_that_no_entry_can_have_stays_where_it_is(simple):
    simple.edit("\n\ndef chat", '\nTIMES = {"a": 0}\nWAIT = TIMES.get("a", 30)\n\n\ndef chat')
    simple.apply()
    simple.finish()
    assert 'TIMES = {"a": 0}\n' in simple.text()


@pytest.mark.parametrize("command", ["verify", "finish", "undo"])
def test_nothing_can_be_done_where_nothing_was_applied(simple, command):
    message = refused(simple, JournalMissing, getattr(simple, command))
    assert message == (
        ".cutover/journal.json: there is no journal, so nothing was applied here; `cutover apply` writes one"
    )


def test_a_second_cutover_on_top_is_refused(simple):
    simple.apply()
    simple.write({"desk/more.py": SIMPLE})
    message = refused(simple, WrongState, lambda: simple.apply(simple.plan()))
    assert message.startswith(".cutover/journal.json: cannot apply: this project is applied")


def test_where_nothing_can_be_rewritten_there_is_no_plan(gateway):
    open_one = "    elif model in provider:\n        pass\n"
    branches = [f'{open_one}    elif provider == "{key}":\n        return make_{key}(model)\n' for key in "bcd"]
    head, _, tail = SIMPLE.partition('    elif provider == "b":\n        return make_b(model, label="B")\n')
    found = gateway(f"{head}{''.join(branches)}{tail}", clients="ab")
    with pytest.raises(NothingFound) as caught:
        found.plan()
    assert str(caught.value) == (
        "no dispatch can be rewritten: 1 chains found, all refused; `cutover scan` says why for each"
    )


def test_an_empty_plan_says_so(simple):
    simple.apply()
    plan = empty_plan(scan_paths([simple.root], root=simple.root), Options())
    assert simple.apply(plan) == AlreadyDone("the plan is empty: every site has its registry arm already")


def test_a_tree_without_dispatch_has_no_plan(gateway):
    with pytest.raises(NothingFound) as caught:
        gateway("def chat(provider, model): return None\n").plan()
    assert str(caught.value) == (
        "no dispatch found: no chain compares one subject with constants there; name the folder with the chains"
    )


def test_where_every_site_is_excluded_there_is_no_plan(simple):
    with pytest.raises(NothingFound) as caught:
        simple.plan(exclude=("desk.chat.chat.1",))
    assert str(caught.value) == ("no dispatch can be rewritten: desk.chat.chat.1 cannot be certified or is excluded")


def test_an_unsafe_site_alone_has_no_plan_without_leave(gateway):
    found = gateway(SIMPLE.replace("provider ==", 'provider["name"] =='), clients="ab")
    with pytest.raises(NothingFound) as caught:
        found.plan()
    assert str(caught.value) == (
        "no dispatch is safe to rewrite: 1 chains are rewritten only with --unsafe; `cutover scan` says why"
    )
    found.apply(found.plan(unsafe=True))
    found.finish()
    assert 'if provider["name"] in CHAT:' in found.text()


def test_edits_to_the_dispatch_after_apply_are_not_certified(simple):
    simple.apply()
    simple.edit("provider_config.make(model,", "provider_config.make(provider,")
    assert not simple.verify().valid
    assert any("site 'chat' at key 'a'" in finding for finding in simple.verify().findings())
    message = refused(simple, NotCertified, simple.finish)
    assert message.startswith("what is on disk is not certified:\n  desk/chat.py:7: site 'chat' at key 'a'")


def test_edits_to_a_generated_module_are_not_certified(simple):
    simple.apply()
    simple.edit("normalize_provider_name = _registry.normalize\n", "", path="desk/clients/provider_registry.py")
    verified = simple.verify()
    assert (verified.valid, verified.certificate.valid) == (False, True)
    assert verified.findings() == [
        "desk/clients/provider_registry.py: edited by hand since it was generated, so what it does is not proved"
    ]
    assert "edited by hand" in refused(simple, NotCertified, simple.finish)


def test_a_generated_module_that_is_gone_is_not_certified(simple):
    simple.apply()
    (simple.root / "desk/clients/provider_loader.py").unlink()
    assert simple.verify().edited == ("desk/clients/provider_loader.py",)


def test_a_wrong_entry_is_not_certified(simple):
    simple.apply()
    simple.edit('"label": "A"', '"label": "B"', path="desk/config/providers.py")
    assert [finding.splitlines()[0] for finding in simple.verify().findings()] == [
        "desk/chat.py:7: site 'chat' at key 'a': `A` became `B`"
    ]


def test_finishing_keeps_unrelated_edits_made_since(simple):
    simple.apply()
    simple.edit("    return None\n", "    return None\n\n\ndef added(provider, model):\n    return model\n")
    seen = simple.run(arm="legacy", keys=["a", "b"])
    simple.finish()
    assert simple.text().endswith("\n\n\ndef added(provider, model):\n    return model\n")
    assert simple.run(keys=["a", "b"]) == seen
    assert simple.verify().valid


def test_finishing_refuses_where_edits_conflict(simple):
    simple.apply()
    simple.edit('elif provider == "b":', 'elif provider == "b":  # why?')
    message = refused(simple, EditConflict, simple.finish)
    assert message.startswith("finish would lose edits that were made since; nothing was written:\n  desk/chat.py:")


@pytest.mark.parametrize(
    ("old", "new"), [('"priority": 1', '"priority": 9'), ("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = 31")]
)
def test_edits_to_the_table_that_no_legacy_code_knows_of_are_kept(simple, old, new):
    simple.apply()
    simple.edit(old, new, path="desk/config/providers.py")
    assert simple.verify().valid
    simple.finish()
    assert new in simple.text("desk/config/providers.py")
    assert simple.verify().valid


def test_undo_keeps_unrelated_edits_made_since(simple):
    simple.apply()
    simple.finish()
    simple.edit("    return None\n", "    return None\n\n\nLAST = 1\n")
    simple.undo()
    assert simple.text() == SIMPLE + "\n\nLAST = 1\n"


def test_undo_refuses_to_throw_away_a_table_that_was_edited(simple):
    simple.apply()
    simple.edit("DEFAULT_TIMEOUT = 30", "DEFAULT_TIMEOUT = 31", path="desk/config/providers.py")
    assert "desk/config/providers.py" in refused(simple, EditConflict, simple.undo)
    simple.undo(force=True)
    assert simple.text() == SIMPLE
    assert not (simple.root / "desk/config/providers.py").exists()


def test_a_file_that_may_not_be_written_stops_everything(open_folder):
    files = {"chat.py": SIMPLE.replace("desk.clients.", ""), "a.py": "def make_a(): pass\n", "requirements.txt": ""}
    for path, text in files.items():
        (open_folder / path).write_text(text)
    for path in (open_folder, *open_folder.iterdir()):
        path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
    (open_folder / "chat.py").chmod(0o444)
    script = Path(__file__).with_name("as_anybody.py")
    done = subprocess.run([sys.executable, script, open_folder], capture_output=True, text=True, check=True)
    kind, _, message = done.stdout.partition("\n")
    assert kind == "NotWritable"
    assert message.startswith("cannot write chat.py (")
    assert not (open_folder / "providers.py").exists()


EDITED = {
    "a site": ({"sites": {"desk.chat.chat.1": "talk"}}, ['(TALK,) = bind_providers(globals(), "talk")']),
    "a slot": ({"columns": {"make": "send"}}, ["provider_config.send(model, label=provider_config.label)"]),
    "a value": ({"columns": {"label": "title"}}, ["provider_config.make(model, label=provider_config.title)"]),
    "all": (
        {"sites": {"desk.chat.chat.1": "Talk"}, "columns": {"make": "label", "label": "make"}},
        ['(TALK,) = bind_providers(globals(), "Talk")', "provider_config.label(model, label=provider_config.make)"],
    ),
}


CHAT = "desk.chat.chat.1"
USE = "use a word without a meaning of its own"


def with_names(plan, names):
    for part, changes in names.items():
        plan["names"][part] |= changes
    return plan


@pytest.mark.parametrize("name", EDITED)
def test_names_in_a_plan_can_be_edited(simple, name):
    names, lines = EDITED[name]
    before, expected = simple.files(), simple.run(keys=["a", "b"])
    simple.apply(with_names(simple.plan(), names))
    for line in lines:
        assert line in simple.text()
    simple.finish()
    for line in lines:
        assert line in simple.text()
    assert simple.run(keys=["a", "b"]) == expected
    simple.undo()
    assert simple.files() == before


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"sites": {CHAT: "9 lives"}}, "'9 lives': not a name for a site; use letters, digits and underscores"),
        ({"sites": {CHAT: ""}}, "'': not a name for a site; use letters, digits and underscores"),
        ({"sites": {CHAT: 7}}, "7: not a name for a site; use letters, digits and underscores"),
        ({"sites": {"chat.1": "x"}}, "chat.1: no site that is rewritten has this id; there are desk.chat.chat.1"),
        ({"columns": {"make": "class"}}, f"'class': not a name for a column (make); {USE}"),
        ({"columns": {"make": "a b"}}, f"'a b': not a name for a column (make); {USE}"),
        ({"columns": {"make": "_x"}}, f"'_x': not a name for a column (make); {USE}"),
        ({"columns": {"make": None}}, f"None: not a name for a column (make); {USE}"),
        ({"columns": {"label": "timeout"}}, f"'timeout': not a name for a column (label); {USE}"),
        ({"columns": {"label": "make"}}, "make: two columns would have this name; give each its own"),
        ({"columns": {"send": "x"}}, "send: no column goes by this name; there are make, label"),
    ],
)
def test_names_that_cannot_be_are_refused(simple, names, message):
    plan = with_names(simple.plan(), names)
    assert refused(simple, BadInput, lambda: simple.apply(plan)) == message


def test_two_sites_that_are_given_one_name_are_numbered(gateway):
    found = gateway(SIMPLE + SIMPLE.partition("\n\n\n")[2].replace("chat", "images"), clients="ab")
    plan = with_names(found.plan(), {"sites": {"desk.chat.chat.1": "one", "desk.chat.images.1": "ONE"}})
    found.apply(plan)
    assert 'ONE, ONE_2 = bind_providers(globals(), "one", "one_2")' in found.text()


def test_columns_of_a_renamed_site_keep_their_names_in_the_plan(gateway):
    second = SIMPLE.partition("\n\n\n")[2].replace("chat", "images").replace('"B"', '"other"')
    found = gateway(SIMPLE + "\n\n" + second, clients="ab")
    plan = found.plan()
    assert list(plan["names"]["columns"]) == ["make", "label", "label_images"]
    found.apply(with_names(plan, {"sites": {"desk.chat.images.1": "paint"}, "columns": {"label_images": "title"}}))
    found.finish()
    assert "provider_config.make(model, label=provider_config.title)" in found.text()
    assert "if provider in PAINT:" in found.text()


def test_a_site_that_is_excluded_stays_as_it_is(gateway):
    second = SIMPLE.partition("\n\n\n")[2].replace("chat", "images")
    found = gateway(SIMPLE + "\n\n" + second, clients="ab")
    expected = found.run(keys=["a", "b"])
    found.apply(found.plan(exclude=("desk.chat.images.1",)))
    found.finish()
    assert second in found.text()
    assert found.run(keys=["a", "b"]) == expected


def test_the_dependency_is_added_and_taken_back(gateway):
    found = gateway(SIMPLE, clients="ab")
    found.write({"requirements.txt": "httpx\n"})
    (found.root / "pyproject.toml").unlink()
    found.apply()
    assert "provider-cutover" in found.text("requirements.txt")
    found.undo()
    assert found.text("requirements.txt") == "httpx\n"
    outcome = found.apply(add_dependency=False)
    assert outcome.dependency.reason == "not asked for"
    assert found.text("requirements.txt") == "httpx\n"


def test_sites_of_two_files_share_one_table(gateway):
    found = gateway(SIMPLE, clients="ab", desk__images=SIMPLE.replace("chat", "images"))
    expected = [found.run(keys=["a"], module=f"desk.{name}") for name in ("chat", "images")]
    found.apply()
    found.finish()
    assert [found.run(keys=["a"], module=f"desk.{name}") for name in ("chat", "images")] == expected
    assert found.text("desk/config/providers.py").count('"sites": "*"') == 2


def test_refusals_are_of_one_family():
    for kind in (BadInput, NotCertified, NothingFound, PlanMismatch, TargetExists, NotWritable, EditConflict):
        assert issubclass(kind, MigrateError)
