"""Which imports go at `finish`, which stay and why, and where the names are bound instead."""

import pytest

from cutover_migrate.find import ImportedName, ProviderImports, parse_source
from cutover_migrate.rewrite import FileImports, TopNames
from cutover_migrate.rewrite._imports import Origin, reference

BODY = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None'
CLIENTS = {"a_client.py": "def make_a(m): pass\nlimit_a = 1\n", "b_client.py": "def make_b(m): pass\n"}
BIND = '(CHAT,) = bind_providers(globals(), "chat")'
HELPER = """import importlib


def safe(name, names):
    module = importlib.import_module(f"{name}_client")
    return {each: getattr(module, each) for each in names}


"""


def helped(*keys, read='["{}"]'):
    lines = []
    for key in keys:
        lines += [f'_{key} = safe("{key}", ["make_{key}"])', f"make_{key} = _{key}{read.format(f'make_{key}')}"]
    return "\n".join(lines)


def head_of(text):
    return text.partition("\n\n\ndef chat(")[0]


@pytest.fixture
def heads(rewritten, chat):
    """What becomes of the top of a file: applied and finished."""

    def run(head, body=BODY, more=CLIENTS):
        found = rewritten(chat(body, head=head), more=more)
        return found, head_of(found.applied), head_of(found.finished)

    return run


def imports_of(found):
    return [(decision, reason) for kind, decision, reason in found.blocks if kind == "imports"]


GONE = {
    "plain names": ("from a_client import make_a\nfrom b_client import make_b", "make_{}", "a_client"),
    "names of one module": ("from clients import make_a, make_b", "make_{}", "clients"),
    "names over several lines": (
        "from a_client import (\n  make_a,\n)\nfrom b_client import make_b",
        "make_{}",
        "a_client",
    ),
    "renamed names": (
        "from a_client import do as make_a\nfrom b_client import do as make_b",
        "do as make_{}",
        "a_client",
    ),
    "relative names": ("from .a_client import make_a\nfrom .b_client import make_b", "make_{}", "a_client"),
}


@pytest.mark.parametrize("name", GONE)
def test_imports_go_that_are(heads, name):
    head, convention, module = GONE[name]
    found, applied, finished = heads(head)
    assert applied == f"{head}\nfrom provider_registry import bind_providers, use_registry\n\n{BIND}"
    assert finished == f"from provider_registry import bind_providers\n\n{BIND}"
    assert found.tables["SLOTS"] == {"make": convention}
    assert found.entries["a"]["module_name"] == module
    assert imports_of(found) == [("rewrite", "")]


@pytest.mark.parametrize(
    ("head", "slots", "references"),
    [
        ("import a_client, b_client", {"make": "{}_client.make"}, (None, None)),
        ("import a_client\nimport b_client as b", {}, ("a_client.make", "b.make")),
        ("from clients import a_client\nfrom clients import b_client", {"make": "{}_client.make"}, (None, None)),
    ],
)
def test_imported_modules_go(heads, head, slots, references):
    last = "b" if " as b" in head else "b_client"
    body = BODY.replace("make_a", "a_client.make").replace("make_b", f"{last}.make")
    package = "clients." if "from" in head else ""
    more = {"clients/a_client.py": "", "clients/b_client.py": ""} if package else CLIENTS
    found, _, finished = heads(head, body, more)
    assert finished == f"from {package}provider_registry import bind_providers\n\n{BIND}"
    assert found.tables["SLOTS"] == slots
    assert tuple(found.entries[key].get("slots", {}).get("make") for key in "ab") == references


@pytest.mark.parametrize("read", ['["{}"]', '.get("{}")'])
def test_a_safe_import_helper_stays_and_loads_for_the_registry(heads, read):
    found, _, finished = heads(HELPER + helped("a", "b", read=read))
    assert finished == (
        "import importlib\nfrom provider_registry import bind_providers\n\n\n"
        + HELPER.partition("\n\n\n")[2].rstrip("\n")
        + '\n\n\n(CHAT,) = bind_providers(globals(), "chat", load=safe, load_by="name")'
    )
    assert imports_of(found) == [("rewrite", "")]


def test_a_helper_that_is_given_identifiers_is_known(heads):
    names = [("x-a", "x_a"), ("x.b", "x_b")]
    body = (
        BODY.replace('"a"', '"x-a"').replace('"b"', '"x.b"').replace("make_a", "make_x_a").replace("make_b", "make_x_b")
    )
    more = {f"{name}_client.py": f"def make_{name}(m): pass\n" for _, name in names}
    found, _, finished = heads(HELPER + helped("x_a", "x_b"), body, more)
    assert finished.endswith('load=safe, load_by="identifier")')
    assert found.tables["SLOTS"] == {"make": "make_{}"}


def test_a_helper_that_is_given_modules_is_known(heads):
    head = HELPER.replace('f"{name}_client"', "name") + helped("a", "b").replace('("a"', '("a_client"')
    _, _, finished = heads(head.replace('("b"', '("b_client"'))
    assert finished.endswith('load=safe, load_by="module_name")')


STAYS = {
    "a name is read at module level before the registry binds it": (
        "from a_client import make_a\nFIRST = make_a\nfrom b_client import make_b"
    ),
    "a statement that shares its line with another": "x = 1; from a_client import make_a\nfrom b_client import make_b",
    "another import form than the file's other providers": HELPER + helped("a") + "\nfrom b_client import make_b",
    "the helper is asked for names that no site reads": HELPER
    + helped("a", "b")
    + '\n_c = safe("c", ["make_c", "limit_c"])\nmake_c = _c["make_c"]\nlimit_c = _c["limit_c"]',
    "the helper's result is used elsewhere": HELPER + helped("a", "b") + "\nprint(_b)",
    "the helper's argument does not follow the file's rule": HELPER
    + helped("a", "b", "c").replace('safe("c"', 'safe("sea"'),
    "another helper, or a helper call that serves several providers": HELPER
    + helped("a", "b")
    + "\nother = safe\n"
    + helped("c").replace("safe(", "other("),
}
TWO_MODULES = """if p in ("a", "b"):
    m = make_a(m)
elif p == "c":
    m = make_c(m)
else:
    raise KeyError(p)
if p == "b":
    return make_b(m)
elif p == "a":
    return make_a(m)
return None"""
CHAIN_OF_THREE = BODY.replace("return None", 'elif p == "c":\n    return make_c(m)')


def test_a_helpers_import_stays_where_the_entry_is_for_another_module(heads):
    more = {**CLIENTS, "c_client.py": "def make_c(m): pass\n"}
    found, _, finished = heads(HELPER + helped("a", "b", "c"), TWO_MODULES, more)
    assert ("keep", "its provider's entry is for another module") in imports_of(found)
    assert '_b = safe("b", ["make_b"])\nmake_b = _b["make_b"]\n' in finished


@pytest.mark.parametrize("reason", STAYS)
def test_an_import_stays_because(heads, reason):
    head = STAYS[reason]
    more = {**CLIENTS, "c_client.py": "def make_c(m): pass\nlimit_c = 1\n"}
    body = CHAIN_OF_THREE if "make_c" in head else BODY
    found, _, finished = heads(head, body, more)
    assert ("keep", reason) in imports_of(found)
    assert ("rewrite", "") in imports_of(found)
    assert "bind_providers(globals()" in finished


@pytest.mark.parametrize(
    ("early", "stays"),
    [
        ("FIRST = make_a", True),
        ("def f(x=make_a): pass", True),
        ("@make_a\ndef f(): pass", True),
        ("class C:\n    x = make_a", True),
        ("if make_a: pass", True),
        ("def f(): return make_a", False),
        ("def f(x: int = 3): return make_a(x)", False),
        ("import os", False),
        ("make_x = 1", False),
    ],
)
def test_a_name_that_is_needed_before_the_registry_binds_it_stays_imported(heads, early, stays):
    _, _, finished = heads(f"from a_client import make_a\n{early}\nfrom b_client import make_b")
    assert ("from a_client import make_a" in finished) == stays


def test_names_that_no_site_reads_stay_imported(heads):
    head = "import os\nfrom a_client import LIMIT, make_a, other as o\nfrom b_client import make_b\nimport sys"
    _, applied, finished = heads(head)
    assert finished == (
        "import os\nfrom a_client import LIMIT, other as o\nimport sys\n"
        f"from provider_registry import bind_providers\n\n{BIND}"
    )
    assert applied.startswith(head)


def test_neighbouring_imports_each_leave_what_no_site_reads(heads):
    head = "from a_client import make_a, ONE\nfrom b_client import TWO, make_b\nfrom clients import make_c, THREE"
    _, _, finished = heads(head)
    assert finished.splitlines()[:3] == [
        "from a_client import ONE",
        "from b_client import TWO",
        "from clients import make_c, THREE",
    ]


def test_names_from_a_relative_import_stay_relative(rewritten, chat):
    text = chat(BODY, head="from .clients import LIMIT, make_a, make_b")
    found = rewritten(text, path="app/chat.py", more={"app/__init__.py": "", "app/clients.py": ""})
    assert head_of(found.finished).startswith("from .clients import LIMIT\nfrom app.provider_registry import")


def test_modules_that_come_in_one_statement_with_others_stay(heads):
    body = BODY.replace("make_a", "a_client.make").replace("make_b", "b_client.make")
    found, _, finished = heads("import a_client, b_client, os", body)
    assert finished.startswith("import a_client, b_client, os\n")
    assert imports_of(found) == [("keep", "an import statement that brings in other modules too")]


OWN = {
    "functions of the module": "def make_a(m): pass\ndef make_b(m): pass",
    "imports that may fail": "try:\n    from x import make_a, make_b\nexcept ImportError:\n    make_a = make_b = None",
    "names that are bound twice": "from x import make_a, make_b\nif not make_a:\n    make_a = make_b = None",
    "a dotted import": "import pkg.a, pkg.b\nmake_a, make_b = pkg.a.make, pkg.b.make",
    "names that a function sets": "def connect():\n    global make_a, make_b\n    make_a = make_b = None",
    "a star import beside": "from x import *\nmake_a = make_b = None",
}


@pytest.mark.parametrize("name", OWN)
def test_the_module_keeps_for_itself(heads, name):
    found, _, finished = heads(OWN[name])
    kept = [line for line in finished.splitlines() if line and BIND not in line and "provider_registry" not in line]
    assert kept == OWN[name].splitlines()
    assert found.tables["SLOTS"] == {"make": ".make_{}"}
    assert imports_of(found) == []


def test_a_dotted_callee_is_read_from_its_top_package(heads):
    body = BODY.replace("make_a", "pkg.a.make").replace("make_b", "pkg.b.make")
    found, _, finished = heads("import pkg.a\nimport pkg.b", body, {"pkg/a.py": "", "pkg/b.py": ""})
    assert finished.startswith("import pkg.a\nimport pkg.b\n")
    assert found.tables["SLOTS"] == {"make": ".pkg.{}.make"}


def test_blank_lines_that_only_parted_imports_go_with_them(heads):
    _, _, finished = heads("import os\n\nfrom a_client import make_a\n\n\nfrom b_client import make_b\n\nLIMIT = 3")
    assert finished == f"import os\n\nfrom provider_registry import bind_providers\n\n{BIND}\n\nLIMIT = 3"


@pytest.mark.parametrize("end", ["", "\n", "\nX = 1\n"])
def test_imports_below_the_chain_have_the_binding_below_them(rewritten, chat, end):
    body = chat(BODY, head="").lstrip("\n")
    found = rewritten(f"import os\n\n\n{body}from clients import make_a, make_b{end}")
    assert (
        f"from clients import make_a, make_b\nfrom provider_registry import bind_providers, use_registry\n\n{BIND}\n"
        in (found.applied)
    )
    assert BIND in found.finished


def test_imports_far_apart_are_blocks_of_their_own(heads):
    found, _, _ = heads("from a_client import make_a\n\n\nX = 1\nY = 2\n\nfrom b_client import make_b")
    blocks = [block for block in next(iter(found.plan.rewrites.values())).block_plans() if block.kind == "imports"]
    assert [(block.first, block.last) for block in blocks] == [(1, 1), (7, 7)]


GROUP = ProviderImports("from", "m.a", (ImportedName("make", "m.a", "build"), ImportedName("mod", "m.b", "")), ())


@pytest.mark.parametrize(
    ("path", "module_name", "text"),
    [
        ("make", "m.a", "build as make"),
        ("make", "m.other", "m.a:build as make"),
        ("mod.run", "m.b", "mod.run"),
        ("mod.run", "m.a", ".mod.run"),
        ("mod", "m.b", ".mod"),
        ("make.run", "m.a", ".make.run"),
        ("elsewhere", "m.a", ".elsewhere"),
    ],
)
def test_a_reference_says_where_a_name_comes_from(path, module_name, text):
    source = parse_source("chat.py", b"from m.a import build as make\nfrom m import b as mod\n")
    assert reference(FileImports(source, [GROUP]).origin(path), module_name) == text


def test_a_reference_without_renaming_is_the_name_alone():
    name = ImportedName("make", "m.a", "make")
    group = ProviderImports("from", "m.a", (name,), ())
    assert reference(Origin("make", "m.a", "make", group, name), "m.a") == "make"
    assert reference(Origin("make", "m.a", "make", group, name), "m.b") == "m.a:make"


TOP = "import a|from x import a|a = 1|for a in b: pass|def a(): pass|class a: pass|with b as a: pass|import a.b"
INNER = "import b as c|def f(): a = 1|f = lambda: (a := 1)|class C: a = 1|b.a = 1|a"


@pytest.mark.parametrize("text", [*TOP.split("|"), "if b:\n    a = 1", "def f():\n    global a", "x = (a := 1)"])
def test_the_top_level_binds_a_name_by(text):
    assert "a" in TopNames(parse_source("chat.py", text.encode()))


@pytest.mark.parametrize("text", [*INNER.split("|"), "x = 'global a'", "def f():\n    nonlocal_a = 1"])
def test_the_top_level_does_not_bind_a_name_by(text):
    assert "a" not in TopNames(parse_source("chat.py", text.encode()))
