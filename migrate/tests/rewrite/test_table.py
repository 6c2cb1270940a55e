"""The table: columns shared or split, defaults, kept names, conventions, and the text that it is written as."""

import ast

import pytest

HEAD = """from clients import make_a, make_b, make_c, make_d, make_old_b, make_a_async, make_c_async
from clients import send_a, send_b, send_d
"""


def function(name, a, b, default="return None"):
    return (
        f'\n\ndef {name}(p, m):\n    if p == "a":\n        return {a}\n    elif p == "b":\n        return {b}\n'
        f"    else:\n        {default}\n"
    )


@pytest.fixture
def table_of(rewritten):
    """Rewrite functions below the imports."""
    return lambda *parts, **options: rewritten(HEAD + "".join(parts), **options)


CHAT = function("chat", "make_a(m)", "make_b(m)")


def slots_of(found, site):
    return {
        key: [entry.get("slots", {}).get(slot, found.tables["SLOTS"].get(slot)) for slot in found.sites[site]["slots"]]
        for key, entry in found.entries.items()
    }


def test_sites_that_agree_share_a_column(table_of):
    found = table_of(CHAT, function("images", "[make_a(m)]", "[make_b(m)]"))
    assert found.tables["SLOTS"] == {"make": "make_{}"}
    assert [site["slots"] for site in found.sites.values()] == [["make"], ["make"]]
    assert [entry["sites"] for entry in found.entries.values()] == ["*", "*"]


@pytest.mark.parametrize(("a", "b"), [("make_a", "make_old_b"), ("make_b", "make_a")])
def test_sites_that_disagree_have_columns_of_their_own(table_of, a, b):
    found = table_of(CHAT, function("images", f"{a}(m)", f"{b}(m)"))
    assert found.sites["images"]["slots"] == ["make_images"]
    assert slots_of(found, "images") == {"a": [a], "b": [b]}
    assert slots_of(found, "chat") == {"a": ["make_{}"], "b": ["make_{}"]}


def test_a_third_site_joins_the_column_that_it_agrees_with(table_of):
    other = function("images", "make_a(m)", "make_old_b(m)")
    found = table_of(CHAT, other, other.replace("images", "audio"))
    assert found.sites["audio"]["slots"] == ["make_images"]


def test_two_holes_of_one_template_that_differ_have_two_columns(table_of):
    found = table_of(function("chat", "make_a(make_a(m))", "make_b(make_old_b(m))"))
    assert found.sites["chat"]["slots"] == ["make", "make_chat"]
    assert "provider_config.make(provider_config.make_chat(m))" in found.finished


def test_two_holes_that_always_agree_share_a_column(table_of):
    found = table_of(function("chat", "make_a(make_a(m))", "make_b(make_b(m))"))
    assert "provider_config.make(provider_config.make(m))" in found.finished


def test_sites_with_other_keys_serve_only_those(table_of):
    third = function("images", "make_a(m)", "make_c(m)").replace('"b"', '"c"')
    found = table_of(CHAT, third)
    assert {key: entry["sites"] for key, entry in found.entries.items()} == {"a": "*", "b": ["chat"], "c": ["images"]}


def test_values_are_shared_and_split_like_slots(table_of):
    chat = function("chat", 'make_a(m, label="A")', 'make_b(m, label="B")')
    same = function("images", 'send_a(m, label="A")', 'send_b(m, label="B")')
    other = function("audio", 'send_a(m, label="A")', 'send_b(m, label="b!")')
    found = table_of(chat, same, other)
    assert [site["values"] for site in found.sites.values()] == [["label"], ["label"], ["label_audio"]]
    assert found.entries["b"]["values"] == {"label": "B", "label_audio": "b!"}


def test_values_of_different_types_are_different(table_of):
    found = table_of(
        function("chat", "make_a(m, n=1)", "make_b(m, n=2)"), function("images", "make_a(m, n=1.0)", "make_b(m, n=2)")
    )
    assert found.entries["a"]["values"] == {"n": 1, "n_images": 1.0}
    assert type(found.entries["a"]["values"]["n_images"]) is float


def test_three_disagreeing_values_in_one_site_have_numbers(table_of):
    found = table_of(function("chat", "make_a(m, 1, 2, 3)", "make_b(m, 4, 5, 6)"))
    assert found.sites["chat"]["values"] == ["value", "value_chat", "value_chat_2"]
    assert found.entries["b"]["values"] == {"value": 4, "value_chat": 5, "value_chat_2": 6}


def test_a_value_that_goes_by_the_name_of_a_slot_makes_way(table_of):
    found = table_of(function("chat", 'make_a(m, make="x")', 'make_b(m, make="y")'))
    assert (found.sites["chat"]["slots"], found.sites["chat"]["values"]) == (["make"], ["make_chat"])


def test_the_key_itself_is_no_value(table_of):
    found = table_of(function("chat", 'make_a(m, "a")', 'make_b(m, "b")'))
    assert "values" not in found.sites["chat"]
    assert "provider_config.make(m, provider_config.name)" in found.finished


@pytest.mark.parametrize("word", ["name", "timeout", "sites", "values", "priority", "class", "lazy"])
def test_a_value_never_takes_a_word_with_a_meaning(table_of, word):
    target = f"{word}=" if word != "class" else ""
    body = f"dict(m=make_a(m), {target}'x')" if target else "{'class': 'x', 'm': make_a(m)}"
    found = table_of(function("chat", body, body.replace("'x'", "'y'").replace("make_a", "make_b")))
    (value,) = found.sites["chat"]["values"]
    assert value in {f"{word}_slot", "label"}


DEFAULTS = {
    "return make_d(m)": ("d", True),
    "return make_a(m)": ("a", True),
    "return send_d(m)": (None, False),
    "return m.make_d(m)": (None, False),
    "raise KeyError(p)": (None, False),
    "log(p)\n        return make_d(m)": ("d", False),
    "return make_a_async(m)": ("a", False),
    "return make_d(make_a(m))": ("a", False),
}


@pytest.mark.parametrize("default", DEFAULTS)
def test_the_default_of_a_site_is_the_provider_whose_function_its_default_arm_calls(table_of, default):
    provider, absorbed = DEFAULTS[default]
    if default == "return make_a_async(m)":
        chat = function("chat", "[make_a(m)]", "[make_b(m)]", default)
    else:
        chat = function("chat", "make_a(m)", "make_b(m)", default)
    found = table_of(chat)
    assert found.sites["chat"].get("default") == provider
    assert (f"        {default}\n" not in found.finished) == absorbed
    assert found.tables["DEFAULT_PROVIDER"] == provider


def test_a_default_provider_that_no_site_serves_has_an_entry_without_sites(table_of):
    found = table_of(function("chat", "make_a(m)", "make_b(m)", "return make_d(m)"))
    assert found.entries["d"]["sites"] == []
    assert found.entries["d"]["priority"] == 3


def test_each_site_has_its_own_default(table_of):
    found = table_of(
        function("chat", "make_a(m)", "make_b(m)", "return make_d(m)"),
        function("images", "[make_a(m)]", "[make_b(m)]", "return [make_a(m)]"),
        function("audio", "{make_a(m)}", "{make_b(m)}", "raise KeyError(p)"),
    )
    assert [site.get("default") for site in found.sites.values()] == ["d", "a", None]
    assert found.tables["DEFAULT_PROVIDER"] == "d"


@pytest.mark.parametrize(
    ("default", "absorbed"),
    [
        ('make_d(m, label="D", key="d")', True),
        ('make_a(m, label="A", key="a")', True),
        ('make_d(m, label="D", key="zed")', False),
        ('make_a(m, label="other", key="a")', False),
        ('make_a(m, label="A", key="b")', False),
    ],
)
def test_a_default_arm_is_kept_where_its_values_are_not_its_providers(table_of, default, absorbed):
    def arm(key):
        return f'make_{key}(m, label="{key.upper()}", key="{key}")'

    found = table_of(function("chat", arm("a"), arm("b"), f"return {default}"))
    assert (default not in found.finished) == absorbed


def test_a_timeout_of_the_default_arm_must_be_its_providers(table_of):
    def arm(key, seconds):
        return f"make_{key}(m, timeout={seconds})"

    absorbed = table_of(function("chat", arm("a", 5), arm("b", 6), f"return {arm('d', 7)}"))
    assert absorbed.entries["d"]["timeout"] == 7
    kept = table_of(function("chat", arm("a", 5), arm("b", 6), f"return {arm('a', 7)}"))
    assert "make_a(m, timeout=7)" in kept.finished


def test_what_only_kept_code_reads_is_bound_too(table_of):
    text = (
        function("chat", "make_a(m)", "make_b(m)", "m = [m]\n        return make_a_async(m)")
        .replace("    else:", '    elif p == "c":\n        r = make_c_async(make_c)\n        return r\n    else:')
    )  # fmt: skip
    found = table_of(text)
    assert found.sites["chat"] == {
        "slots": ["make"],
        "default": "a",
        "kept": ["c"],
        "kept_slots": ["make_async"],
    }
    assert found.tables["SLOTS"] == {"make": "make_{}", "make_async": "make_{}_async"}
    assert found.entries["c"]["sites"] == []
    assert found.entries["b"]["slots"] == {"make_async": None}


def test_a_convention_holds_for_most_and_the_rest_is_written_out(rewritten, chat):
    names = ["one", "two", "three", "x-four", "five.5"]
    makers = ["make_one", "make_two", "make_three", "make_x_four", "start_five"]
    body = "".join(
        f'{"el" * (place > 0)}if p == "{name}":\n    return {maker}(m)\n'
        for place, (name, maker) in enumerate(zip(names, makers, strict=True))
    )
    found = rewritten(chat(f"{body}return None", head=f"from clients import {', '.join(makers)}"))
    assert found.tables["SLOTS"] == {"make": "make_{}"}
    assert {key: entry.get("slots") for key, entry in found.entries.items()} == {
        "one": None,
        "two": None,
        "three": None,
        "x-four": None,
        "five.5": {"make": "start_five"},
    }


def test_a_slot_that_a_provider_does_not_have_is_told(table_of):
    found = table_of(CHAT, function("images", "send_a(m)", "send_b(m)", "return send_d(m)"))
    assert found.entries["d"]["slots"] == {"make": None}


@pytest.mark.parametrize(
    "value", ['say "x"', "it's", "both ' and \"", "back\\slash", "new\nline", "é→😀", "\x00\x85\u2028", "", "{}"]
)
def test_any_text_can_be_a_value(table_of, value):
    found = table_of(function("chat", f"make_a(m, {value!r})", "make_b(m, 'other')"))
    assert found.entries["a"]["values"] == {"label": value}


@pytest.mark.parametrize("value", [b"x\xff", 1.5, 10**30, None, True, -0.0])
def test_any_constant_can_be_a_value(table_of, value):
    found = table_of(function("chat", f"make_a(m, {value!r})".replace("-0.0", "0.0"), "make_b(m, 7)"))
    (given,) = found.entries["a"]["values"].values()
    assert (type(given), given) == (type(value), value)


@pytest.mark.parametrize("key", ["a b", "ü", "*", "x/y:z", 'say "a"', "{}", "A", "5", "a'"])
def test_any_text_can_be_a_key(rewritten, chat, key):
    found = rewritten(
        chat(f'if p == {key!r}:\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None')
    )
    assert list(found.entries) == [key, "b"]


def test_the_table_is_in_the_order_of_the_imports(rewritten, chat):
    head = "from z import make_z\nfrom y import make_y, send_y\nfrom x import send_x\n"
    body = 'if p == "y":\n    return send_y(make_y)\nelif p == "z":\n    return send_x(make_z)\nreturn None'
    assert list(rewritten(chat(body, head=head)).entries) == ["z", "y"]


def test_the_config_reads_like_a_table(table_of):
    found = table_of(CHAT, function("images", "make_a(m)", "make_old_b(m)", "return make_d(m)"))
    assert found.config == (
        '"""Providers of this gateway, one entry each: adding one is one new entry. Written by `cutover apply`."""\n'
        "\n"
        'DEFAULT_PROVIDER = "d"\n'
        "DEFAULT_TIMEOUT = 30  # seconds\n"
        "PROVIDER_ALIASES = {}\n"
        "SLOTS = {\n"
        '    "make": "make_{}", "make_images": "make_{}",\n'
        "}\n"
        "SITES = {\n"
        '    "chat": {"slots": ["make"]},\n'
        '    "images": {"slots": ["make_images"], "default": "d"},\n'
        "}\n"
        "PROVIDER_CONFIGS = {\n"
        '    "a": {"priority": 1, "auto_detect": False, "module_name": "clients", "sites": "*"},\n'
        '    "b": {"priority": 2, "auto_detect": False, "module_name": "clients", "sites": "*",'
        ' "slots": {"make_images": "make_old_b"}},\n'
        '    "d": {"priority": 3, "auto_detect": False, "module_name": "clients", "sites": [],'
        ' "slots": {"make": None}},\n'
        "}\n"
        "AUTO_DETECT_PROVIDERS = []\n"
        "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items()"
        ' if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]\n'
    )


def test_many_conventions_are_wrapped(rewritten, chat):
    words = ["make", "process", "stream", "count", "embed", "transcribe"]
    calls = {key: ", ".join(f"{word}_the_provider_{key}(m)" for word in words) for key in "ab"}
    head = "from clients import " + ", ".join(f"{word}_the_provider_{key}" for word in words for key in "ab")
    body = f'if p == "a":\n    return {calls["a"]}\nelif p == "b":\n    return {calls["b"]}\nreturn None'
    found = rewritten(chat(body, head=head))
    lines = found.config.partition("SLOTS = {\n")[2].partition("\n}")[0].splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 120
    assert list(found.tables["SLOTS"]) == [f"{word}_the_provider" for word in words]


def test_the_registry_and_the_loader_are_short_and_parse(table_of):
    plan = table_of(CHAT, services="svc", config="cfg").plan
    registry, loader = plan.generated[plan.layout.registry], plan.generated[plan.layout.loader]
    assert "from cfg import providers\n" in registry
    assert "from svc.provider_registry import get_provider_registry\n" in loader
    for text in (registry, loader):
        assert ast.get_docstring(ast.parse(text)).endswith("Written by `cutover apply`.")
