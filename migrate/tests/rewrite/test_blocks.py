"""Timeout tables, lists and alias fixes: rewritten where they agree with the table, else kept with the reason."""

import pytest

from cutover_migrate.rewrite._files import KEPT_REASONS

HEAD = "from clients import make_a, make_b, make_c\n"
BODY = """if p == "a":
    return make_a(m)
elif p == "b":
    return make_b(m)
elif p == "c":
    return make_c(m)
return None"""


@pytest.fixture
def blocks(rewritten, chat):
    """Rewrite a module with these statements between its imports and its chain."""

    def run(text, body=BODY, before=""):
        found = rewritten(chat(body, head=before + HEAD + text))
        kinds = [block for block in found.blocks if block[0] != "imports"]
        return found, kinds, found.finished.partition("\n\n\ndef chat(")[0]

    return run


def read(table, default="30"):
    return f"def wait(p): return {table}.get(p, {default})"


@pytest.mark.parametrize(
    ("table", "after"),
    [
        ('TIMES = {"a": 0.5, "b": 120}', "TIMES = "),
        ('TIMES: dict[str, float] = {\n    "a": 0.5,\n    "b": 120,\n}', "TIMES: dict[str, float] = "),
    ],
)
def test_a_timeout_table_is_read_from_the_entries(blocks, table, after):
    found, kinds, finished = blocks(f"{table}\n{read('TIMES')}")
    assert kinds == [("timeouts", "rewrite", "")]
    assert f"\n{after}get_provider_registry().timeouts()\ndef wait" in finished
    assert "from provider_registry import bind_providers, get_provider_registry\n" in finished
    assert {key: entry.get("timeout") for key, entry in found.entries.items()} == {"a": 0.5, "b": 120, "c": None}
    assert table in found.applied


@pytest.mark.parametrize(("default", "kept"), [("9", 9), ("DEFAULT", 12.5), ("settings.DEFAULT", 30)])
def test_the_default_of_a_timeout_table_is_kept(blocks, default, kept):
    found, _, _ = blocks(f'DEFAULT = 12.5\nTIMES = {{"a": 120}}\n{read("TIMES", default)}')
    assert found.tables["DEFAULT_TIMEOUT"] == kept


def test_a_timeout_table_above_the_imports_has_the_registry_above_it(blocks):
    _, kinds, finished = blocks(read("TIMES"), before='import os\n\nTIMES = {"a": 120}\n')
    assert kinds == [("timeouts", "rewrite", "")]
    lines = finished.splitlines()
    assert lines[:5] == [
        "import os",
        "from provider_registry import bind_providers, get_provider_registry",
        "",
        "TIMES = get_provider_registry().timeouts()",
        "",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f'TIMES = {{"a": 120, "zed": 5}}\n{read("TIMES")}',
        f'TIMES = {{"b": 120, "a": 5}}\n{read("TIMES")}',
        'TIMES = {"a": 120}\nMORE = {"a": 7}\ndef wait(p): return TIMES.get(p, 30) + MORE.get(p, 1)',
    ],
)
def test_a_table_that_the_entries_cannot_give_back_stays(blocks, text):
    _, kinds, finished = blocks(text)
    assert kinds[-1] == ("timeouts", "keep", KEPT_REASONS["timeouts"])
    assert text.splitlines()[len(kinds) - 1] in finished


def test_a_table_of_other_names_is_nobodys(blocks):
    _, kinds, finished = blocks(f'TIMES = {{"x": 120}}\n{read("TIMES")}')
    assert kinds == []
    assert 'TIMES = {"x": 120}' in finished


def test_inline_timeouts_stay_values_beside_a_table(blocks):
    body = BODY
    for number, key in enumerate("abc"):
        body = body.replace(f"make_{key}(m)", f"make_{key}(m, timeout={number + 1})")
    found, _, _ = blocks(f'TIMES = {{"a": 120}}\n{read("TIMES")}', body)
    assert found.entries["a"] | {"values": {"timeout_slot": 1}} == found.entries["a"]
    assert found.entries["a"]["timeout"] == 120


def test_inline_timeouts_become_the_entries_own(blocks):
    body = BODY
    for number, key in enumerate("abc"):
        body = body.replace(f"make_{key}(m)", f"make_{key}(m, timeout={number + 1})")
    found, _, _ = blocks("", body)
    assert [found.entries[key]["timeout"] for key in "abc"] == [1, 2, 3]
    assert "values" not in found.entries["a"]
    assert "timeout=provider_config.timeout" in found.finished


@pytest.mark.parametrize(
    ("text", "after", "function"),
    [
        ('def auto():\n    for p in ["c", "a"]:\n        yield p', "    for p in AUTO_DETECT_PROVIDERS:", True),
        ('def auto():\n    for p in ("c", "a"):\n        yield p', "    for p in AUTO_DETECT_PROVIDERS:", True),
        ('ORDER = ["c", "a"]\ndef auto():\n    for p in ORDER: yield p', "ORDER = list(AUTO_DETECT_PROVIDERS)", False),
        ('ORDER = ("c", "a")\ndef auto():\n    for p in ORDER: yield p', "ORDER = tuple(AUTO_DETECT_PROVIDERS)", False),
    ],
)
def test_a_list_becomes_the_auto_detect_list_in_its_own_order(blocks, text, after, function):
    found, kinds, finished = blocks(text)
    assert kinds == [("list", "rewrite", "")]
    assert after in finished.splitlines()
    assert "from providers import AUTO_DETECT_PROVIDERS\n" in finished
    assert found.tables["AUTO_DETECT_PROVIDERS"] == ["c", "a"]
    assert {key: entry["auto_detect"] for key, entry in found.entries.items()} == {"a": True, "b": False, "c": True}


def test_a_second_list_with_the_same_names_goes_too(blocks):
    loop = '    for p in ["c", "a"]:\n        yield p\n'
    _, kinds, finished = blocks(f"def auto():\n{loop}{loop}")
    assert kinds == [("list", "rewrite", "")] * 2
    assert finished.count("for p in AUTO_DETECT_PROVIDERS:") == 2


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('def auto():\n    for p in ["c", "a"]: yield p\n    for p in ["a", "c"]: yield p', ["rewrite", "keep"]),
        ('def auto():\n    for p in ["c", "a"]: yield p\n    for p in ["c", "a", "b"]: yield p', ["rewrite", "keep"]),
    ],
)
def test_a_list_stays_where_it_differs(blocks, text, kinds):
    _, found, finished = blocks(text)
    assert [(kind, decision) for kind, decision, _ in found] == [("list", decision) for decision in kinds]
    assert found[-1][2] == KEPT_REASONS["list"]
    assert text.splitlines()[-1] in finished


def test_a_list_inside_a_site_stays(blocks):
    loop = '\n    for q in ["c", "a"]:\n        log(q)\n    return'
    _, kinds, _ = blocks("", BODY.replace("\n    return", loop))
    assert {(kind, decision) for kind, decision, _ in kinds} == {("list", "keep")}


@pytest.mark.parametrize("names", ['["x", "y", "a"]', '["x", "a"]', '["x", "y"]'])
def test_a_list_of_mostly_other_names_is_nobodys(blocks, names):
    found, kinds, finished = blocks(f"def auto():\n    for p in {names}:\n        yield p")
    assert kinds == []
    assert names in finished
    assert found.tables["AUTO_DETECT_PROVIDERS"] == []


def test_an_alias_fix_becomes_a_lookup(blocks):
    found, kinds, finished = blocks('def auto(q):\n    if q == "be":\n        q = "b"\n    return q')
    assert kinds == [("alias", "rewrite", "")]
    assert "def auto(q):\n    q = normalize_provider_name(q)\n    return q" in finished
    assert "from provider_registry import bind_providers, normalize_provider_name\n" in finished
    assert found.tables["PROVIDER_ALIASES"] == {"be": "b"}


@pytest.mark.parametrize(
    ("second", "decisions"),
    [
        ('    if q == "be":\n        q = "b"\n', ["rewrite", "rewrite"]),
        ('    if q == "ay":\n        q = "a"\n', ["keep", "keep"]),
    ],
)
def test_alias_fixes_go_where_each_place_has_the_same(blocks, second, decisions):
    _, kinds, _ = blocks(
        f'def one(q):\n    if q == "be":\n        q = "b"\n    return q\ndef two(q):\n{second}    return q'
    )
    assert [decision for _, decision, _ in kinds] == decisions
    assert {reason for _, _, reason in kinds} == ({""} if decisions[0] == "rewrite" else {KEPT_REASONS["alias"]})


@pytest.mark.parametrize(
    "fix",
    [
        'if q == "be":\n        q = "zed"',
        'if q == "a":\n        q = "b"',
        'if m:\n        pass\n    elif q == "be":\n        q = "b"',
        'if q == "be":\n        q = "b"\n    else:\n        pass',
    ],
)
def test_an_alias_of_no_provider_or_of_another_shape_stays(blocks, fix):
    _, kinds, finished = blocks(f"def auto(q, m):\n    {fix}\n    return q")
    assert kinds == []
    assert fix in finished


TAKEN = {
    "get_provider_registry": f'TIMES = {{"a": 120}}\n{read("TIMES")}',
    "normalize_provider_name": 'def auto(q):\n    if q == "be":\n        q = "b"\n    return q',
    "AUTO_DETECT_PROVIDERS": 'def auto():\n    for p in ["c", "a"]: yield p',
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_block_stays_where_the_file_uses_the_name_for_something_else(blocks, name):
    _, kinds, finished = blocks(f"{TAKEN[name]}\ndef {name}(): return 1\n")
    assert [block[1:] for block in kinds] == [("keep", f"the file uses the name {name} already")]
    assert TAKEN[name] in finished
