"""Which bodies are one program with holes, and what the holes hold."""

import pytest

from cutover_migrate.rewrite import Differs, Hole


def told(holes):
    assert isinstance(holes, tuple), holes
    return [(hole.kind, *hole.values) for hole in holes]


@pytest.mark.parametrize(
    ("first", "second", "holes"),
    [
        ("f(x)", "g(x)", [("slot", "f", "g")]),
        ("return a.make(x)", "return b.make(x)", [("slot", "a.make", "b.make")]),
        ("return a.make(x)", "return b.other.send(x)", [("slot", "a.make", "b.other.send")]),
        ("x = a.K", "x = b.K", [("slot", "a.K", "b.K")]),
        ("f(1)", "f(2)", [("value", 1, 2)]),
        ("f('a')", "f(None)", [("value", "a", None)]),
        ("f(b'a')", "f(b'b')", [("value", b"a", b"b")]),
        ("f(True)", "f(1)", [("value", True, 1)]),
        ("f(1)", "f(1.0)", [("value", 1, 1.0)]),
        ("f(0.0)", "f(-0.0)", None),
        ("f(-1)", "f(-2)", [("value", 1, 2)]),
        ("client().make(x)", "client().send(x)", [("attribute", "make", "send")]),
        ("x[0].make()", "x[0].send()", [("attribute", "make", "send")]),
        ("f(1, 'a', g)", "f(2, 'b', h)", [("value", 1, 2), ("value", "a", "b"), ("slot", "g", "h")]),
        ("f(f(x))", "g(g(x))", [("slot", "f", "g"), ("slot", "f", "g")]),
        ("t = await f(x, timeout=30)", "t = await g(x, timeout=60)", [("slot", "f", "g"), ("value", 30, 60)]),
        ("return [f(i) for i in x]", "return [g(i) for i in x]", [("slot", "f", "g")]),
        ("try:\n  f()\nexcept E: raise", "try:\n  g()\nexcept E: raise", [("slot", "f", "g")]),
        ("async with s:\n  f()", "async with s:\n  g()", [("slot", "f", "g")]),
        ("x['a'] = 1", "x['b'] = 1", [("value", "a", "b")]),
        ("raise Slow(x)", "raise Quick(x)", [("slot", "Slow", "Quick")]),
        ("f'{f(x)}'", "f'{g(x)}'", [("slot", "f", "g")]),
        ("if x: f()\nelse: h()", "if x: g()\nelse: h()", [("slot", "f", "g")]),
        ("yield f(x)", "yield g(x)", [("slot", "f", "g")]),
        ("del x, y", "del x, y", []),
        ("f(...)", "f(...)", []),
        ("u'a'", "'a'", []),
        ("f(1e999)", "f(1e999)", []),
        ("__f__(x)", "__g__(x)", [("slot", "__f__", "__g__")]),
    ],
)
def test_bodies_with_the_same_shape_have_holes(holes_of, first, second, holes):
    found = holes_of(first, second)
    if holes is None:
        assert isinstance(found, Differs)
    else:
        assert told(found) == holes


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("f(x)", "f(x, y)", "bodies-differ"),
        ("f(x)", "f(x)\ng(x)", "bodies-differ"),
        ("f(a=1)", "f(b=1)", "bodies-differ"),
        ("f(a=1)", "f(a=1, b=2)", "bodies-differ"),
        ("f(x)", "return f(x)", "bodies-differ"),
        ("f(x)", "await f(x)", "bodies-differ"),
        ("f(x)", "f('x')", "bodies-differ"),
        ("f(*x)", "f(x)", "bodies-differ"),
        ("f(x + 1)", "f(x - 1)", "bodies-differ"),
        ("x: int = 1", "x = 1", "bodies-differ"),
        ("import a", "import b", "bodies-differ"),
        ("from a import b", "from c import b", "bodies-differ"),
        ("global a", "global b", "bodies-differ"),
        ("def f(a): pass", "def f(b): pass", "bodies-differ"),
        ("return lambda a: a", "return lambda b: b", "bodies-differ"),
        ("a().make()", "b.make()", "bodies-differ"),
        ("pass", "...", "bodies-differ"),
        ("x = f()", "y = f()", "different-outputs"),
        ("x += 1", "y += 1", "different-outputs"),
        ("o.x = 1", "o.y = 1", "different-outputs"),
        ("del x", "del y", "different-outputs"),
        ("for x in z: f()", "for y in z: f()", "different-outputs"),
        ("f'{x} one'", "f'{x} two'", "literal-in-place"),
        ("f'{x:>3}'", "f'{x:>4}'", "literal-in-place"),
        ("match x:\n  case 'a': f()", "match x:\n  case 'b': f()", "literal-in-place"),
        ("f(1j)", "f(2j)", "literal-in-place"),
        ("f(1e999)", "f(2.0)", "literal-in-place"),
        ("__f(x)", "__g(x)", "private-name"),
        ("x().__f()", "x().__g()", "private-name"),
        ("return lambda: f(x)", "return lambda: g(x)", "hole-in-closure"),
        ("return (f(i) for i in x)", "return (g(i) for i in x)", "hole-in-closure"),
        ("def later(): return 1", "def later(): return 2", "hole-in-closure"),
        ("class C:\n  x = 1", "class C:\n  x = 2", "hole-in-closure"),
        ("f(x)", "f(...)", "bodies-differ"),
    ],
)
def test_bodies_that_no_table_can_tell_apart_differ(holes_of, first, second, reason):
    found = holes_of(first, second)
    assert isinstance(found, Differs), found
    assert found.reason == reason


@pytest.mark.parametrize(
    ("first", "second", "local", "found"),
    [
        ("f(x)", "f(y)", "xy", "local-differs"),
        ("f(x)", "f(y)", "y", "local-differs"),
        ("f(x.a)", "f(y.a)", "x", "local-differs"),
        ("f(x)", "f(y)", "", [("slot", "x", "y")]),
        ("f(x.a)", "f(x.b)", "x", [("attribute", "a", "b")]),
        ("f(x.a.c)", "f(x.b.c)", "x", "local-differs"),
        ("x.a()", "x.a()", "x", []),
        ("x.a.b()", "x.c.d()", "x", "local-differs"),
        ("s.a(1)", "s.b(2)", "s", [("attribute", "a", "b"), ("value", 1, 2)]),
    ],
)
def test_a_local_name_is_no_slot(holes_of, first, second, local, found):
    holes = holes_of(first, second, local=local)
    assert (holes.reason if isinstance(holes, Differs) else told(holes)) == found


def test_a_difference_is_told_by_its_line_in_the_second_body(holes_of):
    assert holes_of("f()\ng(1)\nh()", "f()\ng(1, 2)\nh()") == Differs("bodies-differ", 2)
    assert holes_of("f()", "f()\ng()\nh()") == Differs("bodies-differ", 3)


def test_more_than_two_bodies_are_compared_at_once(holes_of):
    assert told(holes_of("f(1)", "g(1)", "h(2)")) == [("slot", "f", "g", "h"), ("value", 1, 1, 2)]


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("call(timeout={})", "timeout"),
        ("x = {}", "x"),
        ("x: int = {}", "x"),
        ("o.limit = {}", "limit"),
        ("o['limit'] = {}", "limit"),
        ("x = call(timeout={})", "timeout"),
        ("call({})", ""),
        ("x = call([{}])", "x"),
    ],
)
def test_a_value_is_named_after_what_it_is_given_to(holes_of, text, context):
    (hole,) = holes_of(text.format(1), text.format(2))
    assert hole.context == context


def test_holes_that_one_column_can_fill_have_one_vector():
    def hole(kind, *values):
        return Hole(kind, (), values)

    assert hole("value", 1, "a").vector == hole("value", 1, "a").vector
    assert hole("value", 1, 2).vector != hole("value", 1.0, 2).vector
    assert hole("value", "a").vector != hole("slot", "a").vector
