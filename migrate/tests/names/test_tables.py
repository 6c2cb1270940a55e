"""Timeouts tables, provider lists and alias fixes in every spelling: rewritten and still working, or kept with why."""

import pytest

TABLE = '\nTIMES = {"b": 120, "c": 60}\nDEFAULT = 30\n'
WAIT = "TIMES.get(provider, DEFAULT)"
NOT_READ = "it is not read as `TABLE.get(provider, default)`, or its default is no number above zero"
NO_NUMBER = "a value of it is not written as a number"
NO_GLOBAL = "it is not a dict that is the value of a module's global"
DIFFERS = "it names a provider that no chain serves, has another order, or differs from the table taken"
OTHER_SPELLING = "it is not written as `if provider == alias: provider = name`"
PATCHED = """
print(dict(chat.TIMES), type(chat.TIMES).__name__)
with mock.patch.dict("desk.chat.TIMES", {"a": 1}): seen()
with mock.patch("desk.chat.TIMES", {"b": 2}): seen()
chat.TIMES["d"] = 9
seen()
print(list(chat.TIMES.items()))
"""


@pytest.fixture
def with_wait(chain):
    """The chain with a timeout for each call, worked out by an expression."""

    def build(wait=WAIT, before=""):
        body = chain.replace("(provider, model):\n", f"(provider, model):\n{before}    wait = {wait}\n")
        return body.replace("(model)", "(model, timeout=wait)")

    return build


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.replace("TIMES =", "TIMES: dict[str, int] ="),
        "\nfrom typing import Final\n" + TABLE.replace("TIMES =", "TIMES: Final ="),
        TABLE.replace("120", "120.0").replace("30", "30.5"),
        '\nTIMES = {\n    "b": 120,  # a slow one\n    "c": 60,\n}\nDEFAULT = 30\n',
        '\nTIMES = {"b": 120}\nDEFAULT = 30\n',
        TABLE + 'TIMES["a"] = 5\nTIMES.update(d=7)\n',
        TABLE + "LONGEST = max(TIMES.values())\n",
    ],
)
def test_a_table_that_is_read_with_a_default_is_rewritten(audit, with_wait, table):
    found = audit(between=table, chain=with_wait(), probe=PATCHED + "print(getattr(chat, 'LONGEST', None))")
    assert found.is_rewritten("timeouts")
    assert "get_provider_registry().timeouts()" in found.texts["finished"]


def test_every_other_read_of_a_rewritten_table_sees_the_same(audit, with_wait):
    after = """

def slow():
    return [p for p, t in TIMES.items() if t > 60], "b" in TIMES, TIMES["c"], len(TIMES), sorted(TIMES), \\
        TIMES == {"b": 120, "c": 60}, TIMES | {"x": 1}, next(iter(TIMES)), TIMES.get("zz"), {**TIMES}, \\
        list(reversed(TIMES))


def limit(provider):
    return TIMES.get(provider, DEFAULT)
"""
    found = audit(between=TABLE, chain=with_wait(), after=after, probe="print(chat.slow(), chat.limit('b'))" + PATCHED)
    assert (7, "rewrite", "") in found.decided("timeouts")


@pytest.mark.parametrize(
    "reader",
    [
        "from desk.chat import DEFAULT, TIMES\n\n\ndef f():\n    return TIMES, DEFAULT\n",
        "import desk.chat as chat\n\n\ndef f():\n    return chat.TIMES, chat.DEFAULT\n",
    ],
)
def test_another_module_reads_the_table(audit, with_wait, reader):
    probe = "import desk.other\nprint(desk.other.f(), desk.other.f()[0] is chat.TIMES)" + PATCHED
    found = audit(between=TABLE, chain=with_wait(), files={"desk/other.py": reader}, probe=probe)
    assert found.is_rewritten("timeouts")


def test_a_table_above_the_imports_that_a_module_in_a_cycle_reads(audit, plain, with_wait):
    found = audit(
        imports=TABLE + plain + "from desk import other\n",
        chain=with_wait(),
        files={"desk/other.py": "from desk.chat import TIMES\nA = dict(TIMES)\n"},
        probe="print(chat.other.A)" + PATCHED,
    )
    assert found.is_rewritten("timeouts")


@pytest.mark.parametrize(
    ("wait", "before"),
    [
        ("TIMES.get(provider) or DEFAULT", ""),
        ("TIMES[provider] if provider in TIMES else DEFAULT", ""),
        ("next((t for p, t in TIMES.items() if p == provider), DEFAULT)", ""),
        ("TIMES[provider]", "    if provider not in TIMES:\n        raise LookupError(provider)\n"),
        ("dict(TIMES).get(provider, DEFAULT)", ""),
    ],
)
def test_a_table_that_is_read_in_another_way_is_kept(audit, with_wait, wait, before):
    assert audit(between=TABLE, chain=with_wait(wait, before), probe=PATCHED).reasons("timeouts") == [NOT_READ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('\nM = 60\nTIMES = {"b": 2 * M, "c": M}\nDEFAULT = 30\n', NO_NUMBER),
        ('\nTIMES = {"b": None, "c": 1}\nDEFAULT = 30\n', NO_NUMBER),
        ('\nTIMES = {"b": True, "c": 1}\nDEFAULT = 30\n', NO_NUMBER),
        ('\nTIMES = {"b": 0, "c": 1}\nDEFAULT = 30\n', "an entry's timeout is a number of seconds above zero"),
        ('\nTIMES = {"b": -1, "c": 1}\nDEFAULT = 30\n', "an entry's timeout is a number of seconds above zero"),
        ('\nTIMES = {"b": 1e999, "c": 1}\nDEFAULT = 30\n', "an entry's timeout is a number of seconds above zero"),
        (TABLE.replace("30", "0"), NOT_READ),
        ("\nTIMES = dict(b=120, c=60)\nDEFAULT = 30\n", NO_GLOBAL),
        ('\nif True:\n    TIMES = {"b": 120, "c": 60}\nDEFAULT = 30\n', NO_GLOBAL),
        (TABLE.replace('"c"', '"zz"'), DIFFERS),
        ('\nTIMES = {"c": 60, "b": 120}\nDEFAULT = 30\n', DIFFERS),
    ],
)
def test_a_table_that_an_entry_cannot_give_back_is_kept(audit, with_wait, table, reason):
    found = audit(between=table, chain=with_wait(), probe=PATCHED)
    assert found.reasons("timeouts") == [reason]
    assert table.strip().splitlines()[0] in found.texts["finished"]


@pytest.mark.parametrize(
    ("between", "wait"),
    [
        ('\nclass Limits:\n    TIMES = {"b": 120, "c": 60}\n', "Limits.TIMES.get(provider, 30)"),
        ("", '{"b": 120, "c": 60}.get(provider, 30)'),
        (
            '\nfrom types import MappingProxyType\nTIMES = MappingProxyType({"b": 120, "c": 60})\n',
            "TIMES.get(provider, 30)",
        ),
        (
            '\nfrom collections import defaultdict\nTIMES = defaultdict(lambda: 30, {"b": 120})\n',
            "TIMES[provider]",
        ),
    ],
)
def test_a_table_in_another_place_is_kept(audit, with_wait, between, wait):
    assert audit(between=between, chain=with_wait(wait)).reasons("timeouts") == [NO_GLOBAL]


@pytest.mark.parametrize(
    ("line", "prefix"),
    [
        ("from desk.config.limits import DEFAULT, TIMES\n", ""),
        ("from desk.config import limits\n", "limits."),
        ("from .config.limits import DEFAULT, TIMES as TIMES\n", ""),
    ],
)
def test_a_table_of_a_config_module_stays_there(audit, plain, with_wait, line, prefix):
    chain = with_wait(f"{prefix}TIMES.get(provider, {prefix}DEFAULT)")
    probe = """
        import desk.config.limits
        with mock.patch.dict("desk.config.limits.TIMES", {"a": 1}): seen()
        with mock.patch("desk.config.limits.TIMES", {"b": 2}): seen()
    """
    found = audit(imports=plain + line, chain=chain, files={"desk/config/limits.py": TABLE}, probe=probe)
    assert found.reasons("timeouts") == ["TIMES stands in another file, desk.config.limits"]


def test_a_second_table_is_kept(audit, with_wait):
    found = audit(
        between=TABLE + 'CONNECT = {"b": 12, "c": 6}\n',
        chain=with_wait("TIMES.get(provider, DEFAULT), CONNECT.get(provider, 3)"),
        probe=PATCHED + "print(chat.CONNECT)",
    )
    assert [(decision, reason) for _, decision, reason in found.decided("timeouts")] == [
        ("rewrite", ""),
        ("keep", DIFFERS),
    ]


# Lists

IN_LOOP = "    for name in {}:\n        if name in model:\n            return name\n    return None\n"
DETECT = "print([chat.detect(model) for model in ('a', 'b', 'zz', 'a/x', 'cab')])\n"


def detect(body):
    return f"\n\ndef detect(model):\n{body}"


@pytest.mark.parametrize(
    "text", ['["b", "a", "c"]', '("b", "a", "c")', '["b", "b", "a"]', '[\n        "b",  # first\n        "a",\n    ]']
)
def test_a_list_that_a_loop_goes_through_is_rewritten(audit, text):
    found = audit(after=detect(IN_LOOP.format(text)), probe=DETECT)
    assert found.is_rewritten("list")
    assert "for name in AUTO_DETECT_PROVIDERS:" in found.texts["finished"]


@pytest.mark.parametrize("text", ['["b", "a", "c"]', '("b", "a", "c")'])
def test_a_global_that_a_loop_goes_through_stays_of_its_kind(audit, text):
    probe = DETECT + (
        "import desk.other\n"
        "print(chat.ORDER, type(chat.ORDER).__name__, desk.other.ORDER is chat.ORDER)\n"
        "with mock.patch('desk.chat.ORDER', ['c']): print(chat.detect('abc'))\n"
        "if type(chat.ORDER) is list: chat.ORDER.append('zz')\n"
        "print(chat.detect('zz'))\n"
    )
    found = audit(
        between=f"\nORDER = {text}\n",
        after=detect(IN_LOOP.format("ORDER")),
        files={"desk/other.py": "from desk.chat import ORDER\n"},
        probe=probe,
    )
    assert found.is_rewritten("list")


def test_a_loop_at_module_level_sees_the_list_in_time(audit):
    found = audit(
        between='\nSEEN = []\nfor name in ["b", "a", "c"]:\n    SEEN.append(name)\n', probe="print(chat.SEEN)"
    )
    assert found.is_rewritten("list")


NO_LOOP = "it is neither a loop's own nor a global that a loop goes through"


@pytest.mark.parametrize(
    ("between", "body", "reason"),
    [
        ("", '    return model in ["b", "a", "c"]\n', "it is asked whether it has a provider, not gone through"),
        ("", '    return model not in ("b", "a")\n', "it is asked whether it has a provider, not gone through"),
        ('\nKNOWN = {"b", "a", "c"}\n', "    return model in KNOWN\n", "a set has no order"),
        ('\nKNOWN = frozenset({"b", "a", "c"})\n', "    return model in KNOWN\n", "a set has no order"),
        ("", '    return sorted(x for x in {"b", "a"})\n', "a set has no order"),
        ('\nKNOWN = ["b", "a", "c"]\n', "    return model in KNOWN\n", NO_LOOP),
        ("", '    return [x for x in ["b", "a", "c"] if x in model]\n', "it stands inside a comprehension"),
        ("", '    return any(x in model for x in ("b", "a", "c"))\n', "it stands inside a comprehension"),
        ('\nORDER = ("b", "a", "c")\n', "    return next((x for x in ORDER if x in model), None)\n", NO_LOOP),
        ("", '    return ["b", "a", "c"]\n', NO_LOOP),
        ("", '    order = ["b", "a", "c"]\n' + IN_LOOP.format("order"), NO_LOOP),
        (
            "",
            '    for place, name in enumerate(["b", "a"]):\n        if name in model:\n            return place\n',
            NO_LOOP,
        ),
        ('\nclass K:\n    ORDER = ["b", "a", "c"]\n', IN_LOOP.format("K.ORDER"), NO_LOOP),
        ('\nALL = ["a", "b", "c", "d"]\n', "    return len(ALL), ALL.index('b'), ALL[-1]\n", NO_LOOP),
    ],
)
def test_a_list_in_another_place_is_kept(audit, between, body, reason):
    assert audit(between=between, after=detect(body), probe=DETECT).reasons("list") == [reason]


def test_a_default_argument_is_kept(audit):
    after = '\n\ndef detect(model, order=("b", "a", "c")):\n' + IN_LOOP.format("order")
    assert audit(after=after, probe=DETECT).reasons("list") == [NO_LOOP]


def test_a_list_of_a_config_module_stays_there(audit, plain):
    found = audit(
        imports=plain + "from desk.config.limits import ORDER\n",
        after=detect(IN_LOOP.format("ORDER")),
        files={"desk/config/limits.py": 'ORDER = ["b", "a", "c"]\n'},
        probe=DETECT,
    )
    assert found.reasons("list") == ["ORDER stands in another file, desk.config.limits"]


def test_the_second_of_two_lists_that_differ_is_kept(audit):
    after = detect(IN_LOOP.format('["b", "a", "c"]').replace("    return None\n", "") + IN_LOOP.format('["c", "b"]'))
    found = audit(after=after, probe=DETECT)
    assert [decision for _, decision, _ in found.decided("list")] == ["rewrite", "keep"]


def test_lists_of_other_things_and_the_tests_of_chains_are_no_blocks(audit, chain):
    found = audit(
        chain=chain.replace('provider == "a"', 'provider in ("a", "aa")'),
        after=detect('    return model in ["x", "y", "a"] or model in ("red", "green")\n'),
        probe=DETECT,
    )
    assert found.decided("list") == []


# Alias fixes

FIX = '    if provider == "hug":\n        provider = "b"\n'


@pytest.fixture
def fixed(chain):
    """The chain behind an alias fix."""
    return lambda fix: chain.replace("(provider, model):\n", f"(provider, model):\n{fix}")


@pytest.mark.parametrize("fix", [FIX, f"    first = provider\n{FIX}{FIX.replace('provider', 'first')}"])
def test_an_alias_fix_is_rewritten(audit, fixed, fix):
    found = audit(chain=fixed(fix))
    assert found.is_rewritten("alias")
    assert "provider = normalize_provider_name(provider)" in found.texts["finished"]


@pytest.mark.parametrize(
    ("between", "fix"),
    [
        ("", FIX + '    elif provider == "e":\n        provider = "c"\n'),
        ("", FIX + "    else:\n        provider = provider\n"),
        ("", '    if provider in ("hug", "e"):\n        provider = "b"\n'),
        ("", '    if "hug" == provider:\n        provider = "b"\n'),
        ("", '    if provider == "hug" or provider == "e":\n        provider = "b"\n'),
        ("", '    if provider and provider.lower() == "hug":\n        provider = "b"\n'),
        ("", '    provider = "b" if provider == "hug" else provider\n'),
        ("", '    provider = {"hug": "b"}.get(provider, provider)\n'),
        ("", '    match provider:\n        case "hug":\n            provider = "b"\n'),
        ('\nALIASES = {"hug": "b", "e": "c"}\n', "    provider = ALIASES.get(provider, provider)\n"),
        ('\nALIASES = {"hug": "b"}\n', "    if provider in ALIASES:\n        provider = ALIASES[provider]\n"),
        ("\n\ndef norm(p):\n    if p == 'hug':\n        return 'b'\n    return p\n", "    provider = norm(provider)\n"),
        ("\n\nclass R:\n    pass\n",
         '    r = R()\n    r.p = provider\n    if r.p == "hug":\n        r.p = "b"\n    provider = r.p\n'),
    ],
)  # fmt: skip
def test_an_alias_fix_in_another_spelling_is_kept(audit, fixed, between, fix):
    found = audit(between=between, chain=fixed(fix))
    assert found.reasons("alias") == [OTHER_SPELLING]
    assert len(found.decided("alias")) == 1


def test_a_table_of_aliases_can_be_patched(audit, fixed):
    found = audit(
        between='\nALIASES = {"hug": "b", "e": "c"}\n',
        chain=fixed("    provider = ALIASES.get(provider, provider)\n"),
        probe="with mock.patch.dict('desk.chat.ALIASES', {'zz': 'a'}): seen()\nprint(chat.ALIASES)",
    )
    assert found.reasons("alias") == [OTHER_SPELLING]


def test_two_aliases_in_one_file_are_kept(audit, fixed):
    found = audit(chain=fixed(FIX + FIX.replace("hug", "e").replace('"b"', '"c"')))
    assert found.reasons("alias") == ["the aliases are not the same at each place"]


def test_statements_that_rename_nothing_are_no_blocks(audit, fixed):
    fix = '    if provider == "zed":\n        provider = "hug"\n    if provider == "a":\n        label = "b"\n'
    assert audit(chain=fixed(fix)).decided("alias") == []
