"""Walking a tree: every node and statement once, without operators and contexts; sources that are parsed late."""

import ast
from pathlib import Path

import pytest

from cutover_migrate import NotPython
from cutover_migrate.find import (
    Outline,
    Source,
    content_digest,
    every_node,
    every_statement,
    inner_nodes,
    outline_of,
    parse_source,
)

TEXTS = [Path(file).read_text() for file in (ast.__file__, pytest.__file__, __file__)] + [
    "match x:\n    case C(a, b=1, c=d): pass\n    case {'k': v, **rest} | [*_]: pass\n    case None: pass",
    "async def f(a, /, b: int = 1, *c, d=2, **e) -> None:\n    global g\n    return [y async for y in z if y]",
    "try:\n    pass\nexcept* E as e:\n    x: int\nelse:\n    del x\nfinally:\n    assert x, f'{x!r:>{y}}'",
    "with a as b, c: lambda x, *y: (yield x)",
    "x = {**a, 'b': 1}; y = z[1:2, ...]; w = not -a ** b if (c := d) else e < f < g",
]
LEFT_OUT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


@pytest.mark.parametrize("text", TEXTS)
def test_every_node_but_operators_and_contexts_is_met_once(text):
    tree = ast.parse(text)
    wanted = {id(node) for node in ast.walk(tree) if not isinstance(node, LEFT_OUT)}
    found = [id(node) for node in every_node(tree)]
    assert len(found) == len(set(found))
    assert set(found) == wanted


@pytest.mark.parametrize("text", TEXTS)
def test_every_statement_is_met_once(text):
    tree = ast.parse(text)
    found = [id(node) for node in every_statement(tree)]
    assert len(found) == len(set(found))
    assert set(found) == {id(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}


def test_the_nodes_inside_one_come_in_the_order_of_its_fields():
    call = ast.parse("f(x, *y, k=z)", mode="eval").body
    assert [ast.unparse(node) for node in inner_nodes(call)] == ["f", "x", "*y", "k=z"]
    assert inner_nodes(call.func) == []


def test_a_source_is_parsed_when_its_tree_is_asked_for():
    source = Source("a.py", b"def f(:\n")
    assert (source.encoding, source.newline, source.digest) == ("utf-8", "\n", content_digest(b"def f(:\n"))
    with pytest.raises(NotPython, match=r"a.py:1: not Python"):
        assert source.tree
    with pytest.raises(NotPython):
        parse_source("a.py", b"def f(:\n")
    assert Source("a.py", b"x = 1").tree.body


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("", Outline()),
        ("import os, a.b as c\nfrom d.e import f\nfrom . import g\nfrom .h import i", Outline(("a.b", "d.e"))),
        ("def f(): import x\nclass C:\n    def g(self): pass\nasync def h(): pass", Outline(defines=("f", "C", "h"))),
        ("if __name__ == '__main__':\n    main()", Outline(is_script=True)),
        ("if x:\n    import y\n    def f(): pass\nif __name__:\n    pass", Outline()),
    ],
)
def test_an_outline_says_what_other_files_need_to_know(text, outline):
    assert outline_of(ast.parse(text)) == outline
