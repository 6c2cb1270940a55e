"""Before, with both arms, and finished: the text of one function at each stage."""

import pytest

CASES = {
    "the default arm is the same program": (
        """
        if p == "a":
            r = make_a(m)
        elif p == "b":
            r = make_b(m)
        else:
            r = make_d(m)
        return r
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        elif p == "a":
            r = make_a(m)
        elif p == "b":
            r = make_b(m)
        else:
            r = make_d(m)
        return r
        """,
        """
        provider_config = CHAT.resolve(p)
        r = provider_config.make(m)
        return r
        """,
    ),
    "there is no default arm": (
        """
        if p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        """,
    ),
    "the default arm is another program": (
        """
        if p == "a":
            r = make_a(m)
        elif p == "b":
            r = make_b(m)
        else:
            raise KeyError(p)
        return r
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        elif p == "a":
            r = make_a(m)
        elif p == "b":
            r = make_b(m)
        else:
            raise KeyError(p)
        return r
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        else:
            raise KeyError(p)
        return r
        """,
    ),
    "an odd branch stays, and the default arm with it": (
        """
        if p == "a":
            r = make_a(m)
        elif p == "x":
            m = [m]
            r = make_c(m, flag)
        elif p == "b":
            r = make_b(m)
        else:
            raise KeyError(p)
        return r
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        elif p == "a":
            r = make_a(m)
        elif p == "x":
            m = [m]
            r = make_c(m, flag)
        elif p == "b":
            r = make_b(m)
        else:
            raise KeyError(p)
        return r
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        elif p == "x":
            m = [m]
            r = make_c(m, flag)
        else:
            raise KeyError(p)
        return r
        """,
    ),
    "odd branches stay in front where the default arm is the template": (
        """
        if p == "a":
            r = make_a(m)
        elif p == "x" and flag:
            raise KeyError(p)
        elif p in ("y", "z"):
            r = None
        elif p == "b":
            r = make_b(m)
        else:
            r = make_d(m)
        return r
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        elif p == "a":
            r = make_a(m)
        elif p == "x" and flag:
            raise KeyError(p)
        elif p in ("y", "z"):
            r = None
        elif p == "b":
            r = make_b(m)
        else:
            r = make_d(m)
        return r
        """,
        """
        if p == "x" and flag:
            raise KeyError(p)
        elif p in ("y", "z"):
            r = None
        else:
            provider_config = CHAT.resolve(p)
            r = provider_config.make(m)
        return r
        """,
    ),
    "an odd branch is the first one": (
        """
        if p == "x":
            return None
        elif p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p == "x":
            return None
        elif p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p == "x":
            return None
        """,
    ),
    "a branch is for no name at all": (
        """
        if p is None or p == "":
            return make_d(m)
        elif p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        return None
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p is None or p == "":
            return make_d(m)
        elif p == "a":
            return make_a(m)
        elif p == "b":
            return make_b(m)
        return None
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p is None or p == "":
            return make_d(m)
        return None
        """,
    ),
    "several keys a branch": (
        """
        if p in ("a", "x"):
            return make_a(m)
        elif p == "b" or "y" == p:
            return make_b(m)
        return None
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        elif p in ("a", "x"):
            return make_a(m)
        elif p == "b" or "y" == p:
            return make_b(m)
        return None
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        return None
        """,
    ),
    "siblings": (
        """
        log(p)
        if p == "a":
            return make_a(m)
        if p == "x":
            return None

        if p == "b":
            return make_b(m)
        return make_d(m)
        """,
        """
        log(p)
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        if p == "a":
            return make_a(m)
        if p == "x":
            return None

        if p == "b":
            return make_b(m)
        return make_d(m)
        """,
        """
        log(p)
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m)
        if p == "x":
            return None
        return make_d(m)
        """,
    ),
    "an attribute for a subject": (
        """
        if m.provider == "a":
            return make_a(m)
        elif m.provider == "b":
            return make_b(m)
        return None
        """,
        """
        if use_registry(CHAT, m.provider):
            provider_config = CHAT.resolve(m.provider)
            return provider_config.make(m)
        elif m.provider == "a":
            return make_a(m)
        elif m.provider == "b":
            return make_b(m)
        return None
        """,
        """
        if m.provider in CHAT:
            provider_config = CHAT.resolve(m.provider)
            return provider_config.make(m)
        return None
        """,
    ),
}
HEAD = "from clients import make_a, make_b, make_c, make_d, process_a, process_b"


@pytest.mark.parametrize("name", CASES)
def test_a_chain_is_rewritten_where(rewritten, body_of, chat, dedented, name):
    before, applied, finished = map(dedented, CASES[name])
    found = rewritten(chat(before, head=HEAD))
    assert body_of(found.applied) == applied
    assert body_of(found.finished) == finished


@pytest.mark.parametrize("name", CASES)
def test_every_byte_of_the_legacy_chain_stays_where(rewritten, chat, dedented, name):
    legacy = chat(dedented(CASES[name][0]), head=HEAD)
    found = rewritten(legacy)
    lines = found.applied.replace("elif", "if").splitlines()
    place = 0
    for line in legacy.replace("elif", "if").splitlines():
        place = lines.index(line, place) + 1


PLAIN = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\n'
LEFT_ALONE = {
    "the subject is computed": PLAIN.replace("p ==", "p.pick(m) =="),
    "open branches part the keys": PLAIN.replace("elif", 'elif "c" in p:\n    return 1\nelif'),
    "siblings fall through": PLAIN.replace("elif", "if").replace("return ", ""),
    "a key is an enum member": PLAIN.replace('"a"', "Kind.A").replace('"b"', "Kind.B"),
    "keys are numbers": PLAIN.replace('"a"', "1").replace('"b"', "2"),
    "a key comes twice": PLAIN.replace('"b"', '"a"'),
    "the function looks at its locals": PLAIN + "return locals()\n",
    "only constants differ": PLAIN.replace("make_a(m)", "1").replace("make_b(m)", "2"),
    "bodies yield different things": PLAIN.replace("return make_a", "yield [m]").replace("return make_b", "yield m"),
    "it is one expression": 'return make_a(m) if p == "a" else make_b(m) if p == "b" else None\n',
    "there is one key": 'if p == "a":\n    return make_a(m)\nelse:\n    return make_b(m)\n',
    "there is a table already": 'return {"a": make_a, "b": make_b}[p](m)\n',
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_a_chain_is_left_alone_where(scanned, chat, name):
    found = scanned(chat(LEFT_ALONE[name], head=HEAD))
    assert found.chosen == []
    assert all(site.decided.reasons for site in (*found.sites, *found.near_misses))
