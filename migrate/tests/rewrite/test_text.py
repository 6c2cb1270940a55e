"""The user's own text survives: strings, indentation, line ends, encodings, comments."""

import ast

import pytest

HEAD = "from clients import make_a, make_b\n\n\n"


def chain(first, second, *, define="def chat(p, m):", indent="    ", newline="\n"):
    """A chain of two branches with these bodies (lines are given without indentation)."""
    lines = [define]
    for test, body in (('if p == "a":', first), ('elif p == "b":', second)):
        lines += [f"{indent}{test}", *(f"{indent * 2}{line}" if line else "" for line in body.split("\n"))]
    return newline.join([*HEAD.splitlines(), *lines, f"{indent}return None", ""])


def bodies(text):
    return text.replace("make_x", "make_a"), text.replace("make_x", "make_b")


SURVIVE = {
    "a comment in the middle of a call": "return make_x(\n    m,  # the model\n)",
    "odd formatting": "r   =  make_x( m ,1 )\nreturn (  r)",
    "a continued line": "with open(m) as f, \\\n        open(p) as g:\n    return make_x(f, g)",
    "a decorated function": "@wraps(m)\ndef inner(x):\n    return x\n\nreturn make_x(inner)",
    "a decorator first": "@wraps(m)\n@other\nclass Inner:\n    pass\nreturn make_x(Inner)",
    "nested blocks": "try:\n    for x in m:\n        if x: return make_x(x)\nfinally:\n\n    m.close()",
    "statements on one line": "x = 1; return make_x(x)",
    "characters outside of ASCII": 'return ("é→😀", make_x(m), "ü")',
    "a name outside of ASCII": "größe = make_x(m)\nreturn größe",
    "parentheses around the hole": "return (make_x)(m)",
    "a walrus": "if (n := make_x(m)) is not None:\n    return n",
    "a star": "return make_x(*m, **{'a': 1})",
    "a lambda without a hole": "return make_x(lambda x: x + 1)",
    "a nested match": "match m:\n    case [x, *_]:\n        return make_x(x)\n    case _:\n        pass",
    "an f-string with the hole": 'return f"é {make_x(m)!r:>{len(m)}} {m}"',
    "a type comment": "r = make_x(m)  # type: ignore[misc]\nreturn r",
    "a pragma at the end": "return make_x(m)  # noqa: S101",
}


@pytest.mark.parametrize("name", SURVIVE)
def test_a_body_survives_that_has(rewritten, body_of, name):
    first, second = bodies(SURVIVE[name])
    found = rewritten(chain(first, second))
    template = SURVIVE[name].replace("make_x", "provider_config.make")
    lines = ["if p in CHAT:", "    provider_config = CHAT.resolve(p)"]
    lines += [f"    {line}" if line else "" for line in template.splitlines()]
    assert body_of(found.finished) == "\n".join([*lines, "return None"])
    assert body_of(found.applied).startswith("\n".join(["if use_registry(CHAT, p):", *lines[1:]]))


ASYNC = {
    "await": "return await make_x(m)",
    "async for": "async for x in make_x(m):\n    yield x",
    "async with": "async with make_x(m) as s, other(s):\n    await s",
    "a comprehension": "return [x async for x in make_x(m) if await x]",
    "wait_for": "raw = await wait_for(in_thread(make_x, m), timeout=3)\nreturn raw",
}


@pytest.mark.parametrize("name", ASYNC)
def test_a_coroutine_body_survives_with(rewritten, body_of, name):
    first, second = bodies(ASYNC[name])
    text = chain(first, second, define="async def chat(p, m):")
    found = rewritten(text if "yield" not in first else text.replace("return None", "return"))
    template = ASYNC[name].replace("make_x", "provider_config.make").replace("\n", "\n    ")
    assert f"    provider_config = CHAT.resolve(p)\n    {template}\n" in body_of(found.finished)


@pytest.mark.parametrize("quotes", ['"""', "'''", 'r"""', 'f"""'])
def test_strings_over_several_lines_keep_every_byte(rewritten, quotes):
    text = f"{quotes}one\n  two é\n\n\tthree \\n\n{quotes[-3:]}"
    raw = HEAD + (
        f'def chat(p, m):\n    if m:\n        if p == "a":\n            return make_a(m, {text})\n'
        f'        elif p == "b":\n            return make_b(m, {text})\n'
    )
    found = rewritten(raw)
    assert f"return provider_config.make(m, {text})" in found.applied
    assert f"return provider_config.make(m, {text})" in found.finished


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_characters_that_end_lines_elsewhere_stay_in_their_string(rewritten, character):
    found = rewritten(chain(*bodies(f'return make_x("x{character}y", m)')))
    assert f'return provider_config.make("x{character}y", m)' in found.finished


@pytest.mark.parametrize("indent", ["\t", "  ", "   ", "        "])
def test_indentation_follows_the_chain(rewritten, indent):
    found = rewritten(chain(*bodies("for x in m:\n  r = make_x(x)\nreturn r"), indent=indent))
    expected = [
        f"{indent}if p in CHAT:",
        f"{indent * 2}provider_config = CHAT.resolve(p)",
        f"{indent * 2}for x in m:",
        f"{indent * 2}  r = provider_config.make(x)",
        f"{indent * 2}return r",
    ]
    assert "\n".join(expected) in found.finished


def test_bodies_on_the_line_of_their_test_get_lines_of_their_own(rewritten, body_of):
    found = rewritten(HEAD + 'def chat(p, m):\n\tif p == "a": return make_a(m)\n\telif p == "b": return make_b(m);\n')
    assert body_of(found.applied).splitlines()[:3] == [
        "if use_registry(CHAT, p):",
        "\tprovider_config = CHAT.resolve(p)",
        "\treturn provider_config.make(m)",
    ]


def test_a_whole_chain_on_lines_of_their_tests_that_absorbs(rewritten, body_of):
    branches = ['if p == "a": return make_a(m)', 'elif p == "b": return make_b(m)', "else: return make_d(m)"]
    text = "\n    ".join(["def chat(p, m):", *branches])
    found = rewritten(HEAD.replace("make_b", "make_b, make_d") + text + "\n")
    assert body_of(found.finished) == "provider_config = CHAT.resolve(p)\nreturn provider_config.make(m)"


def test_line_ends_follow_the_file(rewritten):
    text = chain(*bodies('return make_x("""x\n  y""")'), newline="\r\n").replace("x\r\n            ", "x\r\n")
    found = rewritten(text.encode())
    for stage in (found.applied, found.finished):
        assert stage.count("\n") == stage.count("\r\n")
        assert ast.parse(stage)


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_the_end_of_the_file_stays_as_it_was(rewritten, end):
    text = chain(*bodies("return make_x(m)")).replace("    return None\n", "").rstrip("\n") + end
    found = rewritten(text.encode())
    assert found.applied.endswith(f"return make_b(m){end}")
    assert found.finished.endswith(f"return provider_config.make(m){end}")


@pytest.mark.parametrize(
    ("cookie", "encoding"),
    [("# -*- coding: latin-1 -*-", "latin-1"), ("#!/usr/bin/python\n# coding=cp1252", "cp1252"), ("", "utf-8")],
)
def test_the_encoding_of_the_file_is_kept(rewritten, cookie, encoding):
    body = chain(*bodies('return ("é" * 3, make_x(m, "ü"))'))
    text = f"{cookie}\n{body}"
    found = rewritten(text.encode(encoding))
    assert 'return ("é" * 3, provider_config.make(m, "ü"))' in found.finished
    assert found.finished.startswith(cookie)
    change = found.plan.finished()[0]
    assert change.after == found.finished.encode(encoding)


@pytest.mark.parametrize("imports", [True, False])
def test_a_byte_order_mark_stays_in_front(rewritten, imports):
    text = chain(*bodies("return make_x(m)"))
    if not imports:
        text = text.replace(HEAD, "") + "def make_a(m): pass\ndef make_b(m): pass\n"
    found = rewritten(b"\xef\xbb\xbf" + text.encode())
    for stage in (found.plan.applied(), found.plan.finished()):
        assert stage[0].after.startswith(b"\xef\xbb\xbf")
        assert stage[0].after.count(b"\xef\xbb\xbf") == 1


def test_the_head_of_a_file_without_imports_stays_in_front(rewritten):
    text = "#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n" + chain(*bodies('return make_x(m, "é")')).replace(
        HEAD, ""
    )
    found = rewritten((text + "def make_a(*m): pass\ndef make_b(*m): pass\n").encode("latin-1"))
    assert found.applied.startswith("#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\nfrom provider_registry import")


def test_a_docstring_and_future_imports_stay_in_front(rewritten):
    head = '"""Gateway."""\n\nfrom __future__ import annotations\n\n'
    found = rewritten(head + chain(*bodies("return make_x(m)")))
    assert found.finished.startswith(
        head
        + 'from provider_registry import bind_providers\n\n(CHAT,) = bind_providers(globals(), "chat")\n\n\ndef chat('
    )


def test_a_docstring_alone_stays_in_front(rewritten):
    text = '"""Gateway."""\n' + chain(*bodies("return make_x(m)")).replace(HEAD, "")
    found = rewritten(text + "def make_a(m): pass\ndef make_b(m): pass\n")
    assert found.applied.startswith('"""Gateway."""\nfrom provider_registry import bind_providers, use_registry\n')


def test_many_sites_are_bound_over_several_lines(rewritten):
    text = HEAD + "".join(
        chain(*bodies("return make_x(m)"), define=f"def {name}_completion_request(p, m):").replace(HEAD, "")
        for name in ("first", "second", "third")
    )
    found = rewritten(text)
    names = [f"{name}_completion_request" for name in ("first", "second", "third")]
    symbols = ", ".join(name.upper() for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    assert f"{symbols} = bind_providers(\n    globals(), {quoted}\n)\n" in found.applied
