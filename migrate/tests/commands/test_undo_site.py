"""``undo SITE``: one site is as before, the others go on; by name or id, in both states, with edits made since."""

import json
import re

import pytest

from cutover_migrate import BadInput, NotCertified, SitesUndone, undo_sites
from cutover_migrate.apply import EditConflict, JournalMissing, Undone

CHAT = """
from desk.clients.a import make_a
from desk.clients.b import make_b
from desk.clients.c import make_c


def chat(provider, model):
    if provider == "a":
        said = make_a(model)
    elif provider == "b":
        said = make_b(model)
    else:
        raise LookupError(provider)
    return said


def talk(provider, model):
    if provider == "a":
        said = make_a(model, 1)
    elif provider == "b":
        said = make_b(model, 1)
    elif provider == "c":
        said = make_c(model, 1)
    else:
        said = make_a(model, 2)
    return said
"""
OTHER = """
from desk.clients.c import make_c
from desk.clients.d import make_d


def other(vendor, model):
    if vendor == "c":
        return make_c(model, label="C")
    elif vendor == "d":
        return make_d(model, label="D")
    return None
"""
KEYS = ["a", "b", "c", "d"]


@pytest.fixture
def desk(gateway):
    """A gateway with two files and three sites."""
    made = gateway(CHAT, desk__other=OTHER)
    (made.root / "requirements.txt").write_text("httpx\n")
    return made


@pytest.fixture
def legacy(desk):
    """Its files before anything was applied."""
    return desk.files()


def journal(desk):
    return json.loads((desk.root / ".cutover/journal.json").read_text())


def region(text, function):
    """The lines of a function."""
    return re.search(rf"^def {function}\(.*?(?=^def |\Z)", text, re.MULTILINE | re.DOTALL)[0].rstrip()


def names(desk):
    return [site["name"] for site in journal(desk)["sites"]]


@pytest.mark.parametrize("finished", [False, True])
def test_the_site_is_byte_for_byte_as_before_and_the_others_are_untouched(finished, desk, legacy):
    desk.apply()
    if finished:
        desk.finish()
    before = desk.text()
    done = undo_sites(desk.root, ["talk"])
    assert isinstance(done, SitesUndone)
    assert (done.sites, done.left) == (("talk",), ("chat", "other"))
    assert region(desk.text(), "talk") == region(legacy["desk/chat.py"].decode(), "talk")
    assert region(desk.text(), "chat") == region(before, "chat")
    assert desk.verify().valid
    assert names(desk) == ["chat", "other"]
    assert journal(desk)["state"] == ("finished" if finished else "applied")


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("site", ["chat", "talk", "other"])
def test_the_tree_is_that_of_a_plan_without_the_site(site, finished, gateway):
    with_all, without = gateway(CHAT, desk__other=OTHER), gateway(CHAT, desk__other=OTHER)
    with_all.apply()
    ids = {each["name"]: each["id"] for each in journal(with_all)["sites"]}
    without.apply(without.plan(exclude=(ids[site],)))
    if finished:
        with_all.finish()
        without.finish()
    undo_sites(with_all.root, [site])
    assert with_all.files().keys() >= without.files().keys()
    for path, data in without.files().items():
        if not path.endswith(("providers.py", "provider_registry.py")):
            assert with_all.files()[path] == data, path


@pytest.mark.parametrize("finished", [False, True])
def test_what_runs_is_the_same_throughout(finished, desk):
    told = [desk.run(keys=KEYS, module="desk.chat"), desk.run(keys=KEYS, module="desk.other")]
    desk.apply()
    if finished:
        desk.finish()
    undo_sites(desk.root, ["talk"])
    for arm in ("legacy", "registry"):
        assert [desk.run(keys=KEYS, module=f"desk.{name}", arm=arm) for name in ("chat", "other")] == told


@pytest.mark.parametrize("finished", [False, True])
def test_everything_can_still_be_taken_back_byte_for_byte(finished, desk, legacy):
    desk.apply()
    if finished:
        desk.finish()
    undo_sites(desk.root, ["chat"])
    undo_sites(desk.root, ["other"])
    desk.undo()
    assert desk.files() == legacy
    assert not (desk.root / ".cutover/journal.json").exists()
    assert not list((desk.root / ".cutover").rglob("*.py"))


def test_finish_goes_on_from_there(desk, legacy):
    desk.apply()
    undo_sites(desk.root, ["chat"])
    desk.finish()
    assert region(desk.text(), "chat") == region(legacy["desk/chat.py"].decode(), "chat")
    assert "TALK.resolve(provider)" in desk.text()
    assert desk.verify().valid
    desk.undo()
    assert desk.files() == legacy


def test_a_file_whose_last_site_is_gone_is_no_longer_ours(desk, legacy):
    desk.apply()
    undo_sites(desk.root, ["other"])
    assert desk.files()["desk/other.py"] == legacy["desk/other.py"]
    assert "desk/other.py" not in [file["path"] for file in journal(desk)["files"]]
    assert not (desk.root / ".cutover/originals/desk/other.py").exists()
    desk.edit("return None", "return 7", path="desk/other.py")
    assert desk.verify().valid
    desk.undo()
    assert b"return 7" in desk.files()["desk/other.py"]


def test_a_file_that_loses_its_only_site_keeps_edits_made_since(desk, legacy):
    desk.apply()
    desk.edit("    return None", "    return None  # nobody", path="desk/other.py")
    undo_sites(desk.root, ["other"])
    wanted = legacy["desk/other.py"].replace(b"return None", b"return None  # nobody")
    assert desk.files()["desk/other.py"] == wanted
    assert desk.verify().valid


@pytest.mark.parametrize("finished", [False, True])
def test_edits_elsewhere_in_the_file_stay(finished, desk, legacy):
    desk.apply()
    if finished:
        desk.finish()
    desk.write({"desk/chat.py": desk.text() + "\n\ndef mine():\n    return 1\n"})
    undo_sites(desk.root, ["chat"])
    assert desk.text().endswith("def mine():\n    return 1\n")
    assert desk.verify().valid
    desk.undo()
    assert desk.files()["desk/chat.py"] == legacy["desk/chat.py"] + b"\n\ndef mine():\n    return 1\n"


def test_an_edit_in_the_legacy_arm_stays_and_the_certificate_holds_again(desk):
    desk.apply()
    desk.edit("        said = make_c(model, 1)", "        said = make_c(model, 3)")
    assert not desk.verify().valid
    undo_sites(desk.root, ["talk"])
    assert "said = make_c(model, 3)" in desk.text()
    assert desk.verify().valid


def test_an_edit_where_it_has_to_write_is_refused_with_its_line(desk):
    desk.apply()
    line = next(line for line in desk.text().splitlines() if "use_registry(TALK" in line)
    desk.edit(line, f"{line}  # hot")
    before = desk.files()
    with pytest.raises(EditConflict, match=r"^undo talk would lose edits that were made since; nothing was written:"):
        undo_sites(desk.root, ["talk"])
    assert desk.files() == before


def test_an_edit_that_breaks_another_site_is_refused(desk):
    desk.apply()
    desk.edit("        said = make_b(model)\n", "        said = make_b(model, 9)\n")
    before = desk.files()
    with pytest.raises(NotCertified, match=r"^what would be left is not certified, so nothing was written:"):
        undo_sites(desk.root, ["talk"])
    assert desk.files() == before


def test_an_entry_that_was_added_since_stays(desk):
    desk.apply()
    config = next(path for path in desk.files() if path.endswith("providers.py"))
    entry = '    "acme": {"module_name": "desk.clients.d", "slots": {"make": "make_d"}},\n'
    desk.edit("}\nAUTO_DETECT_PROVIDERS", f"{entry}}}\nAUTO_DETECT_PROVIDERS", path=config)
    undo_sites(desk.root, ["chat"])
    assert entry in desk.text(config)
    assert '"chat"' not in desk.text(config)
    assert desk.verify().certificate.valid


def test_names_that_were_chosen_are_kept(desk):
    plan = desk.plan()
    (column, *_) = plan["names"]["columns"]
    plan["names"]["columns"][column] = "ask"
    ids = {name: site for site, name in plan["names"]["sites"].items()}
    plan["names"]["sites"][ids["talk"]] = "small_talk"
    desk.apply(plan)
    before = desk.text()
    undo_sites(desk.root, ["chat"])
    assert region(desk.text(), "talk") == region(before, "talk")
    assert "SMALL_TALK.resolve" in desk.text()
    assert "provider_config.ask(" in desk.text()
    undo_sites(desk.root, ["small_talk"])
    assert desk.verify().valid


def test_the_generated_files_stay_where_they_are(desk):
    desk.apply(desk.plan(services="desk", config="desk"))
    undo_sites(desk.root, ["chat"])
    undo_sites(desk.root, ["talk"])
    desk.finish()
    assert desk.verify().valid
    assert sorted(path for path in desk.files() if "provider" in path) == [
        "desk/provider_loader.py", "desk/provider_registry.py", "desk/providers.py",
    ]  # fmt: skip


def test_a_site_may_be_named_by_its_id_and_several_at_once(desk, legacy):
    desk.apply()
    ids = [site["id"] for site in journal(desk)["sites"]]
    done = undo_sites(desk.root, [ids[0], "talk", "talk"])
    assert (done.sites, done.left) == (("chat", "talk"), ("other",))
    assert desk.files()["desk/chat.py"] == legacy["desk/chat.py"]


def test_all_sites_are_the_whole_undo(desk, legacy):
    desk.apply()
    assert isinstance(undo_sites(desk.root, ["chat", "talk", "other"]), Undone)
    assert desk.files() == legacy


def test_a_vendored_runtime_stays_until_the_last_site_goes(desk, legacy):
    desk.apply(vendor_runtime=True)
    undo_sites(desk.root, ["chat"])
    assert desk.verify().valid
    assert any("_cutover_registry" in path for path in desk.files())
    undo_sites(desk.root, ["talk", "other"])
    assert desk.files() == legacy


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tlak", "tlak: no site of this cutover goes by that name; did you mean talk? there are chat, talk, other"),
        ("zzz", "zzz: no site of this cutover goes by that name; there are chat, talk, other"),
    ],
)
def test_a_site_that_is_not_there_is_refused_by_name(name, said, desk):
    desk.apply()
    before = desk.files()
    with pytest.raises(BadInput) as caught:
        undo_sites(desk.root, ["chat", name])
    assert str(caught.value) == said
    assert desk.files() == before


def test_where_nothing_is_applied_nothing_can_be_undone(desk):
    with pytest.raises(JournalMissing):
        undo_sites(desk.root, ["chat"])


LIFTED = """
from desk.clients.a import make_a
from desk.clients.b import make_b
from desk.clients.c import make_c


def chat(provider, model):
    if provider == "a":
        said = make_a(model)
    elif provider == "b":
        parts = [make_b(model)]
        said = parts
    elif provider == "c":
        said = make_c(model)[0]
    else:
        raise LookupError(provider)
    return said


def talk(provider, model):
    if "claude" in model:
        said = make_c(model)
    elif provider == "a":
        first = make_a(model, 1)
        said = first
    elif provider == "b":
        said = make_b(model, 1)[1]
    elif provider == "c":
        said = make_c(model, 1)
    else:
        said = make_a(model, 2)
    return said
"""


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("site", ["chat", "talk"])
def test_handlers_that_only_this_site_used_go_with_it(site, finished, gateway):
    desk = gateway(LIFTED)
    legacy = desk.files()
    told = desk.run(keys=KEYS)
    desk.apply()
    if finished:
        desk.finish()
    assert desk.text().count("\ndef _chat_") == desk.text().count("\ndef _talk_") == 3
    undo_sites(desk.root, [site])
    other = {"chat": "talk", "talk": "chat"}[site]
    assert (desk.text().count(f"\ndef _{site}_"), desk.text().count(f"\ndef _{other}_")) == (0, 3)
    assert region(desk.text(), site) == region(legacy["desk/chat.py"].decode(), site)
    assert desk.verify().valid
    assert desk.run(keys=KEYS, arm="registry") == told
    desk.undo()
    assert desk.files() == legacy
