"""LIFT: which bodies become handlers and which stay, the handlers' texts, and that they do what the bodies did."""

import textwrap

import pytest

TRY = "try:\n    {}\nexcept Boom:\n    pass"
LOOP = "for k in range(2):\n    {}"
OBSTACLES = {
    "scope-bound": [
        (("y = m\ndel y", {}), ("y = [m]\ndel y[0]", {})),
        (("class C:\n    k = m\nx = C.k", {}), ("def h():\n    return m\nx = h()", {})),
        (("global late\nlate = m", {}), ("f.late = m\nx = f.late", {})),
        (("x = globals() is m", {}), ("x = m", {})),
    ],
    "yields": [(("x = yield m", {}), ("x = (m,)", {})), (("yield from (m, m)", {}), ("x = [*(m, m)]", {}))],
    "leaves-loop": [
        (("x = m\nbreak", {"around": LOOP}), ("x = m\nfor j in (1, 2):\n    break", {"around": LOOP})),
        (
            ("if n:\n    continue\nx = f(m)", {"around": LOOP}),
            ("while not n:\n    n = 1\n    continue", {"around": LOOP}),
        ),
        (
            ("for j in ():\n    x = j\nelse:\n    break", {"around": LOOP}),
            ("for j in ():\n    x = j\nelse:\n    x = m", {"around": LOOP}),
        ),
    ],
    "returns-sometimes": [
        (("if n:\n    return m\nx = m", {}), ("if n:\n    raise Boom(m)\nx = m", {})),
        (("return f(m)", {}), ("raise Boom(m)", {})),
        (("def h():\n    return 1\nreturn h()", {}), ("def h():\n    return 1\nx = h()", {})),
    ],
    "capture-unbound": [
        (("x = k if n else m", {"before": "x = y = n = 0\nif m == 'bad':\n    k = 1"}), ("x = n", {})),
        (("x = k if n else m", {"after": "k = 1\nreturn x, k"}), ("x = k", {"before": "x = y = n = k = 0"})),
        (
            ("x = e if n else m", {"before": "x = y = n = 0\ntry:\n    f(m)\nexcept Boom as e:\n    pass"}),
            ("x = m", {}),
        ),
        (
            ("x = k if n else m", {"before": "x = y = n = 0\nfor k in f(m):\n    pass"}),
            ("x = k", {"before": "x = y = n = 0\nfor k in f(m):\n    pass\nelse:\n    k = 3"}),
        ),
    ],
    "output-unbound": [
        (
            ("if m == 'm':\n    x = 1", {"before": "y = n = 0"}),
            ("if m == 'm':\n    x = 1\nelse:\n    x = 2", {"before": "y = n = 0"}),
        ),
        (("for x in ():\n    pass", {"before": "y = n = 0"}), ("for x in (1,):\n    pass", {})),
        (("with swallow():\n    x = f(m)", {"before": "y = n = 0"}), ("with swallow():\n    x = f(m)", {})),
        (
            ("try:\n    x = f(m)\nexcept Boom:\n    pass", {"before": "y = n = 0"}),
            ("try:\n    x = f(m)\nexcept Boom:\n    x = 2", {"before": "y = n = 0"}),
        ),
    ],
    "seen-on-error": [
        (("y = 1\nx = f(m)", {"around": TRY}), ("j = 1\nx = f(m)", {"around": TRY})),
        (("for y in f(m):\n    pass", {"around": TRY}), ("for j in f(m):\n    pass", {"around": TRY})),
        (("f(y := 1, m)", {"around": TRY}), ("f(j := 1, m)", {"around": TRY})),
        (
            ("y = f(m)\ng(y)", {"around": "with swallow():\n    {}"}),
            ("g(m)\ny = f(m)", {"around": "with swallow():\n    {}"}),
        ),
        (("x = y = f(m)", {"around": TRY}), ("x = f(m)", {"around": TRY})),
        (("x, y = f(m)\nf()", {"around": TRY}), ("x, y = f(m)", {"around": TRY})),
    ],
    "closure": [
        (
            ("x = (n for j in (1,))\nx = list(x)", {"after": "n = 2\nreturn x"}),
            ("x = [n for j in (1,)]", {"after": "n = 2\nreturn x"}),
        ),
        (("x = lambda: n", {"after": "n = 2\nreturn x()"}), ("x = lambda n=n: n", {"after": "n = 2\nreturn x()"})),
        (
            ("n = m", {"before": "x = y = n = 0\nh = lambda: n", "after": "return h()"}),
            ("x = n", {"before": "x = y = n = 0\nh = lambda: n"}),
        ),
        (
            ("def h():\n    return y\ny = 1\nx = h", {"after": "y = 2\nreturn x and x()"}),
            ("j = 1\ndef h():\n    return j\nx = h()", {}),
        ),
        (
            ("x = n\nh()\nx = n, x", {"before": "x = y = n = 0\ndef h():\n    nonlocal n\n    n += 1"}),
            ("h()\nx = y", {"before": "x = y = n = 0\ndef h():\n    nonlocal n\n    n += 1"}),
        ),
    ],
}
CASES = [
    pytest.param(code, *pair, id=f"{code}-{number}")
    for code, pairs in OBSTACLES.items()
    for number, pair in enumerate(pairs, 1)
]


@pytest.mark.parametrize(("code", "wrong", "fine"), CASES)
def test_a_body_stays_for_a_reason_and_its_nearest_neighbour_leaves(run_alike, with_body, code, wrong, fine):
    found = run_alike(with_body(wrong[0], **wrong[1]))
    assert found.kept["a"] == code
    assert "a" not in found.lifted
    found = run_alike(with_body(fine[0], **fine[1]))
    assert "a" in found.lifted


def test_a_handler_takes_so_many_captures_and_no_more(run_alike, with_body):
    def body(count):
        names = [f"k{number}" for number in range(count)]
        return with_body(f"x = [{', '.join(names)}]", before="\n".join(["x = y = n = 0", *(f"{k} = 1" for k in names)]))

    assert "a" in run_alike(body(15)).lifted
    refused = run_alike(body(16))
    assert refused.rewritten is None


def test_a_private_name_of_a_class_stays_where_it_is(run_alike):
    def text(name):
        return f"""
            class Desk:
                {name} = 3

                def chat(self, p, m):
                    if p == "a":
                        x = f(self.{name}, m)
                        g(x)
                    elif p == "b":
                        x = [m]
                    elif p == "c":
                        x = g(m)
                    else:
                        x = None
                    return x
        """

    assert run_alike(text("__k"), call="Desk().chat({}, {})").kept == {"a": "private-name"}
    assert run_alike(text("_k"), call="Desk().chat({}, {})").lifted == ["a", "b", "c"]
    assert run_alike(text("__k__"), call="Desk().chat({}, {})").lifted == ["a", "b", "c"]


def test_bodies_that_return_and_bodies_that_go_on_do_not_leave_together(run_alike):
    text = """
        def chat(p, m):
            x = 1
            if p == "a":
                return f(m)
            elif p == "b":
                g(m)
                return [x]
            elif p == "c":
                x = g(m)
            elif p == "d":
                raise Boom(m)
            TRACE.append(x)
            return x
    """
    found = run_alike(text)
    assert found.lifted == ["a", "b", "d"]
    assert found.kept == {"c": "returns-sometimes"}


# ---- texts


def test_the_texts_of_a_lifted_site(run_alike):
    found = run_alike("""
        def chat(p, m):
            # who answers
            if p == "a":
                first = f(m)
                reply = g(first)
            elif p in ("b", "b.2"):  # two of them
                # the slow one
                reply = [m]

                reply.append(f(m))  # twice
                # that is all
            # never alone
            elif p == "c-3":
                raise Boom(m)
            else:  # nobody
                reply = None
            return reply
    """)
    handlers = """
def _chat_a(m):
    first = f(m)
    reply = g(first)
    return reply


def _chat_b(m):
    # two of them
    # the slow one
    reply = [m]

    reply.append(f(m))  # twice
    # that is all
    return reply


def _chat_c_3(m):
    # never alone
    raise Boom(m)


def chat(p, m):
    # who answers
"""
    front = """
        provider_config = CHAT.resolve(p)
        reply = provider_config.chat(m)
"""
    legacy = """
    elif p == "a":
        first = f(m)
        reply = g(first)
    elif p in ("b", "b.2"):  # two of them
        # the slow one
        reply = [m]

        reply.append(f(m))  # twice
        # that is all
    # never alone
    elif p == "c-3":
        raise Boom(m)
"""
    rest = """
    else:  # nobody
        reply = None
    return reply
"""
    applied = f"{handlers}    if use_registry(CHAT, p):{front}{legacy.lstrip(chr(10))}{rest.lstrip(chr(10))}"
    finished = f"{handlers}    if p in CHAT:{front}{rest.lstrip(chr(10))}"
    assert found.rewritten.applied.endswith(applied)
    assert found.rewritten.finished.endswith(finished)
    assert found.rewritten.entries["b.2"]["slots"] == {"chat": "._chat_b"}


FORMS = {
    "there is no output": ("f(m)\nf(m, 1)", "g(m)", "", "provider_config.chat(m)"),
    "there is one output": ("x = f(m)", "x = [m]\nf(m)", "return x", "x = provider_config.chat(m)"),
    "there are two outputs": ("x, y = m, 1", "y = x = g(m)", "return x, y", "x, y = provider_config.chat(m)"),
    "an output is read in the next round": ("x = x, m", "x = 0\nf(m)", "return x", "x = provider_config.chat(x, m)"),
    "an output is handed through": (
        "x = 1\nf(y)",
        "y = 1\nf(m)",
        "return x, y",
        "x, y = provider_config.chat(x, y, m)",
    ),
    "every body returns": ("return f(m)", "g(m)\nreturn", "", "return provider_config.chat(m)"),
    "bodies return or raise": ("return f(m)", "g(m)\nraise Boom(m)", "return 1", "return provider_config.chat(m)"),
    "every body raises": ("f(m)\nraise Boom(m)", "raise KeyError(m)", "return 1", "provider_config.chat(m)"),
    "nothing is read": ("f()", "g()\nf()", "", "provider_config.chat()"),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_call_has_its_form_where(run_alike, dedented, name):
    first, second, after, call = FORMS[name]
    lines = ["def chat(p, m):", "    x = y = 0", '    if p == "a":', textwrap.indent(first, " " * 8)]
    lines += ['    elif p == "b":', textwrap.indent(second, " " * 8), f"    {after}"]
    found = run_alike("\n".join(lines) + "\n")
    calls = [line.strip() for line in found.rewritten.finished.splitlines() if "provider_config.chat(" in line]
    assert calls == [call]


def test_captures_come_in_the_order_of_their_mention_with_self_first(run_alike):
    found = run_alike(
        """
        class Desk:
            def chat(self, p, m, *, wait=2, **options):
                if p == "a":
                    reply = f(wait, m, **options)
                    g(self is None)
                elif p == "b":
                    reply = self.other(m)
                else:
                    reply = None
                return reply

            def other(self, m):
                return g(m)
        """,
        call="Desk().chat({}, {}, k=1)",
    )
    assert "def _chat_a(self, wait, m, options):\n" in found.rewritten.applied
    assert "reply = provider_config.chat(self, wait, m, options)\n" in found.rewritten.applied


@pytest.mark.parametrize(
    ("one", "other", "waits"),
    [
        ("x = await af(m)", "x = f(m)\ng(m)", True),
        ("x = [item async for item in items(m)]", "x = f(m)", True),
        ("async with aswallow() as x:\n    f(m)", "x = f(m)\ng(m)", True),
        ("x = []\nasync for item in items(m):\n    x.append(item)", "x = f(m)\ng(m)", True),
        ("x = af(m)\nx = [x.close()]", "x = f(m)\ng(m)", False),
        ("async def h():\n    return await af(m)\nx = h().close()", "x = f(m)\ng(m)", False),
    ],
)
def test_handlers_are_coroutines_where_a_body_waits(run_alike, one, other, waits):
    lines = ["async def chat(p, m):", "    x = None", '    if p == "a":', textwrap.indent(one, " " * 8)]
    lines += ['    elif p == "b":', textwrap.indent(other, " " * 8), "    return x"]
    found = run_alike("\n".join(lines) + "\n")
    assert found.lifted == ["a", "b"]
    assert ("async def _chat_b(" in found.rewritten.applied) == waits
    assert ("x = await provider_config.chat(" in found.rewritten.applied) == waits


def test_generators_keep_their_yields_and_lift_the_rest(run_alike):
    found = run_alike("""
        def chat(p, m):
            yield 1
            if p == "a":
                x = f(m)
                g(x)
            elif p == "b":
                x = m
            elif p == "c":
                x = yield m
            else:
                return
            yield x
    """)
    assert found.lifted == ["a", "b"]
    assert found.kept == {"c": "yields"}


def test_an_async_generator_cannot_return_what_a_handler_gives(run_alike):
    found = run_alike("""
        async def chat(p, m):
            yield 1
            if p == "a":
                x = await af(m)
            elif p == "b":
                x = m
                f(m)
            elif p == "c":
                return
            else:
                x = 2
            yield x
    """)
    assert found.lifted == ["a", "b"]
    assert found.kept == {"c": "yields"}


TEXTS = {
    "tabs": ("def chat(p, m):\n\tif p == 'a':\n\t\tx = [\n\t\t\tm]\n\telif p == 'b':\n\t\tx = f(m)\n\treturn x\n"),
    "two spaces": (
        "def chat(p, m):\n"
        "  if p == 'a':\n"
        "    if m:\n"
        "      x = [m]\n"
        "  elif p == 'b':\n"
        "    x = f(m)\n"
        "    f(1)\n"
        "  return m\n"
    ),
    "one-line bodies": (
        "def chat(p, m):\n"
        "    if p == 'a': x = [m]\n"
        "    elif p == 'b': f(m); x = g(m)  # two\n"
        "    elif p == 'c': x = g(m);\n"
        "    else: x = 2\n"
        "    return x\n"
    ),
    "lines that go on": (
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        x = 1, \\\n"
        "  m\n"
        "    elif p == \\\n"
        " 'b':\n"
        "        f(m\n"
        "  , 1)\n"
        "        x = \\\n"
        "    g(m)\n"
        "    elif p == 'c': \\\n"
        "      x = m\n"
        "    else: x = 2\n"
        "    return x\n"
    ),
    "no end of line": (
        "def chat(p, m):\n    if p == 'a':\n        return [m]\n    elif p == 'b':\n        f(m)\n        return g(m)"
    ),
    "a blank line with spaces": (
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        x = [m]\n"
        "   \n"
        "        f(x)\n"
        "  \n"
        "    elif p == 'b':\n"
        "        x = f(m)\n"
        "    return m\n"
    ),
    "a form feed": (
        "\x0c\n"
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        x = [m]\n"
        "    elif p == 'b':\n"
        "        x = f(m)\n"
        "    else: x = 1\n"
        "    return x\n"
    ),
    "a match": (
        "def chat(p, m):\n"
        "    x = 0\n"
        "    match p:\n"
        "        # first\n"
        "        case 'a':\n"
        "            x = [m]\n"
        "        case 'b' | 'c':  # more\n"
        "            f(m)\n"
        "            x = g(m)\n"
        "        case _:\n"
        "            pass\n"
        "    return x\n"
    ),
    "siblings": (
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        return [m]\n"
        "\n"
        "    # more\n"
        "    if p == 'b':\n"
        "        x = f(m)\n"
        "        return x\n"
        "    if p == 'c':\n"
        "        raise Boom(m)\n"
        "    return 1\n"
    ),
    "else and if": (
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        x = [m]\n"
        "    elif p == 'b':\n"
        "        x = f(m)\n"
        "        f(1)\n"
        "    else:\n"
        "        if p == 'c':\n"
        "            x = 4\n"
        "        else:\n"
        "            x = 5\n"
        "    return x\n"
    ),
    "a text of many lines": (
        "def chat(p, m):\n"
        '    if p == "a":\n'
        '        x = """one\n'
        "  # two\n"
        "\tthree\n"
        '            """ + str(m)\n'
        '    elif p == "b":\n'
        '        x = f"""{m}\n'
        "{f(m)!r}\n"
        '        """\n'
        "    else:\n"
        "        x = 2\n"
        "    return x\n"
    ),
    "nested quotes": (
        "def chat(p, m):\n"
        "    if p == 'a':\n"
        "        x = f'{m!r:>{len(m)}} {\"q\" + m}'\n"
        "    elif p == 'b':\n"
        "        x = rb'\\d', f(m), '''it's'''\n"
        "    else:\n"
        "        x = 2\n"
        "    return x\n"
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", TEXTS)
def test_any_layout_is_lifted(run_alike, name, newline):
    found = run_alike(TEXTS[name].replace("\n", newline))
    assert {"a", "b"} <= set(found.lifted)
    for text in (found.rewritten.applied, found.rewritten.finished):
        assert ("\r\n" in text) == (newline == "\r\n")
        assert text.replace("\r\n", "").count("\r") == 0


def test_a_text_of_many_lines_keeps_every_character(run_alike):
    found = run_alike(TEXTS["a text of many lines"])
    assert '    x = """one\n  # two\n\tthree\n            """ + str(m)\n' in found.rewritten.finished


PLAIN = """
def chat(p, m):
    if p == "a":
        x = f(m)
        g(x)
    elif p == "b":
        x = [m]
    else:
        x = None
    return x
"""
HEADS = {
    "comments and decorators": "# far\n\n# near\n@(lambda one: one)\n# between\n",
    "a decorator of many lines": "@(\n    lambda one: one\n)\n",
    "a class": "class Desk:\n    @staticmethod\n",
    "a condition": "if True:\n",
    "another statement": "k = 1; j = 2\n",
    "a text": 'k = """\n\'\'\'\n"""\n# near\n',
}


@pytest.mark.parametrize("name", HEADS)
def test_handlers_stand_in_front_of_the_statement_of_the_file_below(run_alike, name):
    head = HEADS[name]
    inner = head.startswith(("class", "if"))
    text = head + textwrap.indent(PLAIN.lstrip("\n"), "    " if inner else "")
    found = run_alike(text, call="Desk.chat({}, {})" if "class" in head else "chat({}, {})")
    lines = found.rewritten.applied.splitlines()
    assert found.lifted == ["a", "b"]
    assert lines.index("def _chat_a(m):") < lines.index("def _chat_b(m):")
    place = lines.index("    return x", lines.index("def _chat_b(m):"))
    behind = next(line for line in lines[place + 1 :] if line)
    last = [line for line in head.splitlines() if line.startswith(("# near", "@(", "class", "if"))] or [
        "def chat(p, m):"
    ]
    assert behind == last[0]


def test_a_chain_of_a_file_whose_name_is_no_module_is_not_lifted(scanned, decided):
    text = "from world import f, g\n" + PLAIN
    assert [why.code for why in decided(text, path="my-chat.py").reasons] == ["file-name"]
    template = text.replace("g(x)", "f(x)").replace("x = [m]", "x = g(m)\n        g(x)")
    assert decided(template, path="my-chat.py").decision == "template"
    assert decided(text, path="desk/chat.py").decision == "lift"


KEYS = ["a-b", "a.b", "a_b", "class", "1", " ", "x y", "Ümlaut", "a'\"b", "\n", "_", "{}"]


def test_keys_that_are_no_identifiers_have_handlers_with_names_of_their_own(run_alike):
    lines = ["def chat(p, m):"]
    for place, key in enumerate(KEYS):
        lines += [
            f"    {'el' if place else ''}if p == {key!r}:",
            *(["        f(m)"] * (place + 1)),
            f"        x = {place}",
        ]
    found = run_alike("\n".join([*lines, "    else:", "        x = None", "    return x", ""]), keys=KEYS)
    slots = [found.rewritten.entries[key]["slots"]["chat"] for key in KEYS]
    assert found.lifted == KEYS
    assert len(set(slots)) == len(KEYS)


def test_names_that_the_module_uses_are_not_taken(run_alike):
    found = run_alike("""
        CHAT = provider_config = 4


        def _chat_a():
            return 1


        def chat(p, m):
            _chat_b = 3
            if p == "a":
                x = f(_chat_a(), _chat_b)
                g(m)
            elif p == "b":
                x = [CHAT, provider_config]
            else:
                x = None
            return x
    """)
    assert found.lifted == ["a", "b"]


def test_several_sites_of_one_function_have_handlers_each(run_alike):
    found = run_alike("""
        def chat(p, m):
            if p == "a":
                x = f(m)
                g(x)
            elif p == "b":
                x = m
            else:
                x = None
            if p == "a":
                return x
            elif p == "b":
                y = g(x)
                return x, y
            elif p == "c":
                raise Boom(x)
            return m
    """)
    assert len(found.rewritten.plan.sites) == 2
    names = [line for line in found.rewritten.applied.splitlines() if line.startswith("def ")]
    assert len(names) == len(set(names)) == 6


def test_a_site_of_an_inner_function_takes_what_the_outer_one_gives_it(run_alike):
    found = run_alike(
        """
        def outer(p, m):
            k = f(m)

            def chat(n):
                if p == "a":
                    return k
                elif p == "b":
                    x = [n]
                    return x, k
                return n

            return chat(3)
        """,
        call="outer({}, {})",
    )
    assert "def _chat_a(k, n):\n    return k\n" in found.rewritten.finished


@pytest.mark.parametrize(
    "late", ["k = 4", "for k in (1, 2):\n        chat()", "def h():\n        nonlocal k\n        k = 3\n    h()"]
)
def test_what_an_outer_function_changes_later_is_no_capture(run_alike, late):
    text = f"""
def outer(p, m):
    k = 1

    def chat():
        if p == "a":
            return k
        elif p == "b":
            x = [m]
            return x, k
        return m

    first = chat()
    {late}
    return first, chat()
"""
    assert run_alike(text, call="outer({}, {})").rewritten is None


def test_a_chain_that_holds_another_one_is_not_lifted_over_it(run_alike):
    found = run_alike("""
        def chat(p, m, k="x"):
            if p == "a":
                if k == "x":
                    return f(m)
                elif k == "y":
                    return g(m)
                else:
                    return [g(m), f(m)]
            elif p == "b":
                return [m]
            return m
    """)
    (site,) = found.rewritten.plan.sites
    assert (site.decided.chain.subject.id, site.decided.form) == ("k", "template")


def test_lifting_leaves_nothing_to_lift(rewritten):
    found = rewritten("from world import f, g\n" + PLAIN)
    assert found.plan.sites[0].decided.decision == "lift"
