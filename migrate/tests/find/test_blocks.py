"""The code around chains: imports in each form, timeout tables, lists, alias fixes."""

import pytest

CLIENTS = {
    "src/services/groq_client.py": "def make_groq_request(): pass\ndef process_groq_response(): pass\n",
    "src/services/near_client.py": "def make_near_request(): pass\n",
}
ROUTE = "src/routes/chat.py"


def triples(group):
    return [(name.local, name.module, name.attribute) for name in group.names]


def forms(groups):
    return [(group.form, group.module, triples(group)) for group in groups]


@pytest.mark.parametrize(
    ("statement", "form", "module", "names"),
    [
        (
            "from src.services.groq_client import make_groq_request, process_groq_response as done",
            "from",
            "src.services.groq_client",
            [
                ("make_groq_request", "src.services.groq_client", "make_groq_request"),
                ("done", "src.services.groq_client", "process_groq_response"),
            ],
        ),
        (
            "from ..services.near_client import make_near_request",
            "from",
            "src.services.near_client",
            [("make_near_request", "src.services.near_client", "make_near_request")],
        ),
        (
            "import src.services.groq_client as groq",
            "module",
            "src.services.groq_client",
            [("groq", "src.services.groq_client", "")],
        ),
        (
            "from src.services import groq_client, near_client as near",
            "module",
            "src.services.groq_client",
            [("groq_client", "src.services.groq_client", ""), ("near", "src.services.near_client", "")],
        ),
        ("from ..services import groq_client", "module", "src.services.groq_client",
         [("groq_client", "src.services.groq_client", "")]),
        ("import groq, near as n", "module", "groq", [("groq", "groq", ""), ("n", "near", "")]),
        ("from groq import Client", "from", "groq", [("Client", "groq", "Client")]),
    ],
)  # fmt: skip
def test_a_plain_import_is_a_group(imports_of, statement, form, module, names):
    (group,) = imports_of({**CLIENTS, ROUTE: statement, "src/main.py": "import src.services.near_client"}, ROUTE)
    assert (group.form, group.module, triples(group)) == (form, module, names)
    assert len(group.statements) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "from groq import *",
        "import os.path",
        "import os, os.path",
        "try:\n    import groq\nexcept ImportError:\n    groq = None",
        "def f():\n    import groq",
        "if True:\n    import groq",
        "x = 1",
    ],
)
def test_other_imports_are_left_to_the_module_itself(imports_of, statement):
    assert imports_of({"chat.py": statement}) == []


def test_a_module_and_a_name_in_one_statement_are_names(imports_of):
    (group,) = imports_of({**CLIENTS, "chat.py": "from src.services import groq_client, LIMIT\n"})
    assert (group.form, group.module) == ("from", "src.services")


HELPER = """
def safe(name, names):
    module = importlib.import_module(f"src.services.{name}_client")
    return {each: getattr(module, each) for each in names}
"""


@pytest.mark.parametrize("read", ['_groq.get("{}")', '_groq["{}"]'])
def test_a_safe_import_helper_is_a_group_with_its_reads(imports_of, read):
    text = f"""
_groq = safe("groq", ["make_groq_request", "process_groq_response"])
make_groq_request = {read.format("make_groq_request")}
done = {read.format("process_groq_response")}
"""
    (group,) = imports_of({**CLIENTS, "chat.py": HELPER + text})
    module = "src.services.groq_client"
    assert (group.form, group.module) == ("helper", module)
    assert triples(group) == [
        ("make_groq_request", module, "make_groq_request"),
        ("done", module, "process_groq_response"),
    ]
    assert (group.helper, group.argument, group.temporary) == ("safe", "groq", "_groq")
    assert [statement.lineno for statement in group.statements] == [6, 7, 8]


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ('safe("groq", ["make_groq_request"])', "src.services.groq_client"),
        ('safe("groq", ("make_groq_request",))', "src.services.groq_client"),
        ('safe("near", ["somewhere_else"])', "src.services.near_client"),
        ('safe("src.services.near_client", ["somewhere_else"])', "src.services.near_client"),
        ('safe("gone", ["somewhere_else"])', ""),
    ],
)
def test_a_helpers_module_is_told_by_its_names_or_by_its_text(imports_of, call, module):
    (group,) = imports_of({**CLIENTS, "chat.py": f"{HELPER}\n_x = {call}\ny = _x.get('somewhere_else')\n"})
    assert group.module == module


def test_names_of_two_modules_leave_it_to_the_helpers_text(imports_of):
    text = '_x = safe("groq", ["make_groq_request", "make_near_request"])\ny = _x["make_groq_request"]\n'
    (group,) = imports_of({**CLIENTS, "chat.py": HELPER + text})
    assert group.module == "src.services.groq_client"


@pytest.mark.parametrize(
    "text",
    [
        '_x = safe("groq", [])\ny = _x.get("a")',
        '_x = safe("groq", ["a"])',
        '_x = safe("groq", ["a"], 3)\ny = _x.get("a")',
        '_x = safe("groq", names=["a"])\ny = _x.get("a")',
        '_x = safe(groq, ["a"])\ny = _x.get("a")',
        '_x = safe("groq", [a])\ny = _x.get("a")',
        '_x = safe.load("groq", ["a"])\ny = _x.get("a")',
        '_x = safe("groq", ["a"])\ny = _x.get("a", None)',
        '_x = safe("groq", ["a"])\ny = _x.get(a)',
        '_x = safe("groq", ["a"])\ny = _x.pop("a")',
        '_x = safe("groq", ["a"])\ny = z.x["a"]',
        'y = _x.get("a")\n_x = safe("groq", ["a"])',
        'x = y = safe("groq", ["a"])\nz = x.get("a")',
        'o.x = safe("groq", ["a"])',
    ],
)
def test_other_calls_are_no_safe_import(imports_of, text):
    assert imports_of({"chat.py": text + "\n"}) == []


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ('TABLE = {"a": 120, "b": 0.5}\ndef f(p): return TABLE.get(p, 30)\n', 30),
        ('DEFAULT = 15\nTABLE = {"a": 120, "b": 0.5}\ndef f(p): return TABLE.get(p, DEFAULT)\n', 15),
        ('TABLE: dict[str, float] = {"a": 120, "b": 0.5}\nx = TABLE.get("a", settings.DEFAULT)\n', None),
        ('DEFAULT = "x"\nTABLE = {"a": 120, "b": 0.5}\nx = TABLE.get("a", DEFAULT)\n', None),
        ('TABLE = {"a": 120, "b": 0.5}\nx = TABLE.get("a", True)\n', None),
    ],
)
def test_a_timeout_table_is_a_dict_of_numbers_that_is_read_with_a_default(blocks_of, text, default):
    (block,) = blocks_of(text)
    assert (block.kind, block.target) == ("timeouts", "TABLE")
    assert (block.names, block.values, block.default) == (("a", "b"), (120, 0.5), default)


@pytest.mark.parametrize(
    "text",
    [
        'TABLE = {"a": 120}\n',
        'TABLE = {"a": 120}\nx = TABLE.get("a")\n',
        'TABLE = {"a": 120}\nx = TABLE["a"]\n',
        'TABLE = {"a": "slow"}\nx = TABLE.get("a", 30)\n',
        'TABLE = {"a": True}\nx = TABLE.get("a", 30)\n',
        "TABLE = {1: 120}\nx = TABLE.get(p, 30)\n",
        "TABLE = {A: 120}\nx = TABLE.get(p, 30)\n",
        'TABLE = {"a": 120, **more}\nx = TABLE.get(p, 30)\n',
        "TABLE = {}\nx = TABLE.get(p, 30)\n",
        'TABLE = dict(a=120)\nx = TABLE.get("a", 30)\n',
        'A = B = {"a": 120}\nx = A.get("a", 30)\n',
        'o.TABLE = {"a": 120}\nx = o.TABLE.get("a", 30)\n',
        'def f():\n    TABLE = {"a": 120}\n    return TABLE.get("a", 30)\n',
        'TABLE: dict\nx = TABLE.get("a", 30)\n',
    ],
)
def test_other_dicts_are_no_timeout_table(blocks_of, text):
    assert blocks_of(text) == []


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("def f():\n    for p in ['a', 'b']: pass", "f"),
        ("class C:\n    async def f(self):\n        async for p in ('a', 'b'): pass", "C.f"),
        ("for p in ['a', 'b']: pass", ""),
    ],
)
def test_a_list_is_what_a_loop_goes_through(blocks_of, text, function):
    (block,) = blocks_of(text)
    assert (block.kind, block.names, block.function) == ("list", ("a", "b"), function)


def test_a_list_with_a_name_is_found_where_a_loop_goes_through_it(blocks_of):
    (block,) = blocks_of("ORDER = ('a', 'b')\ndef f():\n    for p in ORDER: pass\n")
    assert (block.kind, block.names, block.target) == ("list", ("a", "b"), "ORDER")


@pytest.mark.parametrize(
    "text",
    [
        "for p in ['a']: pass",
        "for p in ['a', b]: pass",
        "for p in [1, 2]: pass",
        "for p in {'a', 'b'}: pass",
        "for p in names: pass",
        "for p in []: pass",
        "x = [p for p in ['a', 'b']]",
        "ORDER = ['a', 'b']",
        "ORDER = ['a', 'b']\nif p in ORDER: pass",
        "ORDER = [a, b]\nfor p in ORDER: pass",
        "ORDER: list\nfor p in ORDER: pass",
    ],
)
def test_other_lists_are_left_alone(blocks_of, text):
    assert blocks_of(text) == []


def test_an_alias_fix_sets_the_name_that_it_asks_for(blocks_of):
    (block,) = blocks_of("def f(p):\n    if p == 'hug':\n        p = 'huggingface'\n")
    assert (block.kind, block.target, block.names, block.function) == ("alias", "p", ("hug", "huggingface"), "f")


@pytest.mark.parametrize(
    "body",
    [
        "if p == 'hug':\n    q = 'huggingface'",
        "if p == 'hug':\n    p = name",
        "if p == 'hug':\n    p = 3",
        "if p == 3:\n    p = 'huggingface'",
        "if p == hug:\n    p = 'huggingface'",
        "if p != 'hug':\n    p = 'huggingface'",
        "if p in ('hug',):\n    p = 'huggingface'",
        "if p == 'hug' and x:\n    p = 'huggingface'",
        "if p == 'a' == q:\n    p = 'huggingface'",
        "if p.name == 'hug':\n    p.name = 'huggingface'",
        "if p == 'hug':\n    p = 'huggingface'\n    log()",
        "if p == 'hug':\n    p = q = 'huggingface'",
        "if p == 'hug':\n    p += 'gingface'",
        "if p == 'hug':\n    p = 'huggingface'\nelse:\n    log()",
        "if x:\n    log()\nelif p == 'hug':\n    p = 'huggingface'",
    ],
)
def test_other_ifs_are_no_alias_fix(blocks_of, body):
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    assert blocks_of(f"def f(p, q, x):\n{indented}\n") == []


def test_an_alias_fix_inside_an_else_is_found(blocks_of):
    found = blocks_of(
        "def f(p, x):\n    if x:\n        log()\n    else:\n        if p == 'hug':\n            p = 'h'\n"
    )
    assert [block.names for block in found] == [("hug", "h")]


def test_an_alias_fix_of_the_module_itself_is_left_alone(blocks_of):
    assert blocks_of("p = 'x'\nif p == 'hug':\n    p = 'huggingface'\n") == []
