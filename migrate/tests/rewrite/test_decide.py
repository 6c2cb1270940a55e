"""What is decided about a chain, and why: one example a code, and as many chains that are left alone."""

import textwrap

import pytest

from cutover_migrate.find import Symbol
from cutover_migrate.rewrite import KEPT_REASONS, REASONS, key_text

HEAD = "from clients import make_a, make_b, make_c, make_d, Kind\n"
ELSE = "    else:\n        raise KeyError(p)\n"
PLAIN = """
def chat(p, m, x=None):
    if p == "a":
        return make_a(m)
    elif p == "b":
        return make_b(m)
"""


def branches(*tests, subject="p"):
    """A function with one branch a test, each with the callee of its place."""
    words = ["if", *["elif"] * 9]
    lines = [
        f"    {word} {test}:\n        return make_{name}(m)\n"
        for word, test, name in zip(words, tests, "abcd", strict=False)
    ]
    return f"def chat({subject}, m, x=None, q=None):\n{''.join(lines)}"


def lifted(first, second, *, around="{}", after="return None", define="def chat(p, m, f, x=None, self=None):"):
    """A function with two bodies that are different programs."""
    lines = ["if p == 'a':", textwrap.indent(first, "    "), "elif p == 'b':", textwrap.indent(second, "    ")]
    lead = around.partition("{}")[0].rpartition("\n")[2]
    inner = around.replace(f"{lead}{{}}", textwrap.indent("\n".join(lines), lead))
    return f"{define}\n{textwrap.indent(inner, '    ')}\n    {after}\n"


MANY = ", ".join(f"k{number}" for number in range(17))
EXAMPLES = {
    "module-level": """
if p == "a":
    r = make_a(m)
elif p == "b":
    r = make_b(m)
""",
    "conditional-expression": """
def chat(p, m):
    return make_a(m) if p == "a" else make_b(m) if p == "b" else None
""",
    "computed-subject": branches('p.pick(m) == "a"', 'p.pick(m) == "b"'),
    "item-subject": branches('p["x"] == "a"', 'p["x"] == "b"'),
    "frame-read": branches('p == "a"', 'p == "b"') + "    return locals()\n",
    "open-predicate": branches('p == "a"', '"c" in p', 'p == "b"'),
    "both-arms": branches("use_registry(CHAT, p)", 'p == "a"', 'p == "b"'),
    "negated": branches('p == "a"', 'p != "c"', 'p == "b"'),
    "foreign-test": branches('p == "a"', 'q == "c"', 'p == "b"'),
    "few-keys": branches('p == "a"', 'p == "a"'),
    "key-not-literal": branches("p == Kind.A", 'p == "b"'),
    "enum-not-text": "from enum import Enum\nclass Plain(Enum):\n    A = 'a'\n" + branches("p == Plain.A", 'p == "b"'),
    "key-not-text": branches("p == 1", "p == 2"),
    "siblings-fall-through": """
def chat(p, m):
    if p == "a":
        make_a(m)
    if p == "b":
        make_b(m)
""",
    "scope-bound": lifted("del m", "x = m\ndel x"),
    "yields": lifted("x = yield m", "yield f(m)"),
    "leaves-loop": lifted("f(m)\nbreak", "continue", around="for k in m:\n    {}"),
    "returns-sometimes": lifted("if m:\n    return 1", "if x:\n    return f(m)"),
    "capture-unbound": lifted("f(k)", "f(1, k)", around="if x:\n    k = 1\n{}"),
    "output-unbound": lifted("if x:\n    k = 1", "if m:\n    k = f(x)", after="return k"),
    "seen-on-error": lifted("m = 1\nf(m)", "m = f(1)\nf(2)", around="try:\n    {}\nfinally:\n    f(m)"),
    "closure": lifted("f(lambda: m)", "f(1, lambda: m)", after="m = 3"),
    "many-captures": lifted(f"f({MANY})", f"f(1, {MANY})", define=f"def chat(p, {MANY}):"),
    "private-name": "class Desk:\n" + textwrap.indent(lifted("f(self.__m)", "f(1, self.__m)"), "    "),
    "holds-site": """
def chat(p, m, x):
    if p == "a":
        if x == "a":
            return make_a(m)
        elif x == "b":
            return make_b(m)
        else:
            return make_c(m)
    elif p == "b":
        m.append(p)
        return m
""",
    "unknown-name": """
def chat(p, m):
    if p == "a":
        yield len(m)
    elif p == "b":
        yield sum(m)
""",
    "file-name": lifted("f(m)", "f(2)\nf(m)"),
    "other-dispatch": PLAIN
    + """
def pick(k):
    if k == "x":
        return make_a(k)
    elif k == "y":
        return make_b(k)
""",
    "name-taken": "use_registry = bind_providers = print\n" + PLAIN,
    "constants-only": PLAIN
    + """
def label(p):
    if p == "a":
        return "A"
    elif p == "b":
        return "B"
""",
    "content-parts": """
def shown(parts):
    for part in parts:
        if part["type"] == "text":
            make_a(part["text"])
        elif part["type"] == "image":
            make_b(part["url"])
""",
    "parameter-names": """
def given(options):
    for name, value in options.items():
        if name == "a":
            options["b"] = value
        elif name == "c":
            options["d"] = value
""",
    "error-text": """
def told(m):
    try:
        make_a(m)
    except ValueError as error:
        text = str(error)
        if text == "busy":
            return make_b(m)
        elif text == "gone":
            return make_c(m)
""",
    "content-types": branches('p == "text/plain"', 'p == "image/png"'),
    "message-roles": branches('p == "user"', 'p == "assistant"'),
    "inside-site": PLAIN
    + """    else:
        m = 0
        if x == "a":
            return make_a(m)
        elif x == "b":
            return make_b(m)
""",
    "comment-lost": """
def chat(p, m):
    match p:  # who
        case "a":
            return make_a(m)
        case "b":
            return make_b(m)
        case _:
            return make_c(m)
""",
}
UNSAFE = {"item-subject", "comment-lost"}
PATHS = {"file-name": "my-chat.py"}


@pytest.mark.parametrize("code", REASONS)
def test_each_reason_has_an_example(scanned, code):
    found = scanned(HEAD + EXAMPLES[code], path=PATHS.get(code, "chat.py"))
    given = [(why.code, why.message) for site in (*found.sites, *found.near_misses) for why in site.decided.reasons]
    assert (code, REASONS[code].message) in given
    levels = {
        site.decided.level
        for site in (*found.sites, *found.near_misses)
        if code in [why.code for why in site.decided.reasons]
    }
    assert levels == {"unsafe" if code in UNSAFE else "display"}


@pytest.mark.parametrize("code", REASONS)
def test_each_reason_says_the_fact_and_what_would_unlock_it(code):
    known = REASONS[code]
    assert known.message[0].islower()
    assert known.unlock
    assert not known.message.endswith(".")


def kept_example(odd, *, body="r = make_{}(m, f'to {{m}}', x)", test='p == "z"'):
    lines = ["def chat(p, m, f, x=None):"]
    for word, key in (("if", "a"), ("elif", "b"), ("elif", "c")):
        lines += [f'    {word} p == "{key}":', *(f"        {line}" for line in body.format(key).splitlines())]
    lines += [f"    elif {test}:", *(f"        {line}" for line in odd.splitlines()), "    return r"]
    return "\n".join(lines) + "\n"


def apart(odd, *, around="{}", after="return r", define="def chat(p, m, f, r=None, q=None, self=None):"):
    """A function with two different bodies that leave, and one at "z" that does not."""
    bodies = {"a": "f(m)\nr = 1", "b": "r = f(2)", "z": odd}
    lines = []
    for word, (key, body) in zip(("if", "elif", "elif"), bodies.items(), strict=True):
        lines += [f"{word} p == '{key}':", textwrap.indent(body, "    ")]
    lead = around.partition("{}")[0].rpartition("\n")[2]
    inner = around.replace(f"{lead}{{}}", textwrap.indent("\n".join(lines), lead))
    return f"{define}\n{textwrap.indent(inner, '    ')}\n    {after}\n"


LATER = "r = lambda: make_a(m)\nx(make_{})"
SAME = "r = make_d(m, f'to {m}', x)"
KEPT_EXAMPLES = {
    "bodies-differ": kept_example("raise KeyError(p)"),
    "different-outputs": kept_example("q = make_d(m, f'to {m}', x)"),
    "local-differs": kept_example("r = f(m, f'to {m}', x)"),
    "literal-in-place": kept_example("r = make_d(m, f'at {m}', x)"),
    "hole-in-closure": kept_example("r = lambda: make_d(m)\nx(make_d)", body=LATER),
    "guarded": kept_example(SAME, test='p == "z" and x'),
    "key-not-a-name": kept_example(SAME, test='p in ("", None)'),
    "duplicate-key": kept_example(SAME, test='p in ("z", "a")'),
    "behind-open": kept_example(SAME)
    .replace("    elif", "    elif x:\n        r = 1\n    elif", 3)
    .replace("    elif x:\n        r = 1\n", "", 2),
    "before-open": "def chat(p, m, x):\n    r = 1\n    if p == 'z':\n        r = 2\n"
    + kept_example("r = 1", test="x").partition("\n")[2].replace("    if", "    elif x:\n        r = 3\n    elif", 1),
    "open-predicate": kept_example(SAME, test='"z" in p'),
    "negated": kept_example(SAME, test='p != "z"'),
    "foreign-test": kept_example(SAME, test='x == "z"'),
    "key-not-literal": kept_example(SAME, test="p == Kind.Z"),
    "enum-not-text": "from enum import Enum\nclass Plain(Enum):\n    Z = 'z'\n"
    + kept_example(SAME, test="p == Plain.Z"),
    "key-not-text": "Z = 3\n" + kept_example(SAME, test="p == Z"),
    "private-name": kept_example("r = make_d(m, f'to {m}', __x)"),
    "scope-bound": apart("r = m\ndel m"),
    "yields": apart("r = yield m"),
    "leaves-loop": apart("break", around="for k in m:\n    {}"),
    "returns-sometimes": apart("if m:\n    return 3"),
    "capture-unbound": apart("r = k", around="if q:\n    k = 1\n{}"),
    "output-unbound": apart("if m:\n    r = 1", define="def chat(p, m, f):"),
    "seen-on-error": apart("r = 1\nf(m)", around="try:\n    {}\nfinally:\n    f(r)"),
    "closure": apart("r = lambda: m", after="m = 2\n    return r"),
}


@pytest.mark.parametrize("code", KEPT_REASONS)
def test_each_reason_to_keep_a_branch_has_an_example(decided, code):
    found = decided(HEAD + KEPT_EXAMPLES[code])
    assert found.is_rewritten
    assert [kept.reason for kept in (*found.lead, *found.kept) if kept.reason != "open-predicate"] in ([code], [])
    assert code in [kept.reason for kept in (*found.lead, *found.kept)]
    assert found.level == "safe"


def test_a_kept_branch_tells_the_line_at_which_it_departs(decided):
    found = decided(HEAD + KEPT_EXAMPLES["hole-in-closure"])
    assert found.kept[0].line == 13


@pytest.mark.parametrize(
    "text",
    [
        branches('p == "a"', 'p == "b"'),
        branches('"a" == p', 'p in ("b", "c")', 'p == "d" or p == "e"'),
        branches('p == "a"', 'p == "b"', 'p == "c" and x'),
        branches('p.name == "a"', 'p.name == "b"'),
        branches('p.lower() == "a"', 'p.lower() == "b"'),
        branches('p.name.strip().lower() == "a"', 'p.name.strip().lower() == "b"'),
        branches('p == "a"', 'p == "b"', 'p == ""', "p is None"),
        PLAIN,
        PLAIN + ELSE,
        PLAIN + "    return vars(m)\n",
        "class C:\n" + "".join(f"    {line}\n" for line in PLAIN.splitlines()),
        'async def chat(p, m):\n    match p:\n        case "a":\n            return await make_a(m)\n'
        '        case "b":\n            return await make_b(m)\n',
        'def chat(p, m):\n    if p == "a":\n        return make_a(m)\n    if p == "b":\n        return make_b(m)\n',
        'def chat(ps, m):\n    for p in ps:\n        if p == "a":\n            m(make_a)\n            continue\n'
        '        if p == "b":\n            m(make_b)\n            continue\n',
    ],
)
def test_a_plain_chain_is_a_template(decided, text):
    found = decided(HEAD + text)
    assert (found.decision, found.level, found.reasons) == ("template", "safe", ())


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        ("return f(m)", True),
        ("raise f(m)", True),
        ("f(m)\nreturn", True),
        ("if x:\n    return f(m)\nelse:\n    raise f(m)", True),
        ("if x:\n    return f(m)", False),
        ("if x:\n    return f(m)\nelse:\n    f(m)", False),
        ("try:\n    return f(m)\nexcept E:\n    raise", True),
        ("try:\n    f(m)\nexcept E:\n    raise\nelse:\n    return", True),
        ("try:\n    return f(m)\nexcept E:\n    pass", False),
        ("with x:\n    return f(m)", False),
        ("for y in x:\n    return f(m)", False),
        ("f(m)", False),
    ],
)
def test_siblings_must_each_end_the_function_or_the_pass(decided, body, ends):
    def branch(key):
        lines = "".join(f"        {line}\n" for line in body.replace("f(m)", f"make_{key}(m)").splitlines())
        return f'    if p == "{key}":\n{lines}'

    found = decided(f"{HEAD}class E(Exception): pass\ndef chat(p, m, x):\n{branch('a')}{branch('b')}")
    assert (found.decision == "template") == ends
    assert ("siblings-fall-through" in [why.code for why in found.reasons]) == (not ends)


def test_every_reason_is_told_once_in_the_order_of_the_lines(decided):
    text = branches('p.pick() == "a"', 'p.pick() == "b"', "use_registry(p)") + "    return locals()\n"
    found = decided(HEAD + text)
    assert [(why.code, why.line) for why in found.reasons] == [
        ("computed-subject", 3),
        ("both-arms", 7),
        ("frame-read", 9),
    ]


def test_half_of_the_branches_must_fit(decided):
    def chain(odd):
        lines = [f'    elif p == "o{n}":\n        return {n * [n]}\n' for n in range(odd)]
        return HEAD + PLAIN + "".join(lines)

    assert decided(chain(2)).decision == "template"
    assert decided(chain(3)).decision == "lift"


def test_the_largest_group_becomes_the_template(decided):
    text = branches('p == "a"', 'p == "b"', 'p == "c"').replace("return make_a(m)", "return [make_a(m)]")
    found = decided(HEAD + text)
    assert [branch.keys for branch in found.template.members] == [("b",), ("c",)]
    assert [kept.keys for kept in found.kept] == [("a",)]


@pytest.mark.parametrize(
    ("default", "absorbed"),
    [
        ("        return make_d(m)\n", True),
        ("        return make_a(m)\n", True),
        ("        return make_d(m, 1)\n", False),
        ("        return None\n", False),
        ("        return x(m)\n", False),
        ("        return make_d(p)\n", False),
        ("        log()\n        return make_d(m)\n", False),
    ],
)
def test_a_default_arm_is_absorbed_when_it_is_the_same_program(decided, default, absorbed):
    assert decided(HEAD + PLAIN + "    else:\n" + default).absorbs_default == absorbed


def test_a_default_arm_with_a_hole_of_its_own_is_kept(decided):
    text = HEAD + PLAIN.replace("(m)", "(m, 1)") + "    else:\n        return make_d(m, 2)\n"
    assert not decided(text).absorbs_default
    text = HEAD + PLAIN.replace("(m)", "(m.x)") + "    else:\n        return make_d(m.y)\n"
    assert not decided(text).absorbs_default


def test_a_hole_of_another_kind_keeps_the_default_arm(decided):
    text = 'def chat(p, m):\n    if p == "a":\n        return m.a()\n    elif p == "b":\n        return m.b()\n'
    found = decided(f"{HEAD}{text}    else:\n        return m.c()\n")
    assert found.absorbs_default
    found = decided(f"{HEAD}{text.replace('m.a', 'make_a').replace('m.b', 'make_b')}    else:\n        return m.c()\n")
    assert not found.absorbs_default


def test_a_case_that_names_the_subject_is_kept(decided):
    text = 'def chat(p, m):\n    match p:\n        case "a":\n            return make_a(m)\n'
    text += '        case "b":\n            return make_b(m)\n        case {}:\n            return make_c(m)\n'
    assert decided(HEAD + text.format("_")).absorbs_default
    assert not decided(HEAD + text.format("other")).absorbs_default


@pytest.mark.parametrize(
    ("head", "known"),
    [
        ("from clients import make_a, make_b", True),
        ("import clients.make_a, clients.make_b\nmake_a = make_b = clients", True),
        ("def make_a(m): pass\ndef make_b(m): pass", True),
        ("try:\n    from x import make_a\nexcept ImportError:\n    make_a = None\nclass make_b: pass", True),
        ("if True:\n    make_a, make_b = 1, 2", True),
        ("def f():\n    global make_a, make_b\n    make_a = make_b = 1", True),
        ("from clients import *", False),
        ("def f():\n    from clients import make_a, make_b", False),
        ("x = lambda: (make_a := 1, make_b := 2)", False),
        ("class C:\n    make_a = make_b = 1", False),
        ("from clients import make_a", False),
    ],
)
def test_a_slot_is_a_name_that_the_module_binds(decided, head, known):
    found = decided(f"{head}\n{PLAIN}")
    assert found.decision == ("template" if known else "lift")
    assert found.reasons == ()


@pytest.mark.parametrize(
    ("key", "text"), [("a", "a"), (Symbol("K.A"), "K.A"), (None, "None"), (3, "3"), (b"x", "b'x'")]
)
def test_a_key_is_shown_as_text(key, text):
    assert key_text(key) == text
