"""PARTIAL: the keyed branches leave, the open ones stay where they are and in their order."""

import pytest

BODIES = {
    "a": "x = [f(m)]",
    "b": "x = g(m)\nf(1)",
    "c": "x = 3",
    "d": "f(m)\nx = 4",
    "open": "x = g(p)",
}


def written(*branches, default="x = 0", kind="elif", bodies=BODIES):
    """A function with a branch for each of `branches`: a key, or a test and the name of its body."""
    lines = ["def chat(p, m):", "    x = None"]
    step = "    "
    if kind == "match":
        lines.append("    match p:")
        step = "        "
    for place, branch in enumerate(branches):
        test, name = branch if isinstance(branch, tuple) else (None, branch)
        word = "case" if kind == "match" else "elif" if place else "if"
        head = test or (f'"{name}"' if kind == "match" else f'p == "{name}"')
        lines += [f"{step}{word} {head}:", *(f"{step}    {line}" for line in bodies[name].splitlines())]
    if default:
        lines += [f"{step}{'case _' if kind == 'match' else 'else'}:", f"{step}    {default}"]
    return "\n".join([*lines, "    return x", ""])


LONG = ("p and len(p) > 3", "open")
BOTH = ('p in ("b", "z") and m', "open")


def test_open_branches_stay_around_the_run(run_alike):
    found = run_alike(written(LONG, "a", "b", LONG, "c"))
    assert (found.decided.decision, found.decided.form, found.decided.level) == ("partial", "lift", "safe")
    front = """
    if p and len(p) > 3:
        x = g(p)
    elif {}:
        provider_config = CHAT.resolve(p)
        x = provider_config.chat(m)
"""
    behind = """\
    elif p and len(p) > 3:
        x = g(p)
    elif p == "c":
        x = 3
    else:
        x = 0
    return x
"""
    legacy = """\
    elif p == "a":
        x = [f(m)]
    elif p == "b":
        x = g(m)
        f(1)
"""
    assert found.rewritten.applied.endswith(front.format("use_registry(CHAT, p)") + legacy + behind)
    assert found.rewritten.finished.endswith(front.format("p in CHAT") + behind)


def test_the_branches_of_a_template_leave_in_part_too(run_alike):
    bodies = BODIES | {"a": "x = f(m, 1)", "b": "x = g(m, 1)"}
    found = run_alike(written(LONG, "a", "b", LONG, bodies=bodies))
    assert (found.decided.decision, found.decided.form) == ("partial", "template")
    front = """
    elif p in CHAT:
        provider_config = CHAT.resolve(p)
        x = provider_config.call(m, 1)
    elif p and len(p) > 3:
        x = g(p)
    else:
        x = 0
    return x
"""
    assert found.rewritten.finished.endswith(front)


def test_an_open_case_of_a_match_stays(run_alike):
    found = run_alike(written(("[k, *_]", "open"), "a", "b", ("str() if m", "open"), "c", kind="match"))
    assert (found.decided.decision, found.decided.form) == ("partial", "lift")
    finished = """
    match p:
        case [k, *_]:
            x = g(p)
        case _ if p in CHAT:
            provider_config = CHAT.resolve(p)
            x = provider_config.chat(m)
        case str() if m:
            x = g(p)
        case "c":
            x = 3
        case _:
            x = 0
    return x
"""
    assert found.rewritten.finished.endswith(finished)


CHAINS = [
    ("open first", (LONG, "a", "b"), {"a", "b"}, []),
    ("open last", ("a", "b", LONG), {"a", "b"}, [(None, "open-predicate")]),
    ("open between", ("a", "b", LONG, "c"), {"a", "b"}, [(None, "open-predicate"), ("c", "behind-open")]),
    ("the longer run is the later one", ("a", LONG, "b", "c", "d"), {"b", "c", "d"}, []),
    ("another subject", ("a", ('m == "bad"', "open"), "b", "c"), {"b", "c"}, []),
    ("negated", ("a", "b", ('p != "c"', "open"), "d"), {"a", "b"}, [(None, "negated"), ("d", "behind-open")]),
    ("two open ones", (LONG, ('m == "bad"', "open"), "a", "b"), {"a", "b"}, []),
    ("a key of an open one", ("a", "b", BOTH, "d"), {"a", "b", "d"}, [("b", "guarded"), ("z", "guarded")]),
    (
        "a guarded one first",
        (BOTH, "a", "b", "d"),
        {"a", "d"},
        [("b", "guarded"), ("z", "guarded"), ("b", "duplicate-key")],
    ),
    (
        "a key twice",
        ("a", "b", ('p in ("c", "a")', "c"), "d"),
        {"a", "b", "d"},
        [("c", "duplicate-key"), ("a", "duplicate-key")],
    ),
    ("no text", ("a", ("p is None", "c"), "b"), {"a", "b"}, [(None, "key-not-a-name")]),
    ("an empty text", ("a", ('p == ""', "c"), "b"), {"a", "b"}, [("", "key-not-a-name")]),
    (
        "a name for a key",
        ("a", "b", ("p == BAD", "open"), "c"),
        {"a", "b"},
        [(None, "key-not-literal"), ("c", "behind-open")],
    ),
    ("a walrus in an open one", (("(k := m) == 'bad'", "open"), "a", "b"), {"a", "b"}, []),
]


@pytest.mark.parametrize("default", ["x = 0", ""], ids=["with a default arm", "without one"])
@pytest.mark.parametrize(
    ("branches", "leaving", "kept"), [case[1:] for case in CHAINS], ids=[case[0] for case in CHAINS]
)
def test_the_keyed_branches_leave_where(run_alike, branches, leaving, kept, default):
    text = "BAD = dict(k='z')['k']\n\n\n" + written(*branches, default=default)
    found = run_alike(text, keys=("a", "b", "c", "d", "z", "no-such", "", None))
    assert set(found.lifted) == leaving
    assert [(key, one.reason) for one in found.decided.kept for key in one.keys or (None,)] == kept


def test_a_body_reads_what_an_open_test_before_it_has_bound(run_alike):
    bodies = BODIES | {"a": "x = f(k)\ng(m)", "b": "x = [k]"}
    found = run_alike(written(("(k := m) == 'q'", "open"), "a", "b", bodies=bodies))
    assert found.lifted == ["a", "b"]
    found = run_alike(written(("m == 'bad' and (k := m) == 'q'", "open"), "a", "b", "d", "c", bodies=bodies))
    assert found.lifted == ["d", "c"]


SIBLINGS = """
def chat(p, m):
    if p is None:
        return g("none")
    if "-" in p:
        return g(p)
    if p == "a":
        return f(m)

    # the odd one
    if p == "b":
        g(m)
        raise KeyError(m)
    if p in ("c", "A") and m:
        return 3
    if p == "d":
        x = f(4)
        return x
    return m
"""


def test_siblings_leave_from_between_open_ones(run_alike):
    found = run_alike(SIBLINGS)
    assert found.lifted == ["a", "b", "d"]
    assert found.rewritten.finished.endswith("""
def chat(p, m):
    if p is None:
        return g("none")
    if "-" in p:
        return g(p)
    if p in CHAT:
        provider_config = CHAT.resolve(p)
        return provider_config.chat(m)
    if p in ("c", "A") and m:
        return 3
    return m
""")


NESTED = """
def chat(p, m):
    if p == "a":
        x = f(m)
        g(x)
    elif p == "b":
        x = [m]
    else:
        if p == "c":
            x = f(m, 3)
        elif p == "d":
            x = 4
            g(x)
        elif m == "bad":
            x = 5
        else:
            x = 6
    return x
"""


def test_an_if_inside_an_else_stays_in_the_default_arm(run_alike):
    found = run_alike(NESTED)
    assert found.lifted == ["a", "b"]
    assert found.decided.form == "lift"
    assert found.rewritten.finished.endswith("""
    else:
        if p == "c":
            x = f(m, 3)
        elif p == "d":
            x = 4
            g(x)
        elif m == "bad":
            x = 5
        else:
            x = 6
    return x
""")


def test_a_longer_run_inside_an_else_leaves_from_there(run_alike):
    text = NESTED.replace('elif m == "bad"', 'elif p == "A"')
    found = run_alike(text)
    assert found.lifted == ["c", "d", "A"]
    assert found.rewritten.finished.endswith("""
    else:
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            x = provider_config.chat(m)
        else:
            x = 6
    return x
""")


LEFT_ALONE = {
    "no two keys stand together": ("a", LONG, "b", ('m == "q"', "open"), "c"),
    "there is one key": (LONG, "a", ('m == "q"', "open")),
    "no key is a text": (("p == 1", "a"), LONG, ("p == 2", "b")),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_a_chain_is_left_alone_where(run_alike, name):
    assert run_alike(written(*LEFT_ALONE[name])).rewritten is None


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("indent", ["\t", "  "], ids=["tabs", "two spaces"])
def test_any_layout_leaves_in_part(run_alike, newline, indent):
    text = written(LONG, "a", "b", LONG, "c").replace("    ", indent)
    found = run_alike(text.replace("\n", newline))
    assert found.lifted == ["a", "b"]
    assert f"{indent}elif p in CHAT:{newline}{indent}{indent}provider_config" in found.rewritten.finished


def test_comments_stay_with_their_branches(run_alike):
    text = written(LONG, "a", "b", LONG).replace("    elif", "    # above\n    elif").replace(":\n", ":  # behind\n")
    found = run_alike(text)
    (place,) = [number for number, line in enumerate(found.rewritten.finished.splitlines()) if "p in CHAT" in line]
    lines = found.rewritten.finished.splitlines()
    assert lines[place + 3 : place + 5] == ["    # above", "    elif p and len(p) > 3:  # behind"]
    assert found.rewritten.applied.count("# above") == 3 + 1
