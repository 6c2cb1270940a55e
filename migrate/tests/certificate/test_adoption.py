"""Adopted failover loops: the right form is proved, and each wrong one is refused, for what is wrong with it."""

import pytest

from cutover_migrate.certificate import certify_adoption

REGISTRY = "desk.provider_registry"
BEFORE = '''"""A desk."""

from desk.provider_registry import bind_providers

(CHAT,) = bind_providers(globals(), "chat")


def chat(chain, question):
    last = None
    for index, provider in enumerate(chain):
        try:
            provider_config = CHAT.resolve(provider)
            done = provider_config.make_request(question)
            return finished(done)
        except Exception as exc:
            error = mapped(exc)
            last = error
            if index < len(chain) - 1 and should_go_on(error):
                log("trying", chain[index + 1])
                continue
            raise error
    raise last or LookupError("nobody")


def other(chain):
    for position, name in enumerate(chain, 1):
        try:
            done = CHAT.resolve(name).make_request(position)
            break
        except KeyError:
            continue
        except OSError as exc:
            if position == len(chain):
                raise
            log(exc)
    return done
'''
AFTER = (
    BEFORE.replace("import bind_providers", "import bind_providers, get_provider_registry")
    .replace(
        "    for index, provider in enumerate(chain):",
        "    failover = get_provider_registry().failover(chain)\n    for index, provider in enumerate(failover):",
    )
    .replace("return finished(done)", "return failover.answered(finished(done))")
    .replace("index < len(chain) - 1 and should_go_on(error)", "failover.goes_on(error, should_go_on)")
    .replace("chain[index + 1]", "failover.following")
    .replace(
        "    for position, name in enumerate(chain, 1):",
        "    route = get_provider_registry().failover(chain)\n    for position, name in enumerate(route, 1):",
    )
    .replace("            break\n", "            route.answered()\n            break\n")
    .replace("KeyError:\n            continue", "KeyError:\n            route.failed()\n            continue")
    .replace("position == len(chain)", "not route.has_next")
    .replace("            log(exc)\n", "            log(exc)\n            route.failed(exc)\n")
)


def prove(after, before=BEFORE):
    assert after != before
    return certify_adoption(
        before={"desk/chat.py": before.encode()}, after={"desk/chat.py": after.encode()}, registry_module=REGISTRY
    )


def changed(old, new, *, text=AFTER, count=1):
    assert text.count(old) >= count, old
    return text.replace(old, new, count)


def test_both_loops_are_proved_under_named_axioms():
    proof = prove(AFTER)
    assert list(proof.findings()) == []
    assert [(loop.line, loop.after_line, loop.function, loop.chain) for loop in proof.loops] == [
        (10, 11, "chat", "chain"),
        (26, 28, "other", "chain"),
    ]
    assert [axiom.id for axiom in proof.axioms] == [
        *("chain-stays", "decider-read", "failover-legacy", "frames", "fresh-global", "fresh-local"),
    ]


def test_an_untouched_file_needs_no_axiom():
    proof = certify_adoption(before={"a.py": b"x = 1\n"}, after={"a.py": b"x = 1\n"}, registry_module=REGISTRY)
    assert (proof.valid, proof.loops, proof.axioms) == (True, (), ())


def test_comments_and_blank_lines_are_free():
    assert prove(AFTER.replace("    last = None\n", "    last = None  # none yet\n\n")).valid


def test_the_import_may_stand_on_a_line_of_its_own():
    alone = "import bind_providers\nfrom desk.provider_registry import get_provider_registry"
    assert prove(changed("import bind_providers, get_provider_registry", alone)).valid


WRONG = {
    "the guard asks in another order": (
        "failover.goes_on(error, should_go_on)",
        "should_go_on(error) and failover.has_next",
    ),
    "the guard only asks for a next one": ("failover.goes_on(error, should_go_on)", "failover.has_next"),
    "the policy decides": ("failover.goes_on(error, should_go_on)", "failover.goes_on(error)"),
    "another function decides": ("goes_on(error, should_go_on)", "goes_on(error, mapped)"),
    "another error is asked about": ("goes_on(error, should_go_on)", "goes_on(exc, should_go_on)"),
    "the guard is turned round": ("if failover.goes_on", "if not failover.goes_on"),
    "asked twice": (
        "failover.goes_on(error, should_go_on):",
        "failover.goes_on(error, should_go_on) and failover.has_next:",
    ),
    "always on": ("failover.goes_on(error, should_go_on)", "True"),
    "a lambda decides": ("goes_on(error, should_go_on)", "goes_on(error, lambda _: should_go_on(error))"),
    "the continue is missing": ('failover.following)\n                continue', "failover.following)"),
    "a break in its place": (
        'failover.following)\n                continue', "failover.following)\n                break",
    ),
    "the answer is noted before it is made": (
        "return failover.answered(finished(done))",
        "failover.answered()\n            return finished(done)",
    ),
    "the answer is noted far before": ("last = None\n", "last = None\n    failover.answered()\n"),
    "the answer is not noted": ("failover.answered(finished(done))", "finished(done)"),
    "another answer": ("failover.answered(finished(done))", "failover.answered(done)"),
    "no answer is given back": ("failover.answered(finished(done))", "failover.answered()"),
    "an answer where it failed": ("raise error\n", "failover.answered()\n            raise error\n"),
    "a break that is not noted": ("            route.answered()\n", ""),
    "something between the note and the break": ("route.answered()\n", "route.answered()\n            log(done)\n"),
    "the next one by another number": ("failover.following", "chain[index + 2]"),
    "the present one in place of the next": ("failover.following", "provider"),
    "the number of the next one": ('log("trying", failover.following)', 'log("trying", index + 1)'),
    "the last one by another number": ("not route.has_next", "position == len(chain) - 1"),
    "the last one turned round": ("not route.has_next", "route.has_next"),
    "another iterable": ("failover(chain)\n    for index", "failover(chain[1:])\n    for index"),
    "a copy as chain": ("failover(chain)\n    for index", "failover(list(chain))\n    for index"),
    "a policy of its own": ("failover(chain)\n    for index", "failover(chain, policy=POLICY)\n    for index"),
    "the loop goes over the chain still": ("enumerate(failover)", "enumerate(chain)"),
    "the numbers begin elsewhere": ("enumerate(route, 1)", "enumerate(route)"),
    "names exchanged": ("for index, provider in", "for provider, index in"),
    "another registry": (
        "get_provider_registry().failover(chain)\n    for index",
        "registry().failover(chain)\n    for index",
    ),
    "a failure that is not noted": ("            route.failed(exc)\n", ""),
    "a failure that is not noted before continue": ("            route.failed()\n", ""),
    "a failure is noted where none was": (
        "provider_config = CHAT",
        "failover.failed()\n            provider_config = CHAT",
    ),
    "another error is noted": ("route.failed(exc)", "route.failed(done)"),
    "an edit inside of the loop": ("last = error", "last = exc"),
    "an edit in front of the loop": ("last = None", "last = 0"),
    "an edit behind the loop": ('LookupError("nobody")', 'LookupError("no one")'),
    "an edit elsewhere": ("    return done\n", "    return None\n"),
    "a statement more": ("    return done\n", "    log(done)\n    return done\n"),
    "a statement less": ("            last = error\n", ""),
    "the route under a name that is used": ("route = get", "chain = get"),
    "the import from elsewhere": ("from desk.provider_registry import", "from desk.registry import"),
    "the function is bound again": ('globals(), "chat")\n', 'globals(), "chat")\nget_provider_registry = None\n'),
    "another docstring": ('"""A desk."""', '"""Another desk."""'),
    "two statements between": (
        "failover(chain)\n    for index",
        "failover(chain)\n    chain = chain[::-1]\n    for index",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_form_is_refused(wrong):
    proof = prove(changed(*WRONG[wrong]))
    assert not proof.valid
    assert all("desk/chat.py" in finding for finding in proof.findings())


def hand(body, head="for index, provider in enumerate(chain):", before=""):
    return f"from desk.provider_registry import get_provider_registry\n\n\ndef chat(chain):\n{before}    {head}\n{body}"


BODY = """\
        try:
            return ask(provider)
        except OSError as exc:
            if {guard}:
                continue
            raise
"""


def route(text, guard):
    return (
        text.replace("    for index", "    failover = get_provider_registry().failover(chain)\n    for index")
        .replace("enumerate(chain", "enumerate(failover")
        .replace(guard, "failover.goes_on(exc, right)")
        .replace("return ask(provider)", "return failover.answered(ask(provider))")
    )


@pytest.mark.parametrize(
    ("start", "test"),
    [
        *((0, test) for test in ("index < len(chain) - 1", "index + 1 < len(chain)", "len(chain) > index + 1")),
        *((0, test) for test in ("index <= len(chain) - 2", "index != len(chain) - 1", "len(chain) - index > 1")),
        *((0, test) for test in ("index + 2 <= len(chain)", "1 + index != len(chain)", "not index == len(chain) - 1")),
        *((1, test) for test in ("index < len(chain)", "index != len(chain)", "len(chain) - index >= 1")),
        (5, "index - 5 < len(chain) - 1"),
    ],
)
def test_a_next_one_may_be_asked_for_in_many_ways(start, test):
    head = f"for index, provider in enumerate(chain, {start}):"
    before = hand(BODY.format(guard=f"{test} and right(exc)"), head)
    assert list(prove(route(before, f"{test} and right(exc)"), before).findings()) == []


@pytest.mark.parametrize(
    ("start", "test"),
    [
        *((0, test) for test in ("index < len(chain)", "index <= len(chain) - 1", "index < len(chain) - 2")),
        *((0, test) for test in ("index > len(chain) - 1", "index == len(chain) - 1", "index != len(chain)")),
        *((0, test) for test in ("index < len(other) - 1", "position < len(chain) - 1", "index < 3", "index")),
        *((1, test) for test in ("index < len(chain) - 1", "index + 1 < len(chain)", "index <= len(chain)")),
        (0, "index < len(chain) - 1 < 5"),
        (0, "index < len(chain, 1) - 1"),
        (0, "2 * index < 2 * len(chain) - 1"),
    ],
)
def test_what_does_not_ask_for_a_next_one_is_no_guard(start, test):
    head = f"for index, provider in enumerate(chain, {start}):"
    before = hand(BODY.format(guard=f"{test} and right(exc)"), head)
    proof = prove(route(before, f"{test} and right(exc)"), before)
    assert {difference.code for difference in proof.differences} == {"loop-body"}


@pytest.mark.parametrize(
    ("code", "line", "where"),
    [
        ("loop-chain", "            chain.append('more')\n", "        try:\n"),
        ("loop-chain", "            chain = chain[1:]\n", "        try:\n"),
        ("loop-chain", "            del chain[0]\n", "        try:\n"),
        ("loop-chain", "            chain[0] = 'near'\n", "        try:\n"),
        ("loop-chain", "            also = chain\n", "        try:\n"),
        ("loop-chain", "            index = 3\n", "        try:\n"),
        ("loop-chain", "            rest.pop()\n", "        try:\n"),
        ("fresh-local", "            log(locals())\n", "        try:\n"),
        ("fresh-local", "            failover = None\n", "        try:\n"),
    ],
)
def test_what_must_stay_while_the_loop_runs_is_watched(code, line, where):
    text = hand(BODY.format(guard="index < len(chain) - 1 and right(exc)"), before="    rest = chain\n")
    before = text.replace(where, where + line)
    proof = prove(route(before, "index < len(chain) - 1 and right(exc)"), before)
    assert code in {difference.code for difference in proof.differences}


@pytest.mark.parametrize(
    "lazy", ["(name for name in names)", "iter(names)", "reversed(names)", "stream()", "map(f, names)"]
)
def test_a_chain_that_is_asked_as_it_goes_is_refused(lazy):
    text = hand(BODY.format(guard="index < len(chain) - 1 and right(exc)"), before=f"    chain = {lazy}\n")
    before = text + "\n\ndef stream():\n    yield 'near'\n"
    proof = prove(route(before, "index < len(chain) - 1 and right(exc)"), before)
    assert "loop-chain" in {difference.code for difference in proof.differences}


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("for chain, provider in enumerate(chain):", ""),
        ("for index, chain in enumerate(chain):", ""),
        ("for index, index in enumerate(chain):", ""),
        (
            "for index, provider in enumerate(chain):",
            "            match provider:\n                case index:\n                    pass\n",
        ),
        ("for index, provider in enumerate(chain):", "            import index\n"),
        (
            "for index, provider in enumerate(chain):",
            "            def later():\n                nonlocal chain\n                chain = []\n",
        ),
    ],
)
def test_names_that_get_another_meaning_are_refused(head, line):
    text = hand(BODY.format(guard="index < len(chain) - 1 and right(exc)"), head)
    before = text.replace("        try:\n", f"        try:\n{line}")
    after = route(before, "index < len(chain) - 1 and right(exc)").replace(
        head, head.replace("enumerate(chain)", "enumerate(failover)")
    )
    if "failover = get" not in after:
        after = after.replace("    for ", "    failover = get_provider_registry().failover(chain)\n    for ", 1)
    assert "loop-chain" in {difference.code for difference in prove(after, before).differences}


def test_a_word_of_the_route_is_no_value():
    before = hand(
        BODY.format(guard="index < len(chain) - 1 and right(exc)").replace(
            "            return ask", "            keep(index < len(chain) - 1 and right(exc))\n            return ask"
        )
    )
    guard = "index < len(chain) - 1 and right(exc)"
    proof = prove(route(before, guard), before)
    assert "loop-note" in {difference.code for difference in proof.differences}
    assert prove(
        route(before.replace(f"keep({guard})", "keep(1)"), guard), before.replace(f"keep({guard})", "keep(1)")
    ).valid


def test_a_test_that_runs_later_is_not_the_routes():
    before = hand(BODY.format(guard="index < len(chain) - 1 and right(exc)").replace(
        "        try:\n", "        try:\n            later(lambda: index < len(chain) - 1)\n"
    ))  # fmt: skip
    after = route(before, "index < len(chain) - 1 and right(exc)")
    assert prove(after, before).valid
    assert not prove(after.replace("lambda: index < len(chain) - 1", "lambda: failover.has_next"), before).valid


def test_a_decider_that_may_have_no_value_is_refused():
    before = hand(
        BODY.format(guard="index < len(chain) - 1 and right(exc)").replace(
            "            return ask", "            right = pick(provider)\n            return ask"
        )
    )
    proof = prove(route(before, "index < len(chain) - 1 and right(exc)"), before)
    assert {difference.code for difference in proof.differences} == {"loop-decider"}


def test_a_builtin_of_another_meaning_is_refused():
    before = hand(BODY.format(guard="index < len(chain) - 1 and right(exc)")) + "\n\ndef len(chain):\n    return 3\n"
    proof = prove(route(before, "index < len(chain) - 1 and right(exc)"), before)
    assert {difference.code for difference in proof.differences} == {"loop-head"}


def test_a_loop_in_a_modules_body_is_refused():
    before = "from desk.provider_registry import get_provider_registry\n\nfor name in NAMES:\n    try:\n        ask(name)\n        break\n    except OSError:\n        pass\n"  # noqa: E501
    after = (
        before.replace("for name in NAMES", "failover = get_provider_registry().failover(NAMES)\nfor name in failover")
        .replace("        break", "        failover.answered()\n        break")
        .replace("        pass", "        failover.failed()")
    )
    (difference,) = prove(after, before).differences
    assert difference.code == "statement-changed"


@pytest.mark.parametrize(("before", "after", "code"), [
    (None, b"x = 1\n", "file"), (b"x = 1\n", None, "file"), (b"x = 1\n", b"x = = 1\n", "syntax"),
])  # fmt: skip
def test_files_that_come_or_go_or_do_not_compile_are_refused(before, after, code):
    proof = certify_adoption(
        before={} if before is None else {"a.py": before},
        after={} if after is None else {"a.py": after},
        registry_module=REGISTRY,
    )
    assert [difference.code for difference in proof.differences] == [code]
