import ast

import pytest

from cutover_cli._plant._blocks import block_of
from cutover_cli._plant._calls import SlotCall
from cutover_cli._plant._sources import Source, Splice
from cutover_cli._plant._tree import Place


@pytest.mark.parametrize(
    "data",
    [
        "# -*- coding: latin-1 -*-\nname = 'Zoë'  # é\n".encode("latin-1"),
        "name = 'Zoë'\r\n\r\nother = '…'\r\n".encode(),
        b"\xef\xbb\xbfname = 1\rother = 2",
        b"name = 1",
    ],
)
def test_bytes_around_a_splice_stay_whatever_the_encoding_and_the_line_ends(tmp_path, data):
    (tmp_path / "m.py").write_bytes(data)
    source = Source.read(tmp_path, "m.py")
    assert source.text.encode(source.encoding) == data
    value = source.tree.body[0].value
    text = source.spliced([source.replaced(value, "'ü'")])
    assert text.replace("'ü'", source.segment(value)) == source.text
    assert [source.line_at(source.span(node)[0]) for node in source.tree.body] == [n.lineno for n in source.tree.body]


def test_splices_are_made_from_the_end_so_that_offsets_hold():
    source = Source("m.py", "a, b, c\n", "utf-8")
    assert source.spliced([Splice(0, 1, "first"), Splice(6, 7, "third"), Splice(3, 3, "x")]) == "first, xb, third\n"


@pytest.mark.parametrize(
    ("text", "removed", "left"),
    [
        ("f(a, b, c)", 0, "f(b, c)"),
        ("f(a, b, c)", 1, "f(a, c)"),
        ("f(a, b, c)", 2, "f(a, b)"),
        ("f(a, b=1, **c)", 2, "f(a, b=1)"),
        ("f(a, b=1, **c)", 1, "f(a, **c)"),
        ("f(\n    a,\n    b,\n)", 1, "f(\n    a,\n)"),
        ("f(\n    a,  # why\n)", 0, "f(\n    )"),
        ("f(a,)", 0, "f()"),
    ],
)
def test_an_argument_is_taken_out_with_its_comma(text, removed, left):
    source = Source("m.py", text, "utf-8")
    call = source.tree.body[0].value
    place = Place("s", "S", "m", source, "c", call, source.tree.body[0], (), None, source.tree.body[0])
    splice = SlotCall(place, "f", call, ()).without([*call.args, *call.keywords][removed])
    assert source.spliced([splice]) == left
    assert ast.parse(left)


def test_a_block_is_wrapped_at_its_own_indentation_and_texts_keep_their_lines():
    source = Source("m.py", 'if x:\n\ta = """1\n 2"""  # so\n\n\tb = 2\nend\n', "utf-8")
    block = block_of(source, source.tree.body[0].body)
    text = source.spliced([block.tried(block.inside("a = None"))])
    assert text == 'if x:\n\ttry:\n\t\ta = """1\n 2"""  # so\n\n\t\tb = 2\n\texcept Exception:\n\t\ta = None\nend\n'
    assert ast.parse(text)


def test_the_last_line_of_a_file_without_a_line_end_can_be_wrapped():
    source = Source("m.py", "def f():\n    return g()", "utf-8")
    block = block_of(source, source.tree.body[0].body)
    text = source.spliced([block.tried(block.inside("raise RuntimeError from error"), error="error")])
    assert ast.unparse(ast.parse(text)).endswith("except Exception as error:\n        raise RuntimeError from error")


@pytest.mark.parametrize("text", ["if x: a = 1\n", "if x:\n    a = 1; b = 2\n", "if x:\n    z = 0; a = 1\n"])
def test_statements_that_share_a_line_are_no_block(text):
    source = Source("m.py", text, "utf-8")
    body = source.tree.body[0].body
    assert block_of(source, body[-1:] if "z" in text else body[:1]) is None
