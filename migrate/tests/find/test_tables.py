"""Which dictionaries are tables keyed by texts."""

import ast

import pytest

from cutover_migrate.find import KeyedTable, find_tables


def tables(text):
    return find_tables(ast.parse(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CALLS = {'a': f, 'b': g}", "CALLS"),
        ("CALLS: dict = {'a': f, 'b': g}", "CALLS"),
        ("self.calls = {'a': f, 'b': g}", "self.calls"),
        ("def f():\n    return {'a': f, 'b': g}", ""),
        ("x = {'a': f, 'b': g}[p]", ""),
        ("x = await {'a': f, 'b': g}[p](y)", ""),
        ("x = {'a': f, 'b': g}.get(p, h)(y)", ""),
        ("{'a': f, 'b': g}[p]()", ""),
        ("class C:\n    def f(self):\n        try:\n            x = {'a': 1, 'b': 2}\n        finally: pass", "x"),
        ("match p:\n    case 1:\n        x = {'a': 1, 'b': 2}", "x"),
        ("if p:\n    pass\nelif q:\n    x = {'a': 1, 'b': 2}", "x"),
        ("try: f()\nexcept E:\n    x = {'a': 1, 'b': 2}", "x"),
    ],
)
def test_a_dictionary_with_texts_as_keys_is_a_table(text, name):
    if "await" in text:
        text = "async def f():\n    " + text
    (table,) = tables(text)
    assert (table.name, table.keys) == (name, ("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        "x = {}",
        "x = {'a': 1}",
        "x = {'a': 1, b: 2}",
        "x = {'a': 1, **other}",
        "x = {'a': 1, 3: 2}",
        "x = {'a', 'b'}",
        "x = dict(a=1, b=2)",
        "x = f({'a': 1, 'b': 2})",
        "x = {key: 1 for key in 'ab'}",
        "x = y = 3",
        "x: int",
        "return_ = None",
        "def f():\n    return",
    ],
)
def test_everything_else_is_none(text):
    assert tables(text) == []


def test_tables_come_in_the_order_of_the_file_with_their_lines():
    found = tables("A = {\n  'a': 1,\n  'b': 2,\n}\ndef f():\n  return {'c': 1, 'd': 2}\nB = {'e': 1, 'f': 2}\n")
    assert found == [
        KeyedTable(1, 4, "A", ("a", "b")),
        KeyedTable(6, 6, "", ("c", "d")),
        KeyedTable(7, 7, "B", ("e", "f")),
    ]
