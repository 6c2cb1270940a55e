"""Which names of a scope a piece of code mentions, and how."""

import ast

import pytest

from cutover_migrate.rewrite._mentions import function_locals, mentions, parameters


def names(text):
    return set(text.split())


READS = [
    ("f(x, y=z)", "f x z"),
    ("x.y[z]", "x z"),
    ("x = y", "y"),
    ("x.y = z", "x z"),
    ("x[y] = z", "x y z"),
    ("x += y", "x y"),
    ("x.y += z", "x z"),
    ("x: y = z", "y z"),
    ("del x", ""),
    ("del x[y]", "x y"),
    ("import x", ""),
    ("for x in y: z", "y z"),
    ("with x as y, z: pass", "x z"),
    ("try: x\nexcept y as z: w", "x y w"),
    ("match x:\n case y.z: w", "x y w"),
    ("match x:\n case C(y, z=w): pass", "x C"),
    ("match x:\n case {'k': y, **z} if w: pass", "x w"),
    ("raise x from y", "x y"),
    ("assert x, y", "x y"),
    ("f'{x!r:>{y}} {z=}'", "x y z"),
    ("lambda x, y=z: x + w", "z w"),
    ("def f(x: y = z, *a, k=w) -> v: return x + u", "y z w v u"),
    ("@x\ndef f(): pass", "x"),
    ("async def f(): await x", "x"),
    ("def f():\n def g(): return x\n y = 1\n return y", "x"),
    ("def f():\n x = 1\n def g(): return x", ""),
    ("def f():\n global x\n return x", ""),
    ("def f():\n nonlocal x\n x = 1", "x"),
    ("class C(x, metaclass=y): z = w", "x y z w"),
    ("[x for x in y if z]", "y z"),
    ("[x for x in x]", "x"),
    ("[x for y in z for x in x]", "z"),
    ("[x for y in z for w in y]", "x z"),
    ("{x: y for x, y in z}", "z"),
    ("{x for x in [y for y in y]}", "y"),
    ("(x for x in y)", "y"),
    ("[(lambda: x)() for x in y]", "y"),
    ("[x := y for y in z]", "z"),
    ("(x := y)", "y"),
    ("await x", "x"),
    ("x = yield y", "y"),
    ("print(*x, **y)", "print x y"),
    ("x if y else z", "x y z"),
    ("pass", ""),
]


@pytest.mark.parametrize(("text", "expected"), READS)
def test_the_names_that_code_reads(text, expected):
    assert mentions(*ast.parse(text).body).reads == names(expected)


BINDS = [
    # text, bound, bound for certain
    ("x = y = 1", "x y", "x y"),
    ("x, (y, *z) = 1", "x y z", "x y z"),
    ("[x, y.z, w[0]] = 1", "x", "x"),
    ("x += 1", "x", "x"),
    ("x: int = 1", "x", "x"),
    ("import x.y, z as w", "x w", "x w"),
    ("from x import y, z as w", "y w", "y w"),
    ("def x(y): z = 1", "x", "x"),
    ("async def x(): pass", "x", "x"),
    ("class x:\n y = 1", "x", "x"),
    ("f(x := 1)", "x", "x"),
    ("y and (x := 1)", "x", ""),
    ("(x := 1) and y", "x", "x"),
    ("y or z or (x := 1)", "x", ""),
    ("(x := 1) if y else z", "x", ""),
    ("y if (x := 1) else z", "x", "x"),
    ("y < (x := 1)", "x", "x"),
    ("y < z < (x := 1)", "x", ""),
    ("assert (x := 1), (y := 2)", "x y", ""),
    ("[x := y for y in z]", "x", ""),
    ("[[x := y for y in z] for w in z]", "x", ""),
    ("lambda: (x := 1)", "", ""),
    ("lambda y=(x := 1): y", "x", "x"),
    ("[x for x in y]", "", ""),
    ("global x\nx = 1", "x", "x"),
    ("y", "", ""),
]


@pytest.mark.parametrize(("text", "bound", "certain"), BINDS)
def test_the_names_that_code_binds(text, bound, certain):
    found = mentions(*ast.parse(text).body)
    assert found.binds == names(bound)
    assert found.certain == names(certain)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x, y in z: w = 1", "x y w"),
        ("with x as (y, z), w as v: pass", "y z v"),
        ("try: pass\nexcept x as y: z = 1", "y z"),
        ("match x:\n case [y, *z]: pass", "y z"),
        ("match x:\n case {'k': y, **z}: pass", "y z"),
        ("match x:\n case C(y, k=z) as w: pass", "y z w"),
        ("match x:\n case (1 | 2) as y if (z := y): pass", "y z"),
        ("match x:\n case _: pass", ""),
        ("match x:\n case y: pass", "y"),
        ("while (x := y): pass", "x"),
        ("if (x := y): z = 1\nelse: w = 1", "x z w"),
    ],
)
def test_the_names_that_compound_statements_bind(text, expected):
    assert mentions(*ast.parse(text).body).binds == names(expected)


CELLS = [
    ("lambda: x", "x"),
    ("lambda x: x", ""),
    ("lambda y=x: y", ""),
    ("def f(y=x): return z + y", "z"),
    ("def f():\n y = 1\n return lambda: y + x", "x"),
    ("class C: y = x", "x y"),
    ("(x for y in z)", "x"),
    ("(y for y in z)", ""),
    ("(w for y in z if x)", "w x"),
    ("(w for y in z for w in x)", "x"),
    ("[x for y in z]", ""),
    ("[lambda: x for y in z]", "x"),
    ("[lambda: y for y in z]", ""),
    ("sorted(x, key=lambda y: y.k)", ""),
    ("x(y)", ""),
    ("def f():\n nonlocal x\n x = 1", "x"),
    ("def f():\n global x\n x = 1", ""),
]


@pytest.mark.parametrize(("text", "expected"), CELLS)
def test_the_names_that_code_shares_with_later_code(text, expected):
    assert mentions(*ast.parse(text).body).cells == names(expected)


def test_the_names_that_belong_to_other_scopes():
    found = mentions(*ast.parse("global x\nnonlocal y\ndef f():\n nonlocal z\n global w\n z = w = 1\n").body)
    assert found.elsewhere == {"x", "y"}
    assert found.globals == {"x"}
    assert found.shared == {"y", "z"}


def test_the_names_that_code_deletes():
    found = mentions(*ast.parse("del x, y[0], z.w\n").body)
    assert (found.deleted, found.reads) == ({"x"}, {"y", "z"})
    assert found.every == {"x", "y", "z"}


def test_several_parts_are_read_together_and_none_is_no_part():
    found = mentions(ast.parse("x = y").body[0], None, ast.parse("z").body[0])
    assert (found.reads, found.binds) == ({"y", "z"}, {"x"})


@pytest.mark.parametrize(
    ("text", "own", "given"),
    [
        ("def f(a, /, b, *c, d=1, **e): x = 1", "a b c d e x", "a b c d e"),
        ("def f(a):\n global x\n x = y = 1", "a y", "a"),
        ("def f(a):\n nonlocal x\n x = 1", "a", "a"),
        ("def f():\n del x", "x", ""),
        ("def f():\n def g(): y = 1\n class C: z = 1", "g C", ""),
        ("def f():\n [x for x in y]\n [z := x for x in y]", "z", ""),
        ("def f():\n lambda x: (y := x)", "", ""),
        ("async def f(a):\n async with a as x: pass\n async for y in a: pass", "a x y", "a"),
    ],
)
def test_the_locals_of_a_function(text, own, given):
    (function,) = ast.parse(text).body
    assert function_locals(function) == names(own)
    assert parameters(function) == names(given)


def test_the_locals_of_a_lambda_and_of_no_function():
    (expression,) = ast.parse("lambda a, *b: (c := a)").body
    assert function_locals(expression.value) == {"a", "b", "c"}
    assert function_locals(ast.parse("x = 1")) == set()
