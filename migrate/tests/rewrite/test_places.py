"""Where a chain stands and how its keywords are written: parentheses, the line of an else, neighbours."""

import pytest

HEAD = "from clients import make_a, make_b, make_c, make_d, process_a, process_b"


def test_cases_in_parentheses_are_rewritten(rewritten, body_of, chat):
    odd = '    # odd\n    case (\n        "y"\n    ):\n        return None\n'
    rest = "    case (\n        _\n    ):\n        raise KeyError(p)\n"
    body = 'match p:\n    case (\n        "a"\n        | "x"\n    ):\n        return make_a(m)\n' + odd
    found = rewritten(chat(f'{body}    case (\n        "b"\n    ):\n        return make_b(m)\n{rest}'))
    front = "        provider_config = CHAT.resolve(p)\n        return provider_config.make(m)\n"
    assert body_of(found.applied).startswith(f"match p:\n    case _ if use_registry(CHAT, p):\n{front}    case (\n")
    assert body_of(found.finished) == f"match p:\n    case _ if p in CHAT:\n{front}{odd}{rest}".rstrip("\n")


@pytest.mark.parametrize("word", ["else:", "else  :  # rest", "else:  # else: rest"])
def test_the_line_of_an_else_is_found(rewritten, body_of, chat, word):
    body = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\n'
    found = rewritten(
        chat(f'{body}{word}\n\n    @make_c\n    def other(): return """\nelse:\n"""\n    raise KeyError(other)')
    )
    assert word in body_of(found.finished).splitlines()


def test_two_neighbouring_chains_are_rewritten(rewritten, chat):
    first = 'if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\n'
    second = f"{first}else:\n    return make_d(m)\n".replace("return ", "r = ")
    rewritten(chat(f"{first}{second}return r"))


def test_a_chain_that_is_all_of_an_else_and_absorbs_its_default_arm_is_rewritten(rewritten, body_of, chat):
    branches = [
        'if p == "a":',
        "    r = make_a(m)",
        'elif p == "b":',
        "    r = make_b(m)",
        "else:",
        "    r = make_d(m)",
    ]
    half = "\n".join(f"    {line}" for line in branches)
    found = rewritten(chat(f"if flag:\n    r = None\nelse:\n{half}\nreturn r", head=HEAD))
    lines = [
        "if flag:",
        "    r = None",
        "else:",
        "    provider_config = CHAT.resolve(p)",
        "    r = provider_config.make(m)",
    ]
    assert body_of(found.finished).splitlines() == [*lines, "return r"]
