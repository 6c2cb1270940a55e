"""docs/reference: every field that the program reads or writes is in its page, and no page names one that is not."""

import json
import re

import pytest

from cutover_migrate import (
    apply_plan,
    journal_of,
    make_plan,
    plan_json,
    scan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)
from cutover_parity import Answer, Exchange, Request, Route
from cutover_registry import ProviderConfig, ProviderRegistry, SlotReference, SwitchSnapshot
from cutover_registry._config import ENTRY_FIELDS
from cutover_registry._site_config import SITE_FIELDS
from cutover_registry._tables import TABLES


def section(page, heading):
    """The text below one heading, up to the next of the same or a higher level."""
    level = len(heading) - len(heading.lstrip("#"))
    start = page.text.index(f"{heading}\n")
    rest = page.text[start + len(heading) :]
    following = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def first_column(text):
    """The names in the first column of the tables of a text."""
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def missing(names, text):
    return [name for name in names if f"`{name}`" not in text]


@pytest.fixture
def config(pages):
    return pages["docs/reference/config.md"]


@pytest.fixture
def json_page(pages):
    return pages["docs/reference/json.md"]


@pytest.mark.parametrize(
    ("heading", "fields"),
    [("## Tables", TABLES), ("## Provider entries", ENTRY_FIELDS), ("## Sites", SITE_FIELDS)],
)
def test_the_tables_fields_are_those_of_the_program(heading, fields, config):
    assert sorted(first_column(section(config, heading))) == sorted(fields)


def test_each_form_of_a_reference_is_read_as_the_page_says(config):
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|$", section(config, "## Slot references"), re.MULTILINE)
    assert len(rows) == 8
    for forms, reads in rows:
        pairs = zip(re.findall(r"`([^`]+)`", forms), re.findall(r"`([^`]+)`", reads), strict=True)
        for form, read in pairs:
            module = "a.b.c" if form.startswith("a.b") else "src.x_client"
            assert SlotReference.parse(form, module_name=module).expression == read


def test_the_registry_has_the_methods_that_the_page_lists(config):
    cells = re.findall(r"^\| (`[^|]+) \|", section(config, "## The registry object"), re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`(\w+)\(", cell)]
    assert len(names) >= 16
    assert [name for name in names if not callable(getattr(ProviderRegistry, name, None))] == []
    assert ProviderConfig("acme", "json").priority == 100


@pytest.fixture
def migrated(bench):
    """The second example with both arms, and what scan and plan said of it."""
    root = bench / "examples" / "relay_desk"
    found = scan_paths([root / "deskrelay"], root=root)
    plan = plan_json(make_plan(found))
    scanned = scan_json(found)
    apply_plan(root, plan)
    return root, scanned, plan


def test_what_scan_and_plan_print_is_in_the_page(migrated, json_page):
    _, scanned, plan = migrated
    text = section(json_page, "## scan --json")
    for part in (
        scanned,
        scanned["sites"][0],
        scanned["accounting"],
        scanned["blocks"][0],
        scanned["disagreements"][0],
    ):
        assert missing(part, text) == []
    assert missing(["key", "line", "reason", "code", "message"], text) == []
    assert scanned["accounting"]["unaccounted"] == 0
    text = section(json_page, "## plan.json")
    for part in (plan, plan["options"], plan["names"], plan["lines"]):
        assert missing(part, text) == []


def test_what_apply_and_verify_write_is_in_the_page(migrated, json_page):
    root, _, _ = migrated
    journal = json.loads((root / ".cutover" / "journal.json").read_text(encoding="utf-8"))
    text = section(json_page, "## .cutover/journal.json")
    for part in (journal, journal["files"][0], journal["sites"][0], journal["modules"][0], journal["generated"]):
        assert missing(part, text) == []
    certificate = json.loads(verify_cutover(root).certificate.to_json())
    text = section(json_page, "## verify")
    for part in (certificate, certificate["files"][0], certificate["axioms"][0]):
        assert missing(part, text) == []
    undo_cutover(root)
    assert journal_of(root) is None


def test_a_recording_is_as_the_page_says(json_page):
    text = section(json_page, "## Recordings")
    request, answer = Request("POST", "/", (), b"{}"), Answer(200)
    route = Route("1", request, answer, (Exchange(request, answer),)).to_json()
    for part in (route, route["request"], route["answer"], route["exchanges"][0]):
        assert missing(part, text) == []


def test_the_switch_file_of_the_page_is_one(json_page):
    (text,) = [fence for fence in json_page.fences("json") if '"rules"' in fence]
    snapshot = SwitchSnapshot.from_text(text)
    assert (snapshot.arm("chat", "groq"), snapshot.arm("chat", "near")) == ("registry", "legacy")
