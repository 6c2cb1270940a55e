"""Programs in which moving a body could change what happens: it stays, or does the same and is certified."""

import pytest

SWALLOW = "with swallow():\n    {}"


def wrong(name, *parts, reason, **options):
    return pytest.param(*parts, options, id=name, marks=pytest.mark.xfail(strict=True, reason=reason))


def right(name, *parts, **options):
    return pytest.param(*parts, options, id=name)


BODIES = [
    # what is read afterwards
    right("a walrus behind and", "x = f(m)", after="if m == 'zz' and (x := 1):\n    pass\nreturn x"),
    right("a walrus in one arm", "x = f(m)", after="y = (x := 1) if m == 'zz' else 2\nreturn x"),
    right("a walrus in a round that is not made", "x = f(m)", after="y = [x := k for k in ()]\nreturn x"),
    right("a walrus behind a comparison", "x = f(m)", after="y = 1 > 2 > (x := 4)\nreturn x"),
    right("a walrus in a message", "x = f(m)", after="assert m, (x := 1)\nreturn x"),
    right("a walrus that runs", "x = f(m)", after="y = (x := 1), m\nreturn x, y"),
    right("a pattern that fails", "x = f(m)", after="match m:\n    case (x, 'q'):\n        pass\nreturn x"),
    right(
        "a guard that is not asked",
        "x = f(m)",
        after="match m:\n    case 'q' if (x := 3):\n        pass\nreturn x",
    ),
    right("a pattern that never fails", "x = f(m)", after="match m:\n    case x:\n        pass\nreturn x"),
    right("a del", "x = f(m)", before="", after="del x\nreturn 1"),
    right("an augmented assignment", "x = [f(m)]", after="x += [1]\nreturn x"),
    right("a default of a function", "n = f(m)", after="def h(k=n):\n    return k\nreturn h()"),
    right("a class below", "n = f(m)", after="class K:\n    k = n\nreturn K.k"),
    right("a comprehension's first source", "n = g(m)", before="x = y = 0\nn = []", after="return [n for n in n]"),
    right("a comprehension's item", "n = f(m)", after="return [n for k in (1,)], x"),
    right("an annotation of a function", "n = f(m)", after="def h(k: n):\n    pass\nreturn h.__annotations__"),
    right(
        "a read in a try",
        "x = f(m)",
        after="try:\n    f(m, x)\nexcept Boom:\n    return x\nfinally:\n    g(y)\nreturn 2",
    ),
    right("a read behind a loop's else", "x = f(m)", after="while n:\n    pass\nelse:\n    y = x\nreturn y"),
    right("a read in a with", "x = f(m)", after="with swallow() as x:\n    pass\nreturn x"),
    # what is read in the body
    right("the name of a comprehension is that of its source", "x = [y for y in y]", before="x = n = 0\ny = (1,)"),
    right("the name of a generator is that of its source", "x = list(y for y in y)", before="x = n = 0\ny = (1,)"),
    right("another name in a comprehension", "x = [k for k in y]", before="x = n = 0\ny = (1,)"),
    right("a lambda's own parameter", "x = (lambda y: y)(n)"),
    right("a lambda's default", "x = (lambda y=y: y)()"),
    right("an f-string's format", "x = f'{m!r:>{len(m) + n}}'"),
    right("a keyword argument", "x = f(**{'k': n})"),
    right("an augmented item", "k = {n: 1}\nk[n] += 1\nx = k"),
    right("an augmented attribute", "f.k = 1\nf.k += n\nx = f.k"),
    right("a dotted pattern", "import types\nk = types.SimpleNamespace(n=n)\nmatch 0:\n    case k.n:\n        x = 1"),
    right(
        "an inner function's global",
        "x = f(n)",
        before="x = y = n = 0\ndef h():\n    global n\n    n = 5\nh()",
    ),
    right("its own except", "try:\n    f(m)\nexcept Boom as y:\n    n = str(y)", after="return n"),
    right("an import", "import json as k\nx = k.dumps(m)"),
    right("an import of its package", "import os.path\nx = os.path.join(m, m)"),
    right("a recursion", "x = chat('b', m), n"),
    right("a decorated function", "@f\ndef h():\n    return m\nx = h[1]()"),
    right("a decorator that calls", "@(lambda h: f(h()))\ndef x():\n    return m"),
    right("star targets", "*x, y = f(m), 1, 2"),
    right("nested targets", "x, (y, *n) = 1, f(m)"),
    right("an annotated name", "x: undefined = f(m)"),
    right("an annotation alone", "x: undefined\nx = f(m)"),
    right("a text first", "'''A text.'''\nx = f(m)"),
    right(
        "a match with captures", "match [m, 1]:\n    case [x, *y] if f(m):\n        n = y\n    case _:\n        n = 1"
    ),
    right("a while with an else", "while not x:\n    x = f(m)\nelse:\n    y = x"),
    right("a try with an else", "try:\n    x = f(m)\nexcept Boom:\n    y = 1\nelse:\n    y = x\nfinally:\n    g(y)"),
    right("a finally that returns", "try:\n    x = f(m)\nfinally:\n    x = 2"),
    right("an endless loop", "while True:\n    x = f(m)\n    if x:\n        break"),
    right("a bare raise", "try:\n    f(m)\nexcept Boom:\n    g(1)\n    raise"),
    # what is bound
    right(
        "a binding behind and", "m == 'bad' and (x := f(1))", before="y = n = 0", after="return x if m == 'bad' else 1"
    ),
    right(
        "a capture bound behind and",
        "x = f(k) if m == 'bad' else 1",
        before="x = y = n = 0\nm == 'bad' and (k := f(1))",
    ),
    right(
        "a capture bound by a pattern",
        "x = f(k) if m == 'bad' else 1",
        before="x = y = n = 0\nmatch m:\n    case 'bad' as k:\n        pass",
    ),
    right(
        "a loop that is left by an except",
        "while True:\n    try:\n        f(m)\n        x = 1\n        break\n    except Boom as x:\n        break",
        before="y = n = 0",
        after="return 1 if m == 'bad' else x",
    ),
    right(
        "a capture unbound by an except that goes on",
        "x = f(1) if m == 'bad' else f(k)",
        before="x = y = n = 0\nk = 1\nfor j in (1,):\n    try:\n        f(m)\n    except Boom as k:\n        continue",
    ),
    right(
        "a capture unbound by an except that raises",
        "x = f(1) if m == 'bad' else f(k)",
        before="x = y = n = 0\nk = 1\n"
        "try:\n    try:\n        f(m)\n    except Boom as k:\n        raise\nexcept Boom:\n    pass",
    ),
    right(
        "an output unbound by an except",
        "try:\n    f(m)\nexcept Boom as x:\n    g(x)",
        after="f(3)\nreturn x",
    ),
    right(
        "a name whose only binding leaves",
        "j = f(m)\nraise Boom(j)",
        after="return x if m == 'm' else j",
    ),
    # errors half way
    right("an unpacking that fails", "x, y = f(m)", around=SWALLOW),
    right("an unpacking into an item", "x, TRACE[-1] = 1, f(m)", around=SWALLOW),
    right("an unpacking into a list", "[x, y] = f(m)", around=SWALLOW),
    right("an item first", "TRACE[99] = x = f(m)", around=SWALLOW),
    right("a name first", "x = TRACE[99] = f(m)", around=SWALLOW),
    right("a loop's last round", "for x in g(m, 1):\n    f(m)", around=SWALLOW),
    right("a walrus in a call", "f(x := 3, m)", around=SWALLOW),
    right("a walrus in a comprehension", "y = [x := f(k) for k in (1, m)]", around=SWALLOW),
    right("an import of two", "from os import path as x, nothing as y", around=SWALLOW),
    right("an import of one", "from os import nothing as x", around=SWALLOW),
    right("a with that fails to leave", "with swallow() as x:\n    f(m)\nf(m)", around=SWALLOW),
    right("two of a with", "with swallow() as x, swallow() as y:\n    f(m)", around=SWALLOW),
    right(
        "a pattern half matched",
        "match (1, m):\n    case (x, 'q'):\n        pass\n    case _:\n        f(m)",
        around=SWALLOW,
    ),
    right("a function with a decorator that fails", "@f\ndef x():\n    pass\nf(m)", around=SWALLOW),
    right("an except that raises", "try:\n    f(m)\nexcept Boom as x:\n    raise", around=SWALLOW),
    right("an augmented list", "n += [f(m)]", before="x = y = 0\nn = []", around=SWALLOW),
    right("an annotated value", "x: int = f(m)", around=SWALLOW),
    right("a finally around", "x = 1\nx = f(m)", around="try:\n    {}\nfinally:\n    TRACE.append(x)"),
    right("a return through a finally", "x = 1\nraise Boom(x)", around="try:\n    {}\nfinally:\n    TRACE.append(x)"),
    right(
        "a loop that tries again",
        "n += 1\nf(m)",
        around="for k in range(3):\n    try:\n        {}\n    except Boom:\n        continue",
    ),
    right(
        "a with that fails when a loop is left",
        "for j in (1,):\n    with failing():\n        y = 1\n        break",
        around=SWALLOW,
    ),
    right("a with that fails in a loop", "for j in (1,):\n    with failing():\n        y = 1", around=SWALLOW),
    # late code
    right(
        "a name that a pattern binds again",
        "x = lambda: n",
        after="match m:\n    case n:\n        pass\nreturn callable(x) and x()",
    ),
    right(
        "an own name that a pattern binds again",
        "y = 1\nx = lambda: y",
        before="x = n = 0",
        after="match m:\n    case y:\n        pass\nreturn callable(x) and x()",
    ),
    right(
        "an own name that an except binds again",
        "y = 1\nx = lambda: y",
        before="x = n = 0",
        after="try:\n    f('bad')\nexcept Boom as y:\n    return callable(x) and x()",
    ),
    right("a name that nothing binds again", "x = lambda: n", after="return callable(x) and x()"),
    right(
        "a name that nothing binds again, in a generator",
        "x = (n for k in (1,))",
        after="return type(x) is list or [*x]",
    ),
    right(
        "a name that a for binds again", "x = lambda: n", after="for n in (1,):\n    pass\nreturn callable(x) and x()"
    ),
    right("a name that is deleted", "x = lambda: n", after="del n\nreturn callable(x)"),
    right(
        "two functions that call one another",
        "def h(k):\n    return k and j(k)\ndef j(k):\n    return h(k - 1)\nx = h(3)",
    ),
    right("a class that reads a name", "x = f(m)", after="class K:\n    x = x\nreturn K.x"),
    # ways out
    right("a finally behind", "try:\n    x = f(m)\nfinally:\n    g(1)", before="y = n = 0", after="return x"),
    right(
        "a finally that breaks",
        "for k in (1, 2):\n    try:\n        x = f(m)\n    finally:\n        break",
        before="y = n = 0",
        after="return x if m == 'm' else 5",
    ),
    right("a finally with a return", "try:\n    x = f(m)\n    raise KeyError(x)\nfinally:\n    g(1)"),
    right(
        "a finally around that goes on",
        "x = f(m)",
        around="for k in (1, 2):\n    try:\n        {}\n"
        "    finally:\n        if k == 1:\n            continue\n        TRACE.append(x)",
    ),
    right(
        "a second except of a group",
        "x = f(m)",
        around="try:\n    raise ExceptionGroup('', [Boom(1), KeyError(2)])\n"
        "except* Boom:\n    {}\nexcept* KeyError:\n    TRACE.append(x)",
        after="return y",
    ),
    right(
        "a match that takes all",
        "match m:\n    case 'm':\n        x = 1\n    case k:\n        x = k",
        before="y = n = 0",
        after="return x",
    ),
    right(
        "a match that may take none",
        "match m:\n    case 'm':\n        x = 1\n    case 'n':\n        x = 2",
        before="y = n = 0",
        after="return x if m == 'm' else 5",
    ),
    # frames
    right("a look at the caller", "import sys\nx = sys._getframe(1).f_code.co_name"),
    right("a look at the frame", "import inspect\nx = inspect.currentframe().f_code.co_name"),
    right("a look at the stack", "import inspect\nx = inspect.stack()[0].function"),
    wrong(
        "a look at the stack by its name",
        "from inspect import stack\nx = stack()[0].function",
        reason="only inspect.stack is known",
    ),
    # texts
    right("an f-string that shows its source", 'x = f"""{m\n        =}"""'),
    # scopes
    right(
        "a name like that of a consumer",
        "y = list(n for k in (1,))",
        define="def chat(p, m, list=iter):",
        after="n = 7\nreturn y and list(y) and [*y]",
    ),
    right(
        "a join that keeps its argument",
        "y = k.join(n for j in (1,))",
        before="import types\nx = y = n = 0\nk = types.SimpleNamespace(join=lambda gen: gen)",
        after="n = 7\nreturn y and [*y]",
    ),
    right("a join", "y = ''.join(str(n) for j in (1,))", after="n = 7\nreturn y"),
    right(
        "a lambda in a loop",
        "x = x, lambda: k",
        around="for k in range(2):\n    {}",
        after="return type(x) is tuple and callable(x[1]) and x[1]()",
    ),
    right(
        "a lambda in a loop with a default",
        "x = x, lambda k=k: k",
        around="for k in range(2):\n    {}",
        after="return type(x) is tuple and callable(x[1]) and x[1]()",
    ),
]


@pytest.mark.parametrize(("body", "options"), BODIES)
def test_a_body_may_have(run_alike, with_body, body, options):
    run_alike(with_body(body, **options))


OUTER = """
def outer(p, m):
    k = 4

    def chat():
        if p == "a":
            r = 1 if m == "bad" else k
        elif p == "b":
            r = f(k)
            g(m)
        else:
            r = 0
        return r

    {}
    try:
        return chat()
    except NameError:
        return "no value"
"""
PROGRAMS = [
    right("an outer name that is deleted", OUTER.format('if m == "bad":\n        del k'), "outer"),
    right("an outer name that stays", OUTER.format("pass"), "outer"),
    right(
        "an outer name of an except",
        """
        def outer(p, m):
            found = []
            try:
                raise Boom(m)
            except Boom as k:
                def chat():
                    if p == "a":
                        r = 1 if m == "bad" else k
                    elif p == "b":
                        r = f(2)
                        g(m)
                    else:
                        r = 0
                    return r
            try:
                return chat()
            except NameError:
                return "no value"
        """,
        "outer",
    ),
    right(
        "an await in a default",
        """
        async def chat(p, m):
            if p == "a":
                def h(k=await af(m)):
                    return k
                r = h()
            elif p == "b":
                r = [m]
            else:
                r = 0
            return r
        """,
        "chat",
    ),
    wrong(
        "a StopIteration through a coroutine",
        """
        def stop(m):
            raise StopIteration(m)

        async def chat(p, m):
            try:
                if p == "a":
                    r = await af(m)
                elif p == "b":
                    g(m)
                    r = stop(m)
                else:
                    r = 0
            except StopIteration:
                return "stopped"
            return r
        """,
        "chat",
        reason="a coroutine makes another error of it",
    ),
    right(
        "a StopIteration through a function",
        """
        def stop(m):
            raise StopIteration(m)

        def chat(p, m):
            try:
                if p == "a":
                    r = f(m)
                elif p == "b":
                    g(m)
                    r = stop(m)
                else:
                    r = 0
            except StopIteration:
                return "stopped"
            return r
        """,
        "chat",
    ),
    right(
        "global names",
        """
        K = 1

        def chat(p, m):
            global K
            K = 3
            def inner():
                K = 7
                if p == "a":
                    r = f(K, m)
                    g(r)
                elif p == "b":
                    r = [K]
                else:
                    r = 1
                return r
            if p == "a":
                r = f(K)
            elif p == "b":
                r = [K, m]
                g(K)
            else:
                r = 2
            return r, inner(), K
        """,
        "chat",
    ),
    right(
        "class names between functions",
        """
        def chat(p, m):
            k = 1
            class Desk:
                k = 2
                def go(self):
                    if p == "a":
                        r = f(k, m)
                    elif p == "b":
                        r = [k]
                        g(m)
                    else:
                        r = 1
                    return r, self.k
            return Desk().go()
        """,
        "chat",
    ),
    right(
        "super and its class",
        """
        class Base:
            def go(self, m):
                return f(m)

        class Desk(Base):
            def chat(self, p, m):
                if p == "a":
                    r = super().go(m)
                elif p == "b":
                    r = __class__.__name__, m
                elif p == "c":
                    r = Base.go(self, m)
                elif p == "d":
                    r = [m]
                    g(m)
                else:
                    r = 1
                return r
        """,
        "Desk().chat",
    ),
    right(
        "a name that is bound in one branch and read in the next round",
        """
        def chat(p, m):
            found = []
            for k in (p, "a", "b", "no-such"):
                if found and k != "no-such":
                    found.append(last)
                if k == "a":
                    last = f(m)
                elif k == "b":
                    last = [len(found)]
                    g(last)
                elif k == "c":
                    found.append(m)
                    last = 3
                else:
                    last = 7
                found.append(1)
            return found, last
        """,
        "chat",
    ),
    right(
        "a generator that is closed",
        """
        def inner(p, m):
            x = 0
            try:
                yield 1
                if p == "a":
                    x = f(m)
                elif p == "b":
                    g(m)
                    x = 4
                elif p == "c":
                    x = m
                yield x
            finally:
                TRACE.append(x)

        def chat(p, m):
            made = inner(p, m)
            next(made)
            next(made)
            made.close()
            return 1
        """,
        "chat",
    ),
    right(
        "errors in errors",
        """
        def chat(p, m):
            try:
                f("bad")
            except Boom as e:
                try:
                    if p == "a":
                        f(m)
                        g(m)
                        raise
                    elif p == "b":
                        raise KeyError(m) from e
                    elif p == "c":
                        g(1)
                        f(m)
                except Exception as error:
                    return repr(error), repr(error.__context__), repr(error.__cause__)
            return 5
        """,
        "chat",
    ),
    right(
        "a finally that goes on",
        """
        def chat(p, m):
            for k in (1, 2):
                try:
                    if p == "a":
                        return f(m)
                    elif p == "b":
                        g(m)
                        return f(1)
                    elif p == "c":
                        k = 4
                        return 2
                finally:
                    if k == 1:
                        continue
            return 3, k
        """,
        "chat",
    ),
    right(
        "a subject that a body binds",
        """
        def chat(p, m):
            if p == "a":
                p = f(m)
            elif p == "b":
                g(m)
                p = "c"
            elif p == "c":
                p += "d"
            if p == "c":
                return f(m, p)
            elif p == "cd":
                r = g(m, [p])
                return r
            return p
        """,
        "chat",
    ),
    right(
        "a name that is local only by a body that returns",
        """
        y = 9

        def chat(p, m):
            if p == "a":
                y = f(m)
                return y
            elif p == "b":
                return [m]
            return y
        """,
        "chat",
    ),
    right(
        "a private name that is no name",
        """
        class Desk:
            def chat(self, p, m):
                if p == "a":
                    r = (lambda __k: f(m))(1)
                elif p == "b":
                    r = [m]
                elif p == "c":
                    import json as __j
                    r = g(m)
                else:
                    r = 1
                return r
        """,
        "Desk().chat",
    ),
]


@pytest.mark.parametrize(("text", "function", "options"), PROGRAMS)
def test_a_program_may_have(run_alike, text, function, options):
    run_alike(text, call=f"{function}({{}}, {{}})", **options)


STRANGE = ["x\u00b2", "\ufb01", "\u2460", "\u4e2d"]


def test_a_handler_has_a_name_whatever_the_key(run_alike):
    lines = ["def chat(p, m):"]
    for place, key in enumerate(STRANGE):
        lines += [
            f"    {'el' if place else ''}if p == {key!r}:",
            *(["        f(m)"] * (place + 1)),
            f"        x = {place}",
        ]
    run_alike("\n".join([*lines, "    else:", "        x = None", "    return x", ""]), keys=STRANGE)
