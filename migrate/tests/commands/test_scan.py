"""What a scan says: every chain accounted for, provider dispatch told from other dispatch, disagreements named."""

import json
import textwrap

import pytest

from cutover_migrate import BadInput, Options, certified_plan, make_plan, plan_json, scan_json, scan_paths
from cutover_migrate._report import block_list, lines_json, plan_of
from cutover_migrate.apply import FileChange
from cutover_migrate.rewrite import REASONS

HEAD = "from clients import make_a, make_b, make_c, make_d, make_e, Kind\n"


def chain(*keys, name="chat", subject="p", call="make_{}(m)", default=""):
    lines = [f"\n\ndef {name}({subject}, m):"]
    for place, key in enumerate(keys):
        lines += [f'    {"el" * (place > 0)}if {subject} == "{key}":', f"        return {call.format(key)}"]
    lines += [f"    else:\n        {default}"] if default else []
    return "\n".join(lines) + "\n"


@pytest.fixture
def scan(tmp_path):
    """Scan files; a text alone is `chat.py`."""

    def run(files, **options):
        for path, text in ({"chat.py": files} if isinstance(files, str) else files).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(textwrap.dedent(text))
        return scan_paths([tmp_path], root=tmp_path, **options)

    return run


ERRORS = """
def status(text, part):
    if "429" in text or "rate limit" in text:
        return 429
    elif "503" in text:
        return 503
    if part["type"] == "text":
        return part["text"]
    elif part["type"] == "image":
        return part["url"]
    elif part["type"] == "audio":
        return part["data"]
    elif part["type"] == "file":
        return part["path"]
"""


def test_every_chain_has_one_decision(scan):
    found = scan(HEAD + chain("a", "b", "c", "d") + chain("a", "b", name="images") + ERRORS)
    assert found.accounting == {"found": 3, "template": 2, "lift": 0, "partial": 0, "refuse": 1, "unaccounted": 0}
    assert [site.id for site in found.sites] == ["chat.chat.1", "chat.images.1", "chat.status.1"]
    assert [site.id for site in found.chosen] == ["chat.chat.1", "chat.images.1"]
    assert found.near_misses == []


def test_chains_are_numbered_in_their_function(scan):
    found = scan(
        {"app/web.py": HEAD + chain("a", "b") + chain("a", "b", name="chat").replace("\n\ndef chat(p, m):\n", "")}
    )
    assert [site.id for site in found.sites] == ["app.web.chat.1", "app.web.chat.2"]


def test_a_chain_of_the_module_itself_is_named_so(scan):
    found = scan(HEAD + chain("a", "b", "c", "d").replace("\n\ndef chat(p, m):\n", "if 1:\n").replace("return", "r ="))
    assert [site.id for site in found.sites] == ["chat.<module>.1"]


def test_the_largest_group_of_chains_that_share_keys_is_the_provider_dispatch(scan):
    found = scan(
        HEAD
        + chain("x", "y", "z", name="first", call="make_a({!r})".replace("{!r}", "m, make_{}"))
        .replace("make_x", "make_a").replace("make_y", "make_b").replace("make_z", "make_c")
        + chain("a", "b", "c")
        + chain("a", "d", name="images")
    )  # fmt: skip
    assert [(site.id, site.decided.decision) for site in (*found.sites, *found.near_misses)] == [
        ("chat.chat.1", "template"),
        ("chat.images.1", "template"),
        ("chat.first.1", "refuse"),
    ]
    assert [why.code for why in found.near_misses[0].decided.reasons] == ["other-dispatch"]


def test_a_chain_that_only_picks_constants_is_no_dispatch(scan):
    found = scan(HEAD + chain("a", "b", "c", "d") + chain("a", "b", "c", "d", name="label", call='"the {}"'))
    assert [site.decided.decision for site in found.sites] == ["template", "refuse"]


def test_a_chain_over_other_keys_can_be_included(scan):
    text = (
        HEAD
        + chain("a", "b", "c", "d")
        + chain("x", "y", name="mode").replace("make_x", "make_a").replace("make_y", "make_b")
    )
    assert [site.id for site in scan(text).chosen] == ["chat.chat.1"]
    found = scan(text, include=["chat.mode.1"])
    assert [site.id for site in found.chosen] == ["chat.chat.1", "chat.mode.1"]


def test_a_site_that_is_not_there_cannot_be_included(scan):
    with pytest.raises(BadInput) as caught:
        scan(HEAD + chain("a", "b"), include=["chat.other.1"])
    assert str(caught.value) == "chat.other.1: no site has this id; `cutover scan` lists them"


@pytest.mark.parametrize(("keys", "near"), [("xyz", True), ("wxyz", False), ("xya", False)])
def test_short_chains_over_other_keys_are_near_misses(scan, keys, near):
    found = scan(HEAD + chain("a", "b", "c") + chain(*keys, name="kind", subject="k", call="[{}]"))
    assert [site.id for site in found.near_misses] == (["chat.kind.1"] if near else [])


def test_the_import_root_can_be_given(scan):
    found = scan({"app/desk/web.py": HEAD + chain("a", "b")}, import_root="app")
    assert [site.id for site in found.sites] == ["desk.web.chat.1"]


def test_files_without_chains_are_only_counted(scan):
    found = scan({"chat.py": HEAD + chain("a", "b"), "clients.py": "def make_a(m): pass\n", "bad.py": "x ="})
    data = scan_json(found)
    assert data["files"] == 2
    assert data["unread"] == [{"file": "bad.py", "line": 1, "reason": "invalid syntax"}]


def test_a_scan_as_json_says_all_of_a_site(scan):
    text = HEAD + chain("a", "b", default="raise KeyError(p)").replace('elif p == "b"', 'elif p in ("b", "c")')
    text = text.replace("    else:", '    elif p == "x":\n        return None\n    else:')
    data = json.loads(json.dumps(scan_json(scan(text))))
    assert data["sites"] == [
        {
            "id": "chat.chat.1",
            "file": "chat.py",
            "start_line": 5,
            "end_line": 12,
            "function": "chat",
            "subject": "p",
            "keys": ["a", "b", "c", "x"],
            "kind": "elif",
            "branches": 3,
            "decision": "template",
            "form": "template",
            "kept": [{"key": "x", "line": 10, "reason": "bodies-differ"}],
            "level": "safe",
            "reasons": [],
            "name": "chat",
        }
    ]
    assert data["accounting"]["unaccounted"] == 0
    assert data["blocks"] == [
        {
            "id": "block.1",
            "kind": "imports",
            "file": "chat.py",
            "start_line": 1,
            "end_line": 1,
            "decision": "rewrite",
            "reason": "",
        }
    ]


def test_a_refused_site_as_json_says_why(scan):
    text = chain("a", "b", "c", "d").replace('p == "b"', "p == Kind.B").replace('p == "c"', "p == Kind.C")
    data = scan_json(scan(HEAD + text))
    (site,) = data["sites"]
    assert (site["decision"], site["form"], site["level"], site["name"]) == ("refuse", "", "display", None)
    assert site["reasons"] == [
        {
            "code": "key-not-literal",
            "line": 7,
            "message": REASONS["key-not-literal"].message,
        }
    ]
    assert site["keys"] == ["a", "Kind.B", "Kind.C", "d"]
    assert data["blocks"] == []


def test_branches_that_stay_on_either_side_are_told_in_order(scan):
    text = chain("a", "b", "c", "d").replace('p == "a"', '"a" in p').replace('p == "d"', "p == Kind.D")
    data = scan_json(scan(HEAD + text))
    (site,) = data["sites"]
    assert (site["decision"], site["form"], site["level"], site["name"]) == ("partial", "template", "safe", "chat")
    assert site["kept"] == [
        {"key": None, "line": 5, "reason": "open-predicate"},
        {"key": None, "line": 11, "reason": "key-not-literal"},
    ]
    assert (site["start_line"], site["branches"]) == (5, 4)


def test_a_lifted_site_as_json(scan):
    text = chain("a", "b", "c").replace("return make_b(m)", "m = make_b(m)\n        return [m]")
    text = text.replace("return make_c(m)", "raise KeyError(m)")
    (site,) = scan_json(scan(HEAD + text))["sites"]
    assert (site["decision"], site["form"], site["level"], site["kept"]) == ("lift", "lift", "safe", [])


def test_nothing_to_rewrite_has_no_plan(scan):
    assert plan_of(scan("x = 1\n")) is None


DISAGREEMENTS = {
    "sites that do not serve the same": (
        chain("a", "b", "c") + chain("a", "b", name="images"),
        [
            (
                "providers-differ",
                ("c",),
                "chat.images.1 does not serve 'c', which other sites do: there they take its default arm",
            )
        ],
    ),
    "a timeout without a chain": (
        'TIMES = {"a": 5, "zed": 7, "y": 1}\ndef wait(p): return TIMES.get(p, 30)\n' + chain("a", "b"),
        [("timeout-without-chain", ("zed", "y"), "TIMES has a timeout for 'zed', 'y', which no chain serves")],
    ),
    "lists that differ": (
        'def one():\n    for p in ["a", "b", "c"]: pass\ndef two():\n    for p in ["a", "c", "zed"]: pass\n'
        + chain("a", "b", "c"),
        [("lists-differ", ("b", "zed"), "this list of providers differs from the one on line 3")],
    ),
    "an alias that one function lacks": (
        'def one(p):\n    if p == "ay":\n        p = "a"\n    if p == "be":\n        p = "b"\n'
        'def two(p):\n    if p == "ay":\n        p = "a"\n' + chain("a", "b"),
        [("aliases-differ", ("be",), "two does not know the alias 'be', which another function does")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_disagreements_are_told(scan, name):
    text, expected = DISAGREEMENTS[name]
    found = scan(HEAD + text)
    assert [(one.kind, one.names, one.message) for one in found.disagreements()] == expected
    told = scan_json(found)["disagreements"][0]
    assert (told["file"], told["names"]) == ("chat.py", list(expected[0][1]))


@pytest.mark.parametrize(
    "text",
    [
        chain("a", "b") + chain("b", "a", name="images"),
        'TIMES = {"a": 5}\ndef wait(p): return TIMES.get(p, 30)\n' + chain("a", "b"),
        'TIMES = {"x": 5}\ndef wait(p): return TIMES.get(p, 30)\n' + chain("a", "b"),
        'def one():\n    for p in ["a", "b"]: pass\n    for p in ["a", "b"]: pass\n' + chain("a", "b"),
        'def one():\n    for p in ["x", "y"]: pass\n    for p in ["a", "b"]: pass\n' + chain("a", "b"),
        'def one(p):\n    if p == "ay":\n        p = "a"\n' + chain("a", "b"),
        'def one(p):\n    if p == "x":\n        p = "y"\n' + chain("a", "b"),
    ],
)
def test_what_agrees_is_not_told(scan, text):
    assert scan(HEAD + text).disagreements() == []


def test_a_plan_as_json_has_what_apply_reads(scan, tmp_path):
    plan = make_plan(scan(HEAD + chain("a", "b")))
    data = json.loads(json.dumps(plan_json(plan)))
    assert (data["format"], data["version"], data["root"]) == ("cutover-plan", 1, str(tmp_path))
    assert data["names"] == {"sites": {"chat.chat.1": "chat"}, "columns": {"make": "make"}}
    assert list(data["sources"]) == ["chat.py"]
    assert set(data["generated"]) == {"providers.py", "provider_registry.py", "provider_loader.py"}
    assert data["edits"]["chat.py"][:2] == ["--- a/chat.py", "+++ b/chat.py"]
    assert data["options"] == {
        "services": None,
        "config": None,
        "import_root": None,
        "unsafe": False,
        "exclude": [],
        "include": [],
        "vendor": False,
    }


def test_a_site_that_cannot_be_certified_is_left_out_of_the_plan(scan):
    own = "n = make_b(m)\n        def more():\n            nonlocal n\n            n += 1\n        return more"
    text = chain("a", "b").replace("return make_b(m)", own)
    plan = certified_plan(scan(HEAD + text + chain("a", "b", "c", name="images")))
    assert plan.options.exclude == ("chat.chat.1",)
    assert [site.id for site in plan.sites] == ["chat.images.1"]


def test_lines_that_go_are_counted_against_those_that_come(scan):
    keys = [f"k{number}" for number in range(30)]
    head = "".join(f"from clients import make_{key}\n" for key in keys)
    plan = make_plan(scan(head + chain(*keys)))
    counted = lines_json(plan)
    (change,) = plan.finished()
    less = len(change.before.splitlines()) - len(change.after.splitlines())
    generated = sum(len(text.splitlines()) for text in plan.generated.values())
    assert counted == {
        "sites_and_blocks": 90,
        "gone": less - generated,
        "generated": generated,
        "share_gone": round((less - generated) / 90, 4),
    }
    assert counted["gone"] > 0


def test_few_lines_make_no_gain(scan):
    counted = lines_json(make_plan(scan(HEAD + chain("a", "b"))))
    assert counted["gone"] < 0
    assert counted["share_gone"] < 0


def test_blocks_are_numbered_over_the_project(scan):
    found = scan({"one.py": HEAD + chain("a", "b"), "two.py": HEAD + chain("a", "b", name="images")})
    assert [block["id"] for block in block_list(make_plan(found))] == ["block.1", "block.2"]


def test_changes_say_what_was_there_before(scan):
    plan = make_plan(scan(HEAD + chain("a", "b")))
    assert [type(change) for change in plan.applied()] == [FileChange] * 4
    assert [change.before is None for change in plan.applied()] == [False, True, True, True]
    assert [change.path for change in plan.finished()] == ["chat.py"]


def test_options_are_part_of_a_plan(scan):
    plan = make_plan(scan(HEAD + chain("a", "b")), Options(services="svc", config="cfg"))
    assert plan.layout.paths == ("cfg/providers.py", "svc/provider_registry.py", "svc/provider_loader.py")
