"""What may be read later, what is bound for certain, and what an error lets see, over every kind of statement."""

import ast
import textwrap

import pytest

from cutover_migrate.rewrite._flow import Flow


def names(text):
    return set(text.split())


@pytest.fixture
def flow_of():
    """The flow of a function, and what stands in its `if here:`."""

    def read(text, *, define="def chat(p):"):
        (function,) = ast.parse(f"{define}\n{textwrap.indent(text, '    ')}\n").body
        (here,) = [node for node in ast.walk(function) if isinstance(node, ast.If) and ast.unparse(node.test) == "here"]
        return Flow(function), here

    return read


HERE = "if here:\n    pass\n"
AFTER = [
    # what follows, what may be read then
    ("", ""),
    ("return x", "x"),
    ("x = 1\nreturn x", ""),
    ("x = x + 1", "x"),
    ("x += 1", "x"),
    ("del x", "x"),
    ("x.y = z", "x z"),
    ("if y:\n    x = 1\nreturn x", "x y"),
    ("if y:\n    x = 1\nelse:\n    x = 2\nreturn x", "y"),
    ("if y:\n    x = 1\nelse:\n    return z\nreturn x", "y z"),
    ("if y and (x := 1):\n    pass\nreturn x", "x y"),
    ("if (x := y):\n    pass\nreturn x", "y"),
    ("for x in y:\n    pass\nreturn x", "x y"),
    ("for z in y:\n    x = z\nelse:\n    x = 1\nreturn x", "y"),
    ("for z in y:\n    break\nelse:\n    x = 1\nreturn x", "x y"),
    ("while y:\n    x = 1\nreturn x", "x y"),
    ("while True:\n    x = y\n    if z:\n        break\nreturn x", "y z"),
    ("while True:\n    pass\nreturn x", ""),
    ("while y:\n    if z:\n        continue\n    x = 1\nelse:\n    return x", "x y z"),
    ("with y as x:\n    pass\nreturn x", "x y"),
    ("with y as x:\n    return x", "y"),
    ("with y:\n    x = 1\nreturn x", "x y"),
    ("try:\n    x = y\nexcept E:\n    pass\nreturn x", "x y E"),
    ("try:\n    x = y\nexcept E:\n    x = 1\nreturn x", "y E"),
    ("try:\n    x = y\nfinally:\n    z\nreturn x", "y z"),
    ("try:\n    x = y\nfinally:\n    f(x)", "x y f"),
    ("try:\n    f()\nexcept E as x:\n    pass\nelse:\n    x = 1\nreturn x", "f E"),
    ("try:\n    return y\nfinally:\n    f(x)", "f x y"),
    ("try:\n    f()\nexcept* E as x:\n    f(x)", "f E"),
    ("match y:\n    case [x, 1]:\n        pass\nreturn x", "x y"),
    ("match y:\n    case [x, 1]:\n        return x\n    case x:\n        return x", "y"),
    ("match y:\n    case 1 if x:\n        pass", "x y"),
    ("match y:\n    case x.k:\n        pass", "x y"),
    ("x = [x for x in y]", "y"),
    ("y = [x for x in x]", "x"),
    ("def f(z=x):\n    return y", "x y"),
    ("x = lambda: y\nreturn x", "y"),
    ("import x\nreturn x", ""),
    ("assert y, (x := 1)\nreturn x", "x y"),
    ("raise x(y)\nreturn z", "x y"),
    ("x: y\nreturn x", "x"),
    ("class x(y):\n    k = z\nreturn x", "k y z"),
    ("async def f():\n    await x", "x"),
]


@pytest.mark.parametrize(("behind", "expected"), AFTER)
def test_what_may_be_read_afterwards(flow_of, behind, expected):
    flow, here = flow_of(HERE + behind)
    assert flow.live_after(here) == names(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in y:\n    f(z)\n    {}\n    z = 1\nreturn w", "w f"),
        ("for x in y:\n    f(z)\n    {}\nreturn w", "w f z"),
        ("for x in y:\n    {}\nreturn x", "x"),
        ("while x:\n    {}\n    x = z", "z"),
        ("while x:\n    y = 1\n    {}\nelse:\n    f(y)", "x f y"),
        ("while x:\n    {}\n    continue\nelse:\n    f(y)", "x f y"),
        ("while x:\n    {}\n    break\nelse:\n    f(y)\nreturn z", "z"),
        ("try:\n    {}\nexcept E:\n    f(x)", ""),
        ("try:\n    {}\n    g()\nexcept E:\n    f(x)", "g E f x"),
        ("try:\n    {}\nexcept E:\n    pass\nelse:\n    f(x)\nfinally:\n    f(y)", "f x y"),
        ("try:\n    {}\n    return x\nfinally:\n    f(y)", "x f y"),
        ("try:\n    g()\nfinally:\n    {}\nreturn x", "x"),
        ("try:\n    g()\nexcept E as x:\n    {}\n    f(x)", "f x"),
        ("with f(x) as y:\n    {}\nreturn y", "y"),
        ("match y:\n    case x:\n        {}\nreturn x", "x"),
        ("def f():\n    return x\nfor y in z:\n    {}\nreturn y", "y"),
    ],
)
def test_what_may_be_read_after_a_statement_inside_others(flow_of, text, expected):
    inner = text.partition("{}")[0].rpartition("\n")[2]
    flow, here = flow_of(text.replace("{}", HERE.strip().replace("\n", f"\n{inner}")))
    assert flow.live_after(here) - {"here"} == names(expected)


BEFORE = [
    ("", "p"),
    ("x = 1", "p x"),
    ("if y:\n    x = 1", "p"),
    ("if y:\n    x = 1\nelse:\n    x = z = 2", "p x"),
    ("if y:\n    x = 1\nelse:\n    return", "p x"),
    ("if y:\n    x = 1\nelse:\n    raise E", "p x"),
    ("y and (x := 1)", "p"),
    ("f(x := 1)", "p x"),
    ("[x := y for y in z]", "p"),
    ("del p", ""),
    ("x = 1\ndel x", "p"),
    ("x = 1\nif y:\n    del x", "p"),
    ("for x in y:\n    z = 1", "p"),
    ("for x in y:\n    z = 1\nelse:\n    w = 1", "p w"),
    ("for x in y:\n    break\nelse:\n    x = 1", "p x"),
    ("while y:\n    x = 1", "p"),
    ("while True:\n    x = 1\n    break", "p x"),
    ("while True:\n    if y:\n        break\n    x = 1", "p"),
    ("while (x := y):\n    pass", "p x"),
    ("with y as x:\n    z = 1", "p"),
    ("try:\n    x = y\nexcept E:\n    pass", "p"),
    ("try:\n    x = y\nexcept E:\n    x = 1", "p x"),
    ("try:\n    x = y\nexcept E:\n    return", "p x"),
    ("try:\n    y\nexcept E as x:\n    z = 1\nelse:\n    z = 2", "p z"),
    ("x = 1\ntry:\n    y\nexcept E as x:\n    pass", "p"),
    ("try:\n    y\nfinally:\n    x = 1", "p x"),
    ("try:\n    x = 1\nfinally:\n    y", "p x"),
    ("x = 1\nfor y in z:\n    try:\n        f()\n    except E as x:\n        continue", "p"),
    ("x = 1\nwhile True:\n    try:\n        f()\n    except E as x:\n        break", "p"),
    ("x = 1\ntry:\n    try:\n        f()\n    except E as x:\n        raise\nexcept E:\n    pass", "p"),
    ("match y:\n    case [x, z]:\n        w = 1", "p"),
    ("match y:\n    case [x]:\n        pass\n    case x:\n        pass", "p x"),
    ("match y:\n    case 1:\n        x = 1\n    case _:\n        x = 2", "p x"),
    ("match y:\n    case z if (x := z):\n        pass\n    case _:\n        pass", "p"),
    ("import x.y, z as w", "p x w"),
    ("def x():\n    y = 1", "p x"),
    ("class x:\n    y = 1", "p x"),
    ("x: int", "p"),
    ("x: int = 1", "p x"),
    ("x, *y = z", "p x y"),
    ("assert (x := y)", "p"),
]


@pytest.mark.parametrize(("before", "expected"), BEFORE)
def test_what_is_bound_for_certain(flow_of, before, expected):
    flow, here = flow_of(f"{before}\n{HERE}")
    assert flow.bound_before(here) == names(expected)


def test_nothing_is_bound_where_no_way_leads(flow_of):
    flow, here = flow_of(f"x = 1\nreturn x\n{HERE}")
    assert flow.bound_before(here) == set()


def test_a_case_and_a_branch_further_down_are_places_too(flow_of):
    flow, here = flow_of("if (x := p):\n    pass\nelif here:\n    pass")
    assert flow.bound_before(here) == {"p", "x"}
    (function,) = ast.parse("def chat(p):\n match p:\n  case [x, 1]: pass\n  case 2: pass").body
    case = function.body[0].cases[1]
    assert Flow(function).bound_before(case) == {"p"}


BODIES = [
    # body, what it needs, what it binds for certain, whether it falls through
    ("x = y", "y", "x", True),
    ("x = 1\ny = x", "", "x y", True),
    ("y = x\nx = 1", "x", "x y", True),
    ("return x", "x", None, False),
    ("raise x", "x", None, False),
    ("if y:\n    return x\nz = 1", "x y", "z", True),
    ("if y:\n    x = 1\nelse:\n    return z", "y z", "x", True),
    ("if y:\n    x = 1\nz = x", "x y", "z", True),
    ("for x in y:\n    z = x", "y", "", True),
    ("for x in y:\n    f(z)\n    z = 1", "f y z", "", True),
    ("while True:\n    x = y\n    break", "y", "x", True),
    ("while True:\n    x = y", "y", None, False),
    ("while True:\n    return x", "x", None, False),
    ("try:\n    x = y\nexcept E:\n    raise", "y E", "x", True),
    ("try:\n    x = y\nexcept E:\n    return x", "x y E", "x", True),
    ("try:\n    return y\nfinally:\n    f(x)", "f x y", None, False),
    ("try:\n    f()\nfinally:\n    return 1", "f", None, False),
    ("with y as x:\n    z = x", "y", "", True),
    ("with y:\n    return x", "x y", "", True),
    ("match y:\n    case [x]:\n        pass\n    case _:\n        x = 1", "y", "x", True),
    ("def f():\n    return x", "x", "f", True),
    ("x = [y for y in z]", "z", "x", True),
    ("x += 1", "x", "x", True),
    ("del x", "x", "", True),
    ("try:\n    f()\nexcept E as x:\n    pass", "f E", "", True),
    ("break", "", None, False),
]


@pytest.mark.parametrize(("body", "needs", "bound", "falls"), BODIES)
def test_what_a_body_needs_and_gives(flow_of, body, needs, bound, falls):
    text = f"for k in ():\n    if here:\n{textwrap.indent(body, ' ' * 8)}\n    f()"
    flow, here = flow_of(text)
    assert flow.needs(here.body) == names(needs)
    assert flow.falls_through(here.body) == falls
    if bound is not None:
        assert flow.bound_by(here.body) == names(bound)
    elif not falls:
        assert flow.bound_by(here.body) == flow.local


def test_what_is_bound_before_a_body_stays_bound_unless_the_body_unbinds_it(flow_of):
    flow, here = flow_of("if here:\n    try:\n        f()\n    except E as x:\n        pass\n    y = 1")
    assert flow.bound_by(here.body, {"x", "z"}) == {"y", "z"}


AROUND = [
    ("try:\n    {}\nexcept E:\n    f(x)", True),
    ("try:\n    {}\nexcept E:\n    pass\nf(x)", True),
    ("try:\n    {}\nexcept E:\n    x = 1\nf(x)", False),
    ("try:\n    {}\nexcept E:\n    raise\nf(x)", False),
    ("try:\n    {}\nfinally:\n    f(x)", True),
    ("try:\n    {}\nfinally:\n    f(y)\nf(x)", False),
    ("for y in z:\n    try:\n        {}\n    finally:\n        break\nf(x)", True),
    ("try:\n    {}\nexcept E:\n    return\nelse:\n    f(x)", False),
    ("with y:\n    {}\nf(x)", True),
    ("with y:\n    {}\n    f(x)", False),
    ("for z in y:\n    {}\n    f(x)", False),
    ("for z in y:\n    try:\n        {}\n    except E:\n        break\n    f(x)", False),
    ("for z in y:\n    try:\n        {}\n    except E:\n        continue\n    f(x)", True),
    ("for z in y:\n    f(x)\n    try:\n        {}\n    except E:\n        continue", True),
    ("try:\n    try:\n        {}\n    finally:\n        g()\nexcept E:\n    f(x)", True),
    ("try:\n    try:\n        {}\n    except E:\n        return\nexcept F:\n    f(x)", True),
    ("try:\n    g()\nexcept E:\n    {}\n    f(x)", False),
    ("try:\n    g()\nexcept E:\n    {}\nfinally:\n    f(x)", True),
    ("try:\n    g()\nfinally:\n    {}\nf(x)", False),
    ("{}\nf(x)", False),
]


@pytest.mark.parametrize(("around", "seen"), AROUND)
def test_what_an_error_in_the_middle_lets_see(flow_of, around, seen):
    lead = around.partition("{}")[0].rpartition("\n")[2]
    for body, binds_early in (("x = 1\ng()", True), ("g()\nx = g()", False)):
        flow, here = flow_of(around.replace("{}", f"if here:\n{textwrap.indent(body, lead + '    ')}"))
        assert ("x" in flow.seen_on_error(here.body)) == (seen and binds_early)


EARLY = [
    # the last statement of a body, the names that it may leave bound when it fails
    ("x = f()", ""),
    ("x, y = f()", ""),
    ("x = y = f()", "x y"),
    ("[x, y] = f()", "x y"),
    ("x, (y, z) = f()", "x y z"),
    ("x, *y = f()", "x y"),
    ("x, f.k = f()", "x"),
    ("x, f[0] = f()", "x"),
    ("f.k = x = f()", "x"),
    ("x: int = f()", ""),
    ("x += f()", ""),
    ("f(x := 1)", "x"),
    ("x = (y := f())", "y"),
    ("[x := y for y in f()]", "x"),
    ("return (x := f())", "x"),
    ("raise f(x := 1)", "x"),
    ("import x", ""),
    ("import x, y", "x y"),
    ("from f import x", ""),
    ("from f import x, y", "x y"),
    ("def x():\n    pass", ""),
    ("for x in f():\n    pass", "x"),
    ("for x in f():\n    y = x", "x y"),
    ("while f():\n    x = 1", "x"),
    ("with f() as x:\n    pass", "x"),
    ("if f():\n    x = 1", ""),
    ("if f():\n    x = 1\n    f()", "x"),
    ("match f():\n    case [x, 1]:\n        pass", "x"),
    ("match f():\n    case 1 if (x := f()):\n        pass", "x"),
    ("try:\n    x = 1\nfinally:\n    f()", "x"),
    ("try:\n    f()\nexcept E as x:\n    raise", "x"),
    ("assert (x := f())", "x"),
]


@pytest.mark.parametrize(("body", "expected"), EARLY)
def test_what_a_last_statement_may_leave_bound(flow_of, body, expected):
    around = "try:\n    if here:\n{}\nexcept E:\n    f(x, y, z)"
    flow, here = flow_of(around.replace("{}", textwrap.indent(body, " " * 8)))
    assert flow.seen_on_error(here.body) == names(expected)


@pytest.mark.parametrize(("leave", "seen"), [("return x", True), ("break", True), ("continue", True), ("pass", False)])
def test_what_a_finally_sees_when_a_body_leaves_by_another_way(flow_of, leave, seen):
    text = (
        f"for z in y:\n    try:\n        if here:\n            x = 1\n            {leave}\n    finally:\n        f(x)"
    )
    flow, here = flow_of(text)
    flow_fine, fine = flow_of(text.replace("f(x)", "f(z)"))
    assert ("x" in flow.seen_on_error(here.body)) == (seen or leave == "pass")
    assert "x" not in flow_fine.seen_on_error(fine.body)


def test_an_async_function_flows_like_any_other(flow_of):
    text = "async with p as x:\n    if here:\n        y = await x\n    async for z in x:\n        f(y)"
    flow, here = flow_of(text, define="async def chat(p):")
    assert flow.live_after(here) == {"f", "x", "y"}
    assert flow.needs(here.body) == {"x"}
