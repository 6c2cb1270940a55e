"""Names of a migrated file that other code needs: other modules, tests that patch, reads by text, early reads."""

import re

import pytest

READ_BACK = "is imported with this file, and could read a name before the registry binds it"
EARLY = "a name is read at module level before the registry binds it"
NAMESPACE = "module-level code looks at the module's names before the registry binds them"
TEMPORARY = "another file mentions _a, which would be gone"


def test_another_module_imports_a_providers_function(audit):
    found = audit(
        files={"desk/other.py": "from desk.chat import done_b, make_a\nA = make_a('x')\n"},
        probe="""
            import desk.other
            print(desk.other.A, desk.other.make_a is chat.make_a, desk.other.done_b(1))
        """,
    )
    assert found.is_rewritten("imports")


def test_a_name_of_all_and_a_star_import(audit, plain):
    found = audit(
        imports=plain + "__all__ = ['chat', 'make_a', 'done_b']\n",
        files={"desk/other.py": "from desk.chat import *\nA = make_a('x'), done_b(1), chat('a', 'm')\n"},
        probe="import desk.other; print(desk.other.A, sorted(n for n in vars(desk.other) if n[0] != '_'))",
    )
    assert found.is_rewritten("imports")


def test_a_star_import_brings_no_new_name_over_an_own_one(audit):
    found = audit(
        files={"desk/other.py": "CHAT = 'mine'\nfrom desk.chat import *\nA = CHAT, make_a('x')\n"},
        probe="import desk.other; print(desk.other.A)",
    )
    assert "CHAT_2" in found.texts["applied"]


def test_a_star_import_that_all_holds_back_changes_no_symbol(audit, plain):
    found = audit(
        imports=plain + "__all__ = ['chat', 'make_a']\n",
        files={"desk/other.py": "CHAT = 'mine'\nfrom desk.chat import *\nA = CHAT, make_a('x')\n"},
        probe="import desk.other; print(desk.other.A)",
    )
    assert "(CHAT,) = " in found.texts["applied"]


def test_a_health_route_imports_the_import_errors(audit, safe_imports):
    found = audit(
        imports=safe_imports,
        clients="abd",
        files={
            "desk/health.py": "from desk.chat import IMPORT_ERRORS\n\n\ndef health():\n    return dict(IMPORT_ERRORS)\n"
        },
        probe="from desk.health import health; print(health(), health() == chat.IMPORT_ERRORS)",
    )
    assert found.is_rewritten("imports")


PATCHES = {
    "text": 'with mock.patch("desk.chat.make_a", other): seen()',
    "object": 'with mock.patch.object(chat, "make_a", other): seen()',
    "multiple": 'with mock.patch.multiple("desk.chat", make_a=other, done_b=other): seen()',
    "default": """
with mock.patch.multiple(chat, make_a=mock.DEFAULT) as made:
    made["make_a"].return_value = 5
    seen()
    print(made["make_a"].call_args_list)
""",
    "autospec": """
with mock.patch("desk.chat.make_a", autospec=True, return_value=7) as made:
    seen()
    print(made.call_args_list)
""",
    "error": 'with mock.patch("desk.chat.make_a", side_effect=ValueError("no")): seen()',
    "decorator": """
@mock.patch("desk.chat.done_b", return_value=3)
@mock.patch("desk.chat.make_a", return_value=4)
def test(make_a, done_b):
    seen()
    print(make_a.mock_calls, done_b.mock_calls)
test()
""",
    "dict": 'with mock.patch.dict("desk.chat.__dict__", make_a=other): seen()',
    "monkeypatch text": 'patch.setattr("desk.chat.make_a", other); seen()',
    "monkeypatch object": 'patch.setattr(chat, "make_a", other); seen()',
    "monkeypatch item": 'patch.setitem(vars(chat), "make_a", other); seen()',
    "monkeypatch delete": 'patch.delattr("desk.chat.make_a"); seen()',
    "setattr": 'kept = chat.make_a; setattr(chat, "make_a", other); seen(); chat.make_a = kept',
    "at home": 'with mock.patch("desk.clients.a.make_a", other): seen()',
    "wraps": 'with mock.patch("desk.chat.make_a", wraps=chat.make_a) as m: seen(); print(m.call_count)',
    "nested": 'with mock.patch("desk.chat.make_a", other), mock.patch("desk.chat.make_a", repr): seen()',
}


@pytest.mark.parametrize("way", PATCHES)
def test_what_tests_outside_of_the_scanned_folder_patch_takes_effect(audit, way):
    head = "import pytest\n\n\ndef other(*args, **options):\n    return 'patched'\n\n\npatch = pytest.MonkeyPatch()\n"
    found = audit(
        files={"checks/__init__.py": "", "checks/test_it.py": f"{head}def run(chat, mock, seen):\n"
               + "".join(f"    {line}\n" for line in PATCHES[way].strip().splitlines()) + "    patch.undo()\n"},
        probe="import checks.test_it; checks.test_it.run(chat, mock, seen); seen()",
    )  # fmt: skip
    assert found.is_rewritten("imports")
    if way != "at home":
        shown = found.before.splitlines()
        assert len(set(shown)) > 8, "the patch changed nothing"


@pytest.mark.parametrize(
    "after",
    [
        "def by_name(name):\n    return globals()['make_' + name]('x')\n",
        "def by_name(name):\n    return vars(__import__('sys').modules[__name__])['make_' + name]('x')\n",
        "def by_name(name):\n    return eval('make_' + name)('x')\n",
        "def by_name(name):\n    import desk.chat as m\n    return m.make_a('x'), getattr(m, 'done_' + name)(1)\n",
        "def by_name(name):\n    return __getattr__('old_' + name)('x')\n\n\n"
        "def __getattr__(name):\n    if name.startswith('old_'):\n        return globals()['make_' + name[4:]]\n"
        "    raise AttributeError(name)\n",
        "class Reader:\n    make = staticmethod(make_a)\n\n\ndef by_name(name):\n    return Reader.make('x')\n",
        "TABLE = {'a': make_a, 'b': make_b}\n\n\ndef by_name(name):\n    return TABLE[name]('x')\n",
        "def by_name(name, make=make_a, *, done=done_b):\n    return make('x'), done(name)\n",
        "import functools\n\nretried = functools.partial(make_a, retry=1)\n\n\n"
        "def by_name(name):\n    return retried('x')\n",
    ],
)
def test_names_that_are_read_by_text_or_kept_in_a_table(audit, after):
    found = audit(after=f"\n\n{after}", probe="print(chat.by_name('a')); print(getattr(chat, 'make_' + 'b')('y'))")
    assert found.is_rewritten("imports")


def test_annotations_doctests_and_pickles(audit, each_client):
    found = audit(
        imports=each_client("from desk.clients.{} import Client_{}, done_{}, make_{}\n"),
        after='''

def typed(one: Client_a, make: "make_b") -> "Client_c | None":
    """Say so.

    >>> make_a(1)
    'a made (1,) []'
    """


KIND: "Client_d"
''',
        probe="""
            import doctest, inspect, pickle, typing
            hints = typing.get_type_hints(chat.typed).values()
            print(sorted(getattr(hint, "__name__", str(hint)) for hint in hints), chat.__annotations__)
            print(doctest.testmod(chat))
            print(pickle.loads(pickle.dumps(chat.make_a)) is chat.make_a, inspect.getmodule(chat.done_b).__name__)
        """,
    )
    assert "attempted=1" in found.before
    assert "from desk.clients.d import Client_d\n" in found.texts["finished"]


WRAPPERS = {
    "def": "\n\ndef ask_{}(model):\n    return make_{}(model)\n",
    "lambda": "\nask_{} = lambda model: make_{}(model)\n",
    "name": "\nask_{} = make_{}\n",
    "partial": "\nask_{} = functools.partial(make_{}, retry=1)\n",
    "async": "\n\nasync def ask_{}_later(model):\n    return make_{}(model)\n\n\ndef ask_{}(model):\n"
    "    return asyncio.run(ask_{}_later(model))\n",
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_thin_wrappers_can_be_patched_and_so_can_what_they_call(audit, each_client, plain, chain, kind):
    audit(
        imports="import asyncio\nimport functools\n" + plain,
        between=each_client(WRAPPERS[kind]),
        chain=chain.replace("make_", "ask_"),
        probe="""
            with mock.patch("desk.chat.ask_a", lambda model: "patched wrapper"): seen()
            with mock.patch("desk.chat.make_b", lambda *args, **options: "patched inside"): seen()
            with mock.patch("desk.chat.done_c", lambda *args: "patched end"): seen()
        """,
    )


def test_some_wrappers_and_some_plain_functions(audit, chain):
    found = audit(
        between="\n\ndef ask_b(model):\n    return make_b(model, 1)\n",
        chain=chain.replace("make_b(", "ask_b("),
        probe='with mock.patch("desk.chat.ask_b", lambda model: 1), mock.patch("desk.chat.make_a", str): seen()',
    )
    assert "def ask_b(model):" in found.texts["finished"]


def test_a_file_run_as_a_script_or_loaded_under_another_name(audit):
    audit(
        after="\n\nif __name__ == '__main__':\n    print('main', chat('a', 'm'))\n",
        probe="""
            import importlib.util, runpy
            runpy.run_path("desk/chat.py", run_name="__main__")
            spec = importlib.util.spec_from_file_location("other_name", "desk/chat.py")
            other = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(other)
            other.make_a = lambda *args: "only there"
            print(other.chat("a", "m"), chat.chat("a", "m"))
        """,
    )


def test_a_reload_reads_everything_anew(audit):
    audit(probe="import importlib; importlib.reload(chat.__spec__ and __import__('desk.clients.a').clients.a)\n"
                "importlib.reload(chat); seen(); print(chat.make_a('x'))")  # fmt: skip


# Modules that import each other


@pytest.mark.parametrize(
    "way", ["from desk.chat import make_a\nA = make_a('x')", "from desk.chat import *\nA = make_a('x')"]
)
@pytest.mark.parametrize("place", ["behind", "between"])
def test_an_import_that_a_module_in_a_cycle_needs_stays_where_it_is(audit, plain, way, place):
    first, _, rest = plain.partition("\n")
    imports = f"{plain}from desk import other\n" if place == "behind" else f"{first}\nfrom desk import other\n{rest}"
    found = audit(imports=imports, files={"desk/other.py": f"{way}\n"}, probe="print(chat.other.A)")
    assert found.decided("imports")[0] == (2, "keep", f"desk/other.py {READ_BACK}")
    assert first in found.texts["finished"]


def test_a_longer_cycle_is_seen_too(audit, plain):
    files = {
        "desk/first.py": "try:\n    import desk.second\nexcept ImportError:\n    raise\n",
        "desk/second.py": "class Second:\n    from .chat import done_b\n",
    }
    found = audit(
        imports=plain + "import desk.first\n", files=files, probe="import desk.second; print(desk.second.Second)"
    )
    assert (3, "keep", f"desk/second.py {READ_BACK}") in found.decided("imports")


@pytest.mark.parametrize(
    "other",
    [
        "def later():\n    from desk.chat import make_a\n    return make_a('x')\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from desk.chat import make_a\n",
        "import desk.chat\n\n\ndef later():\n    return desk.chat.chat('a', 'm')\n",
    ],
)
def test_a_module_that_reads_the_names_later_keeps_nothing(audit, plain, other):
    found = audit(
        imports=plain + "from desk import other\n",
        files={"desk/other.py": other},
        probe="print(getattr(chat.other, 'later', str)())",
    )
    assert found.is_rewritten("imports")


@pytest.mark.parametrize(
    "door", ["import desk.chat\n", "from desk.chat import make_a\n", "from desk.config import inner\n"]
)
def test_the_table_does_not_go_where_it_would_import_the_file_back(audit, door):
    files = {"desk/config/__init__.py": door, "desk/config/inner.py": "import desk.chat\n"}
    found = audit(files=files, probe="import desk.config; print(sorted(n for n in vars(desk.config) if n[0] != '_'))")
    assert not (found.root / "desk/config/providers.py").exists()
    assert found.is_rewritten("imports")


def test_the_table_goes_into_a_config_package_that_the_file_imports_anyway(audit, plain):
    found = audit(
        imports="from desk.config import LIMIT\n" + plain,
        files={"desk/config/__init__.py": "LIMIT = 3\nimport desk.chat\n"},
        probe="print(chat.LIMIT)",
    )
    assert "from desk.config" in found.texts["applied"]


# What runs while the file is imported


@pytest.mark.parametrize(
    ("middle", "shown"),
    [
        ("TABLE = {'a': make_a}\n", "chat.TABLE['a']('x')"),
        ("class Reader:\n    make = staticmethod(make_a)\n", "chat.Reader.make('x')"),
        ("def early():\n    return make_a('e')\nEARLY = early()\n", "chat.EARLY"),
        ("def early():\n    return again()\ndef again():\n    return make_a('e')\nEARLY = early()\n", "chat.EARLY"),
        ("def early(make=make_a):\n    return make('e')\n", "chat.early()"),
        (
            "class Early:\n    def __init__(self):\n        self.made = make_a('e')\nEARLY = Early()\n",
            "chat.EARLY.made",
        ),
        ("KIND: make_a = 1\n", "chat.__annotations__['KIND'].__name__"),
    ],
)
def test_a_name_that_is_read_before_the_bind_line_stays_imported(audit, each_client, middle, shown):
    line = "from desk.clients.{} import done_{}, make_{}\n"
    imports = each_client(line, "a") + middle + each_client(line, "bcd")
    found = audit(imports=imports, probe=f"print({shown})")
    assert found.decided("imports")[0] == (2, "keep", EARLY)
    assert [decision for _, decision, _ in found.decided("imports")[1:]] == ["rewrite"]


@pytest.mark.parametrize(
    "middle",
    [
        "FOUND = globals()['make_a']('e')\n",
        "FOUND = sorted(name for name in dir() if name.startswith('make'))\n",
        "import sys\nfrom desk import hub\nhub.register(sys.modules[__name__])\n",
        "def look():\n    return vars(), globals().get('make_a')\nFOUND = look()[1]('e')\n",
        "FOUND = eval('make_a')('e')\n",
    ],
)
def test_names_stay_imported_above_code_that_looks_at_all_of_them(audit, each_client, middle):
    line = "from desk.clients.{} import done_{}, make_{}\n"
    files = {"desk/hub.py": "def register(module):\n    module.FOUND = module.make_a('hub')\n"}
    found = audit(
        imports=each_client(line, "a") + middle + each_client(line, "bcd"), files=files, probe="print(chat.FOUND)"
    )
    assert found.decided("imports")[0] == (2, "keep", NAMESPACE)
    assert [decision for _, decision, _ in found.decided("imports")[1:]] == ["rewrite"]


# The name that holds what a safe-import helper gave


@pytest.mark.parametrize(
    "files",
    [
        {"desk/other.py": "from desk.chat import _a\nX = sorted(_a)\n"},
        {"desk/other.py": "import desk.chat\n\n\ndef f():\n    return desk.chat._a\n"},
        {"checks/test_it.py": "from unittest import mock\nwith mock.patch('desk.chat._a', {}):\n    pass\n"},
        {"conftest.py": "NAME = 'desk.chat._a'\n"},
    ],
)
def test_a_helpers_result_that_another_file_mentions_stays(audit, safe_imports, files):
    probe = "with mock.patch('desk.chat._a', {}): print(chat._a)"
    found = audit(imports=safe_imports, files=files, probe=probe + "\nprint(sorted(chat._a))")
    line = next(line for line, _, reason in found.decided("imports") if reason == TEMPORARY)
    assert found.text().splitlines()[line - 1].startswith("_a = load(")
    assert re.search(r"^_a = load", found.texts["finished"], re.MULTILINE)
    assert not re.search(r"^_b = load", found.texts["finished"], re.MULTILINE)


@pytest.mark.parametrize("files", [{}, {"desk/other.py": "_a = 1\n"}, {"desk/other.py": "import desk.chat\n_aa = 2\n"}])
def test_a_helpers_result_that_nobody_else_mentions_goes(audit, safe_imports, files):
    found = audit(imports=safe_imports, files=files)
    assert found.is_rewritten("imports")


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ("__all__ = ['chat', '_a']\n", "chat.__all__"),
        ("\n\ndef peek():\n    return sorted(globals()['_a'])\n", "chat.peek()"),
        ("\n\ndef peek():\n    return sorted(_a)\n", "chat.peek()"),
        ("RAW_A = _a\n", "sorted(chat.RAW_A)"),
    ],
)
def test_a_helpers_result_that_the_file_itself_mentions_stays(audit, safe_imports, more, shown):
    found = audit(imports=safe_imports + more, probe=f"print({shown}, sorted(chat._a))")
    assert (20, "keep", "the helper's result is used elsewhere") in found.decided("imports")
