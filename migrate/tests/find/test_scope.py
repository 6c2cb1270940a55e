"""Which names are a function's own, and whether it looks at them by other means."""

import ast

import pytest

from cutover_migrate.find import bound_names, local_names, reads_frame, used_names


def function(text):
    return ast.parse(text).body[0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(a, b=1, /, c=2, *d, e, **g): pass", {"a", "b", "c", "d", "e", "g"}),
        ("def f():\n    x = y = 1\n    z: int = 2\n    w += 1", {"x", "y", "z", "w"}),
        ("def f():\n    (a, [b, *c]) = v\n    o.attr = 1\n    o[i] = 2", {"a", "b", "c"}),
        ("def f():\n    for i in v: pass\n    with v as w: pass", {"i", "w"}),
        ("def f():\n    try: pass\n    except E as error: pass", {"error"}),
        ("def f():\n    import a.b, c as d\n    from e import f as g, h", {"a", "d", "g", "h"}),
        ("def f():\n    def g(x): y = 1\n    class H: z = 1", {"g", "H"}),
        ("def f():\n    if (n := v): pass\n    del m", {"n", "m"}),
        ("def f():\n    match v:\n        case [a, *b] as c: pass\n        case {'k': d, **e}: pass", set("abcde")),
        ("def f():\n    match v:\n        case _: pass\n        case {'k': 1}: pass", set()),
        ("def f():\n    global x\n    x = 1\n    y = 2", {"y"}),
        ("def f():\n    return [i for i in v]", {"i"}),
        ("def f():\n    return lambda a: a", set()),
        ("async def f():\n    async for i in v: pass\n    async with v as w: pass", {"i", "w"}),
    ],
)
def test_a_function_binds_its_parameters_targets_and_definitions(text, names):
    assert bound_names(function(text)) == names


def test_the_functions_around_a_chain_bind_together_and_classes_do_not():
    scopes = (
        ast.parse("class C:\n    attr = 1").body[0],
        function("def f(a): b = 1"),
        ast.parse("lambda c: d", mode="eval").body,
    )
    assert local_names(scopes) == {"a", "b", "c"}
    assert local_names(()) == set()


def test_every_identifier_of_a_file_is_used():
    tree = ast.parse(
        "import a.b, c as d\nfrom e import f\ndef g(h, *i): j = k.l\nclass M: pass\n"
        "try: pass\nexcept N as o: pass\nexcept P: pass\n"
    )
    assert used_names(tree) == {*"adfghijkoMNP"}


def frame_line(text, *, chain=-1):
    """The line of the look, for a chain that is one of the function's statements."""
    outer = function(text)
    return reads_frame((outer,), outer.body[chain])


@pytest.mark.parametrize("look", ["locals()", "exec(x)", "eval('p')", "vars()", "dir()", "[locals() for _ in x]"])
def test_a_function_that_looks_at_its_frame_is_known_by_the_line(look):
    assert frame_line(f"def f(p):\n    pass\n    {look}", chain=0) == 3


@pytest.mark.parametrize("look", ["vars(p)", "dir(p)", "p.locals()", "globals()", "locals", "print()"])
def test_other_calls_leave_the_frame_alone(look):
    assert frame_line(f"def f(p):\n    pass\n    {look}", chain=0) is None


def test_a_look_in_front_of_a_chain_is_over_unless_a_loop_leads_back():
    assert frame_line("def f(p):\n    locals()\n    pass") is None
    assert frame_line("def f(p):\n    pass\n    locals()") == 3
    assert frame_line("def f(p):\n    for x in p:\n        locals()\n        pass") == 3


def test_an_inner_function_can_look_at_any_time():
    assert frame_line("def f():\n    x = lambda: eval('y')\n    pass") == 2


def test_only_the_innermost_function_counts():
    outer = function("def f():\n    pass\n    locals()\n    def g(): pass")
    assert reads_frame((outer, outer.body[2]), outer.body[2].body[0]) is None
    assert reads_frame((outer,), outer.body[0]) == 3
    assert reads_frame((), outer) is None
    assert reads_frame((ast.parse("class C: x = locals()").body[0],), outer) is None
