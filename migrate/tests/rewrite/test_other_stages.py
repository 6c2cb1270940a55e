"""Before, with both arms, and finished: the other kinds of chain, other holes, several sites."""

import pytest

CASES = {
    "match with a default arm of its own": (
        """
        match p:
            case "a" | "x":
                return make_a(m)
            case "y" if flag:
                return None
            case "b":
                return make_b(m)
            case other:
                raise KeyError(other)
        """,
        """
        match p:
            case _ if use_registry(CHAT, p):
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
            case "a" | "x":
                return make_a(m)
            case "y" if flag:
                return None
            case "b":
                return make_b(m)
            case other:
                raise KeyError(other)
        """,
        """
        match p:
            case _ if p in CHAT:
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
            case "y" if flag:
                return None
            case other:
                raise KeyError(other)
        """,
    ),
    "match with the template for a default arm": (
        """
        match p:
            case "a":
                return make_a(m)
            case "b":
                return make_b(m)
            case _:
                return make_d(m)
        """,
        """
        match p:
            case _ if use_registry(CHAT, p):
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
            case "a":
                return make_a(m)
            case "b":
                return make_b(m)
            case _:
                return make_d(m)
        """,
        """
        provider_config = CHAT.resolve(p)
        return provider_config.make(m)
        """,
    ),
    "match with an odd case and the template for a default arm": (
        """
        match p:
            case "a":
                return make_a(m)
            case "x":
                return None
            case "b":
                return make_b(m)
            case _:
                return make_d(m)
        """,
        """
        match p:
            case _ if use_registry(CHAT, p):
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
            case "a":
                return make_a(m)
            case "x":
                return None
            case "b":
                return make_b(m)
            case _:
                return make_d(m)
        """,
        """
        match p:
            case "x":
                return None
            case _:
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
        """,
    ),
    "a method by name": (
        """
        if p == "a":
            return m.client().alpha(m, 1)
        elif p == "b":
            return m.client().beta(m, 1)
        return None
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return getattr(m.client(), provider_config.method)(m, 1)
        elif p == "a":
            return m.client().alpha(m, 1)
        elif p == "b":
            return m.client().beta(m, 1)
        return None
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return getattr(m.client(), provider_config.method)(m, 1)
        return None
        """,
    ),
    "constants and the key itself": (
        """
        if p == "a":
            return make_a(m, label="A \\"a\\"", name="a", limit=3, timeout=30)
        elif p == "b":
            return make_b(m, label="it's", name="b", limit=None, timeout=0.5)
        return None
        """,
        """
        if use_registry(CHAT, p):
            provider_config = CHAT.resolve(p)
            return provider_config.make(m, label=provider_config.label, name=provider_config.name, \
limit=provider_config.limit, timeout=provider_config.timeout)
        elif p == "a":
            return make_a(m, label="A \\"a\\"", name="a", limit=3, timeout=30)
        elif p == "b":
            return make_b(m, label="it's", name="b", limit=None, timeout=0.5)
        return None
        """,
        """
        if p in CHAT:
            provider_config = CHAT.resolve(p)
            return provider_config.make(m, label=provider_config.label, name=provider_config.name, \
limit=provider_config.limit, timeout=provider_config.timeout)
        return None
        """,
    ),
    "two sites": (
        """
        if p == "a":
            r = make_a(m)
        elif p == "b":
            r = make_b(m)
        else:
            r = make_d(m)
        if p == "a":
            r = process_a(r)
        elif p == "b":
            r = process_b(r)
        else:
            r = None
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
        if use_registry(CHAT_PROCESS, p):
            provider_config = CHAT_PROCESS.resolve(p)
            r = provider_config.process(r)
        elif p == "a":
            r = process_a(r)
        elif p == "b":
            r = process_b(r)
        else:
            r = None
        return r
        """,
        """
        provider_config = CHAT.resolve(p)
        r = provider_config.make(m)
        if p in CHAT_PROCESS:
            provider_config = CHAT_PROCESS.resolve(p)
            r = provider_config.process(r)
        else:
            r = None
        return r
        """,
    ),
    "the local name is taken": (
        """
        provider_config = [m]
        if p == "a":
            return make_a(provider_config)
        elif p == "b":
            return make_b(provider_config)
        return None
        """,
        """
        provider_config = [m]
        if use_registry(CHAT, p):
            provider_config_2 = CHAT.resolve(p)
            return provider_config_2.make(provider_config)
        elif p == "a":
            return make_a(provider_config)
        elif p == "b":
            return make_b(provider_config)
        return None
        """,
        """
        provider_config = [m]
        if p in CHAT:
            provider_config_2 = CHAT.resolve(p)
            return provider_config_2.make(provider_config)
        return None
        """,
    ),
    "in a loop, with a model variable that a branch sets anew": (
        """
        for number, attempt in enumerate(p):
            try:
                if attempt == "a":
                    r = make_a(m)
                elif attempt == "x":
                    m = f"x/{m}"
                    r = make_c(m)
                    if flag: continue
                elif attempt == "b":
                    r = make_b(m)
                else:
                    r = make_d(m)
                break
            except ValueError:
                continue
        return r, m
        """,
        """
        for number, attempt in enumerate(p):
            try:
                if use_registry(CHAT, attempt):
                    provider_config = CHAT.resolve(attempt)
                    r = provider_config.make(m)
                elif attempt == "a":
                    r = make_a(m)
                elif attempt == "x":
                    m = f"x/{m}"
                    r = make_c(m)
                    if flag: continue
                elif attempt == "b":
                    r = make_b(m)
                else:
                    r = make_d(m)
                break
            except ValueError:
                continue
        return r, m
        """,
        """
        for number, attempt in enumerate(p):
            try:
                if attempt == "x":
                    m = f"x/{m}"
                    r = make_c(m)
                    if flag: continue
                else:
                    provider_config = CHAT.resolve(attempt)
                    r = provider_config.make(m)
                break
            except ValueError:
                continue
        return r, m
        """,
    ),
    "a subject on two lines": (
        """
        if (m
            .provider == "a"):
            return make_a(m)
        elif m.provider == "b":
            return make_b(m)
        return None
        """,
        """
        if use_registry(CHAT, m.provider):
            provider_config = CHAT.resolve(m.provider)
            return provider_config.make(m)
        elif (m
            .provider == "a"):
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
    "a chain in each half of another if": (
        """
        if flag:
            if p == "a":
                return make_a(m)
            elif p == "b":
                return make_b(m)
        else:
            if p == "a":
                return make_a(m, 1)
            elif p == "b":
                return make_b(m, 1)
            log(p)
        return None
        """,
        """
        if flag:
            if use_registry(CHAT, p):
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
            elif p == "a":
                return make_a(m)
            elif p == "b":
                return make_b(m)
        else:
            if use_registry(CHAT_2, p):
                provider_config = CHAT_2.resolve(p)
                return provider_config.make(m, 1)
            elif p == "a":
                return make_a(m, 1)
            elif p == "b":
                return make_b(m, 1)
            log(p)
        return None
        """,
        """
        if flag:
            if p in CHAT:
                provider_config = CHAT.resolve(p)
                return provider_config.make(m)
        else:
            if p in CHAT_2:
                provider_config = CHAT_2.resolve(p)
                return provider_config.make(m, 1)
            log(p)
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
