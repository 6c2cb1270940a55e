"""Branches that were lifted to handlers: what may move, what has to come along, and what may not be seen."""

import pytest

PLAIN = {
    "around": "def route(p, m, n):\n    {}\n    return out",
    "near": "client = near(m)\nout = client.go(n)",
    "far": "out = far(n)",
    "call": "out = {}(m, n)",
    "takes": "m, n",
    "gives": "return out",
}
RETURNING = {
    "around": "def route(p, m, n):\n    {}",
    "near": "client = near(m)\nif client:\n    return client.go(n)\nraise KeyError(n)",
    "far": "return far(n)",
    "call": "return {}(m, n)",
    "takes": "m, n",
}


@pytest.fixture
def findings(lifted, prove_lift):
    """Gives what stands against a lift at both stages."""

    def text(*, edit=str, config=None, **parts):
        options = {} if config is None else {"config": config}
        certificates = prove_lift(lifted(**parts), edit=edit, **options)
        return ["\n".join(certificate.findings()) for certificate in certificates]

    return text


RIGHT = {
    "one output": PLAIN,
    "return mode": RETURNING,
    "no output": PLAIN
    | {
        "around": "def route(p, m, n):\n    {}\n    return m",
        "call": "{}(m, n)",
        "gives": "",
        "near": "near(m)",
        "far": "q = far(n)\nq.go()",
    },
    "two outputs, one handed through": PLAIN
    | {
        "around": "def route(p, m, n):\n    flag = None\n    {}\n    return out, flag",
        "near": "out = near(m)\nflag = True",
        "call": "out, flag = {}(m, n, flag)",
        "takes": "m, n, flag",
        "gives": "return out, flag",
    },
    "a branch that only raises": PLAIN | {"far": "raise KeyError(n)", "gives": "return out"},
    "awaiting": PLAIN
    | {
        "around": "async def route(p, m, n):\n    {}\n    return out",
        "near": "client = near(m)\nout = await client.go(n)",
        "call": "out = await {}(m, n)",
        "word": "async def",
    },
    "async with and async for": PLAIN
    | {
        "around": "async def route(p, m, n):\n    {}\n    return out",
        "near": "out = []\nasync with near(m) as client:\n    async for x in client:\n        out.append(x)",
        "call": "out = await {}(m, n)",
        "word": "async def",
    },
    "a loop with break and continue inside": PLAIN
    | {
        "near": "out = []\nfor x in m:\n    if x:\n        continue\n    if n:\n        break\n    out.append(x)",
    },
    "try inside": PLAIN
    | {
        "near": "try:\n    out = near(m)\nexcept KeyError as e:\n    out = far(e)\nfinally:\n    done(n)",
    },
    "with, walrus, match and nested functions inside": PLAIN
    | {
        "near": "with near(m) as c:\n    if (k := c.get(n)) is None:\n        k = 1\n"
        "match k:\n    case [a, *b]:\n        out = a\n    case _:\n        out = [lambda q: q + k for q in m]",
    },
    "an import inside": PLAIN | {"near": "from near import go\nout = go(m)"},
    "a nested function of its own": PLAIN | {"near": "def inner(x):\n    return x + m\nout = [inner(x) for x in n]"},
    "in a loop, the last act bound": PLAIN
    | {
        "around": "def route(p, ms, n):\n    for m in ms:\n        try:\n            {}\n            break\n"
        "        except KeyError:\n            log(m)\n    else:\n        out = None\n    return out",
    },
    "captures bound on every way": PLAIN
    | {
        "around": (
            "def route(p, q):\n    if q:\n        m = 1\n    else:\n        m = 2\n    with q as n:\n"
            "        pass\n    {}\n"
            "    return out"
        ),
    },
    "inside try with finally that reads nothing of it": PLAIN
    | {
        "around": "def route(p, m, n):\n    try:\n        {}\n        return out\n    finally:\n        close(m)",
    },
    "return mode inside try and with": RETURNING
    | {
        "around": (
            "def route(p, m, n):\n    with m:\n        try:\n            {}\n        finally:\n            close(n)"
        ),
    },
    "a method": PLAIN
    | {
        "around": "class Gate:\n    def route(self, p, m, n):\n        {}\n        return out",
        "near": "out = self.near(m)",
        "call": "out = {}(self, m, n)",
        "takes": "self, m, n",
    },
    "captures of a function around": PLAIN
    | {
        "around": (
            "def outer(m, n):\n    k = m.go()\n    def route(p):\n        {}\n        return out\n    return route"
        ),
        "near": "out = near(m, k)",
        "call": "out = {}(m, n, k)",
        "takes": "m, n, k",
    },
    "the subject bound anew": PLAIN
    | {
        "around": "def route(p, m, n):\n    {}\n    return out, p",
        "near": "out = near(m)\np = 'other'",
        "call": "out, p = {}(m, n, p)",
        "takes": "m, n, p",
        "gives": "return out, p",
    },
    "siblings that return": RETURNING | {"default": ""},
    "a loop without an end that returns": RETURNING
    | {"near": "while True:\n    for x in m:\n        break\n    return n"},
    "bare raise in an except": RETURNING
    | {
        "around": "def route(p, m, n):\n    try:\n        m()\n    except KeyError:\n        {}",
        "near": "if m:\n    raise\nreturn n",
    },
    "a generator around": PLAIN | {"around": "def route(p, m, n):\n    {}\n    yield out"},
    "a function made before that reads other names": PLAIN
    | {
        "around": "def route(p, m, n):\n    late = lambda: m\n    {}\n    return out, late",
    },
    "a function made behind that reads the output": PLAIN
    | {
        "around": "def route(p, m, n):\n    {}\n    return lambda: out",
    },
    "a comprehension over a captured name": PLAIN | {"near": "out = [m for m in m if m] + [n]"},
    "an annotated name": PLAIN | {"near": "k: int\nk = 1\nout: str = near(m, k)"},
    "delete of an item": PLAIN | {"near": "del m[0]\nout = m"},
    "endless loop": PLAIN | {"near": "while True:\n    out = near(m)\n    if out:\n        break"},
    "a name that nothing binds before, and that may be unbound": PLAIN | {"near": "if m:\n    k = 1\nout = k"},
    "assert and augmented": PLAIN | {"near": "assert m, n\nk = 1\nk += 1\nout = k"},
    "last act is a tuple": PLAIN
    | {
        "around": (
            "def route(p, m, n):\n    a = b = None\n    try:\n        {}\n    except KeyError:\n"
            "        return a, b\n"
            "    return a, b"
        ),
        "near": "a, b = near(m)",
        "far": "a, b = far(n)",
        "call": "a, b = {}(m, n)",
        "gives": "return a, b",
    },
    "except name inside": PLAIN
    | {
        "around": "def route(p, m, n):\n    {}\n    return out",
        "near": "out = None\ntry:\n    m()\nexcept KeyError as error:\n    out = error",
    },
    "StopIteration where only the caller sees it": PLAIN
    | {
        "around": "async def route(p, m, n):\n    {}\n    return out",
        "near": "out = await near(next(m))",
        "call": "out = await {}(m, n)",
        "word": "async def",
    },
    "StopIteration in a plain function": PLAIN
    | {
        "around": (
            "def route(p, m, n):\n    try:\n        {}\n    except StopIteration:\n        return None\n    return out"
        ),
        "near": "out = next(m)",
    },
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_lift_is_certified_at_both_stages(findings, name):
    assert findings(**RIGHT[name]) == ["", ""]


WRONG = {
    "a missing capture": (
        PLAIN | {"call": "out = {}(m)", "takes": "m"},
        "reads 'n' (line 4), a local name that is not handed in",
    ),
    "a swapped capture": (PLAIN | {"call": "out = {}(n, m)"}, "it takes ['m', 'n'], and is given ['n', 'm']"),
    "a renamed capture": (PLAIN | {"call": "out = {}(n, m)", "takes": "x, y"}, "it takes ['x', 'y'], and is given"),
    "a lost output": (
        PLAIN | {"around": "def route(p, m, n):\n    k = 0\n    {}\n    return out, k", "near": "k = 1\nout = near(k)"},
        "binds 'k' (line 4), which may be read afterwards and does not come back",
    ),
    "a lost output of the next round": (
        PLAIN
        | {
            "around": "def route(p, ms, n):\n    k = 0\n    for m in ms:\n        out = k\n        {}\n    return out",
            "near": "k = 1\nout = near(m)",
        },
        "binds 'k'",
    ),
    "a lost output that an inner function reads": (
        PLAIN
        | {"around": "def route(p, m, n):\n    k = 0\n    {}\n    return lambda: (out, k)", "near": "k = 1\nout = k"},
        "binds 'k'",
    ),
    "a capture that may be unbound": (
        PLAIN | {"around": "def route(p, q):\n    if q:\n        m = 1\n    n = 2\n    {}\n    return out"},
        "'m' is handed in, and may be unbound where the site begins",
    ),
    "a capture deleted before": (
        PLAIN | {"around": "def route(p, m, n):\n    del m\n    {}\n    return out"},
        "'m' is handed in, and may be unbound",
    ),
    "a capture that an except unbinds": (
        PLAIN
        | {
            "around": (
                "def route(p, m):\n    n = 0\n    try:\n        m()\n    except KeyError as n:\n        pass\n"
                "    {}\n    return out"
            )
        },
        "'n' is handed in, and may be unbound",
    ),
    "a capture that is global": (
        PLAIN | {"around": "def route(p, m):\n    {}\n    return out"},
        "'n' is handed in, and is no local name",
    ),
    "an output that may be unbound": (
        PLAIN | {"near": "if m:\n    out = near(n)"},
        "'out' comes back, and may be unbound at the end of the branch",
    ),
    "an output unbound by an except": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    out = 1\n    {}\n    return out",
            "call": "out = {}(m, n, out)",
            "takes": "m, n, out",
            "near": "try:\n    m()\nexcept KeyError as out:\n    n()",
        },
        "'out' comes back, and may be unbound",
    ),
    "half bound for an except": (
        PLAIN
        | {
            "around": (
                "def route(p, m, n):\n    out = 1\n    try:\n        {}\n    except KeyError:\n"
                "        return out\n    return out"
            ),
            "near": "out = near(m)\nn.done()",
        },
        "the branch binds 'out', which may be read when it fails behind that (line 6)",
    ),
    "half bound for a finally": (
        PLAIN
        | {
            "around": (
                "def route(p, m, n):\n    out = 1\n    try:\n        {}\n    finally:\n        log(out)\n    return out"
            ),
            "near": "out = near(m)\nn.done()",
        },
        "the branch binds 'out', which may be read when it fails",
    ),
    "half bound for a finally behind a return": (
        RETURNING
        | {
            "around": "def route(p, m, n):\n    k = 1\n    try:\n        {}\n    finally:\n        log(k)",
            "near": "k = near(m)\nreturn k",
        },
        "binds 'k'",
    ),
    "half bound in a loop": (
        PLAIN
        | {
            "around": (
                "def route(p, ms, n):\n    out = None\n    for m in ms:\n        try:\n            {}\n"
                "        except KeyError:\n            continue\n    return out"
            ),
            "near": "out = near(m)\nn.done()",
        },
        "the branch binds 'out', which may be read when it fails",
    ),
    "half bound where a with may swallow": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    out = None\n    with quiet():\n        {}\n    return out",
            "near": "out = near(m)\nn.done()",
        },
        "the branch binds 'out', which may be read when it fails",
    ),
    "half bound by a tuple with an attribute": (
        PLAIN
        | {
            "around": (
                "def route(p, m, n):\n    out = 1\n    try:\n        {}\n    finally:\n        log(out)\n    return out"
            ),
            "near": "out, m.x = near(m)",
        },
        "the branch binds 'out', which may be read when it fails",
    ),
    "half bound by walrus": (
        PLAIN
        | {
            "around": (
                "def route(p, m, n):\n    out = 1\n    try:\n        {}\n    finally:\n        log(out)\n    return out"
            ),
            "near": "n((out := near(m)))",
        },
        "the branch binds 'out', which may be read when it fails",
    ),
    "read before it is bound": (
        PLAIN | {"around": "def route(p, m, n):\n    k = 1\n    {}\n    return out", "near": "k += 1\nout = k"},
        "the branch may read 'k' (line 4) before it binds it, and it is not handed in",
    ),
    "read before it is bound, by a comprehension": (
        PLAIN | {"around": "def route(p, m, n):\n    k = [1]\n    {}\n    return out", "near": "out = [k for k in k]"},
        "reads 'k'",
    ),
    "read by a function of its own before it is bound": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    k = 1\n    {}\n    return out",
            "near": "f = lambda: k\nout = f()\nk = 2",
        },
        "may read 'k'",
    ),
    "a closure made before reads what is bound": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    out = 0\n    f = lambda: out\n    {}\n    return out, f",
            "near": "out = near(m)\nn(f)",
            "call": "out = {}(m, n, f)",
            "takes": "m, n, f",
            "far": "out = 1",
        },
        "the branch binds 'out', which a function made before it reads",
    ),
    "a generator made before reads what is bound": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    out = 0\n    f = (out for _ in m)\n    {}\n    return out, f",
            "call": "out = {}(m, n)",
        },
        "the branch binds 'out', which a function made before it reads",
    ),
    "a closure made inside reads what is bound again": (
        PLAIN | {"around": "def route(p, m, n):\n    {}\n    m = 2\n    return out, m", "near": "out = lambda: m"},
        "a function made in the branch reads 'm' (line 3), which is bound again afterwards",
    ),
    "a closure made inside a loop": (
        PLAIN
        | {"around": "def route(p, ms, n):\n    for m in ms:\n        {}\n    return out", "near": "out = lambda: m"},
        "a function made in the branch reads 'm'",
    ),
    "a closure over its own name in a loop": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    for _ in m:\n        {}\n    return out",
            "near": "k = near(m)\nout = lambda: k",
        },
        "a function made in the branch reads 'k'",
    ),
    "nonlocal elsewhere": (
        PLAIN
        | {
            "around": (
                "def route(p, m, n):\n    def f():\n        nonlocal m\n        m = 1\n    f()\n    {}\n    return out"
            )
        },
        "'m' is declared nonlocal by a nested function",
    ),
    "a name of a function around that is bound again": (
        PLAIN
        | {
            "around": "def outer(m, n):\n    def route(p):\n        {}\n        return out\n    m = 3\n    return route"
        },
        "'m' is handed in, and 'outer' around may bind it again meanwhile",
    ),
    "a name of a function around that may be unbound": (
        PLAIN
        | {
            "around": (
                "def outer(n):\n    if n:\n        m = 1\n    def route(p):\n        {}\n        return out\n"
                "    return route"
            )
        },
        "'m' is handed in, and 'outer' around may bind it again meanwhile",
    ),
    "yield": (PLAIN | {"near": "out = yield m"}, "the branch yields (line 3)"),
    "return in between": (PLAIN | {"near": "if m:\n    return 1\nout = n"}, "the branch returns out of the function"),
    "break": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    for _ in m:\n        {}\n        return out",
            "near": "out = n\nif m:\n    break",
        },
        "",
    ),
    "global": (PLAIN | {"near": "global k\nk = 1\nout = k"}, "declares 'k' as a name of another scope"),
    "global around": (
        PLAIN | {"around": "def route(p, m, n):\n    global out\n    {}\n    return out"},
        "'out' is declared global or nonlocal around",
    ),
    "nonlocal inside": (
        PLAIN | {"near": "def f():\n    nonlocal out\n    out = 1\nout = f"},
        "declares 'out' as a name of another scope",
    ),
    "del": (PLAIN | {"near": "out = m\ndel m"}, "deletes the name 'm'"),
    "class": (PLAIN | {"near": "class K:\n    pass\nout = K"}, "has a ClassDef"),
    "super": (
        PLAIN
        | {
            "around": "class Gate:\n    def route(self, p, m, n):\n        {}\n        return out",
            "near": "out = super().near(m)",
            "call": "out = {}(self, m, n)",
            "takes": "self, m, n",
        },
        "uses 'super', which looks at the scope",
    ),
    "private names": (
        PLAIN
        | {
            "around": "class Gate:\n    def route(self, p, m, n):\n        {}\n        return out",
            "near": "out = self.__near(m)",
            "call": "out = {}(self, m, n)",
            "takes": "self, m, n",
        },
        "uses the private name '__near'",
    ),
    "private keywords": (
        PLAIN
        | {
            "around": "class Gate:\n    def route(self, p, m, n):\n        {}\n        return out",
            "near": "out = near(__k=m)",
            "call": "out = {}(self, m, n)",
            "takes": "self, m, n",
        },
        "uses the private name '__k'",
    ),
    "locals": (PLAIN | {"near": "out = locals()"}, ""),
    "eval": (PLAIN | {"near": "out = eval(m)"}, ""),
    "walrus in a generator": (
        PLAIN | {"near": "out = any((k := x) for x in m)"},
        "binds a name inside a generator expression",
    ),
    "StopIteration that a handler around sees": (
        PLAIN
        | {
            "around": (
                "async def route(p, m, n):\n    try:\n        {}\n    except Exception:\n        return None\n"
                "    return out"
            ),
            "near": "out = await near(next(m))",
            "call": "out = await {}(m, n)",
            "word": "async def",
        },
        "the branch may raise StopIteration (line 4), which no coroutine lets out",
    ),
    "StopIteration in an async generator": (
        PLAIN
        | {
            "around": "async def route(p, m, n):\n    {}\n    yield out",
            "near": "out = await near(m.__next__())",
            "call": "out = await {}(m, n)",
            "word": "async def",
        },
        "the branch may raise StopIteration",
    ),
    "no await": (
        PLAIN
        | {
            "around": "async def route(p, m, n):\n    {}\n    return out",
            "near": "out = await near(m)",
            "word": "async def",
        },
        "it is `async def` and not awaited, or awaited and no `async def`",
    ),
    "an await too many": (
        PLAIN | {"around": "async def route(p, m, n):\n    {}\n    return out", "call": "out = await {}(m, n)"},
        "it is `async def` and not awaited, or awaited and no `async def`",
    ),
    "return mode that may go on": (
        RETURNING
        | {"around": "def route(p, m, n):\n    for _ in m:\n        {}\n    return m", "near": "with m:\n    return n"},
        "the branch may go on behind the site, where the call returns",
    ),
    "outputs in another order": (
        PLAIN
        | {
            "around": "def route(p, m, n):\n    {}\n    return out, k",
            "near": "out, k = near(m)",
            "far": "out, k = n",
            "call": "out, k = {}(m, n)",
            "gives": "return k, out",
        },
        "does not end with `return out, k`",
    ),
    "one output as a tuple": (PLAIN | {"gives": "return out,"}, "does not end with `return out`"),
    "outputs not given": (PLAIN | {"gives": ""}, "does not end with `return out`"),
    "a keyword": (PLAIN | {"call": "out = {}(m, n=n)"}, "is not called with plain names and for plain names"),
    "a literal": (PLAIN | {"call": "out = {}(m, 1)"}, "is not called with plain names and for plain names"),
    "an attribute as output": (
        PLAIN | {"call": "m.x = {}(m, n)"},
        "is not called with plain names and for plain names",
    ),
    "another form": (PLAIN | {"call": "out = [{}(m, n)]"}, "is not called with plain names and for plain names"),
    "another statement": (PLAIN | {"call": "out += {}(m, n)"}, "is not called in one of the three forms"),
    "handed on": (PLAIN | {"call": "out = to_thread({}, m, n)"}, "is not called with plain names and for plain names"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_lift_is_refused_at_both_stages(findings, name):
    parts, reason = WRONG[name]
    for text in findings(**parts):
        assert text
        assert reason in text


def test_the_finding_names_the_handler_the_key_the_name_and_the_line(findings):
    text = findings(**(PLAIN | {"call": "out = {}(m)", "takes": "m"}))[0]
    assert "site 'pick' at key 'near': handler '_pick_near': the branch reads 'n' (line 4), a local name that" in text
