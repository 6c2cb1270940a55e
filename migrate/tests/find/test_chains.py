"""Which runs of branches are chains, of which kind, and where they begin and end."""

import ast

import pytest

from cutover_migrate.find import Guarded, Keyed, Open


def keys(chain):
    return [branch.keys for branch in chain.branches]


ELIF = """
def chat(p):
    if p == "a":
        return 1
    elif p in ("b", "c"):
        return 2
    else:
        return 3
"""
SIBLINGS = """
def chat(p):
    if p == "a":
        return 1
    if p in ("b", "c"):
        return 2
    return 3
"""
MATCH = """
def chat(p):
    match p:
        case "a":
            return 1
        case "b" | "c":
            return 2
        case _:
            return 3
"""
IFEXP = """
def chat(p):
    return 1 if p == "a" else 2 if p in ("b", "c") else 3
"""


@pytest.mark.parametrize(
    ("kind", "text", "first", "last"),
    [("elif", ELIF, 3, 8), ("siblings", SIBLINGS, 3, 6), ("match", MATCH, 3, 9), ("ifexp", IFEXP, 3, 3)],
)
def test_a_chain_of_each_kind_is_found(chain_of, kind, text, first, last):
    chain = chain_of(text)
    assert chain.kind == kind
    assert keys(chain) == [("a",), ("b", "c")]
    assert (chain.start_line, chain.end_line) == (first, last)
    assert chain.function == "chat"
    assert ast.unparse(chain.subject) == "p"
    assert len(chain.keyed) == 2


@pytest.mark.parametrize(("kind", "text"), [("elif", ELIF), ("match", MATCH), ("ifexp", IFEXP)])
def test_the_default_arm_is_no_branch(chain_of, kind, text):
    chain = chain_of(text)
    assert len(chain.branches) == 2
    assert "3" in ast.unparse(chain.default[0])


def test_what_follows_sibling_ifs_is_not_their_default_arm(chain_of):
    assert chain_of(SIBLINGS).default is None


def test_a_chain_without_an_else_has_no_default_arm(chain_of):
    assert chain_of("if p == 'a': f()\nelif p == 'b': g()").default is None


@pytest.mark.parametrize(
    "text",
    [
        "if p == 'a': f()\nelse: g()",
        "if p == 'a': f()\nelif flag: g()\nelse: h()",
        "if p == 'a': f()\nif q == 'b': g()",
        "if p == 'a': f()\nh()\nif p == 'b': g()",
        "if 'a' in p: f()\nelif 'b' in p: g()",
        "if p == 'a' and x: f()\nelif p == 'b' and y: g()",
        "x = 1 if p == 'a' else 2",
        "match p:\n    case 'a': f()\n    case _: g()",
        "match p:\n    case {'type': 'a'}: f()\n    case ['b']: g()",
        "match p:\n    case 'a' if x: f()\n    case 'b' if y: g()",
        "match p:\n    case str(): f()\n    case 'b': g()",
        "while p == 'a': f()",
        "p = {'a': f, 'b': g}[p]()",
    ],
)
def test_fewer_than_two_keyed_branches_are_no_chain(chains_of, text):
    assert chains_of(text) == []


def test_siblings_with_an_else_end_the_run(chains_of):
    found = chains_of(
        """
        if p == "a":
            f()
        if p == "b":
            g()
        if p == "c":
            h()
        else:
            i()
        """
    )
    assert [(chain.kind, keys(chain)) for chain in found] == [("siblings", [("a",), ("b",)])]


def test_a_run_of_siblings_ends_where_the_subject_changes(chains_of):
    found = chains_of(
        """
        if p == "a": f()
        if p == "b": f()
        if q == "c": f()
        if q == "d": f()
        """
    )
    assert [(ast.unparse(chain.subject), keys(chain)) for chain in found] == [
        ("p", [("a",), ("b",)]),
        ("q", [("c",), ("d",)]),
    ]


def test_siblings_behind_a_registry_arm_are_known_for_it(chain_of):
    chain = chain_of("if use_registry(CHAT, p): f()\nif p == 'a': f()\nif p == 'b': f()")
    assert chain.branches[0].test == Open("both-arms")
    assert keys(chain) == [(), ("a",), ("b",)]
    other = chain_of("if flag: f()\nif p == 'a': f()\nif p == 'b': f()")
    assert keys(other) == [("a",), ("b",)]


def test_a_guarded_if_parts_siblings(chains_of):
    assert chains_of("if p == 'a': f()\nif p == 'b' and x: f()\nif p == 'c': f()") == []


def test_branches_of_other_kinds_stay_in_their_places(chain_of):
    chain = chain_of(
        """
        if p == "a":
            f()
        elif p.startswith("b"):
            f()
        elif p == "c" and flag:
            f()
        elif q == "d":
            f()
        elif p == "e":
            f()
        """
    )
    tests = [branch.test for branch in chain.branches]
    assert [type(test) for test in tests] == [Keyed, Open, Guarded, Open, Keyed]
    assert (tests[1].code, tests[3].code) == ("open-predicate", "foreign-test")
    assert keys(chain) == [("a",), (), ("c",), (), ("e",)]
    assert [branch.line for branch in chain.branches] == [2, 4, 6, 8, 10]


def test_the_subject_is_the_one_that_most_branches_ask_for(chain_of):
    chain = chain_of("if q == 'a': f()\nelif p == 'b': f()\nelif p == 'c': f()")
    assert ast.unparse(chain.subject) == "p"
    assert chain.branches[0].test == Open("foreign-test")


def test_a_guard_on_another_subject_is_foreign(chain_of):
    chain = chain_of("if p == 'a': f()\nelif q == 'x' and y: f()\nelif p == 'c': f()")
    assert chain.branches[1].test == Open("foreign-test")


def test_an_if_that_is_all_of_an_else_goes_on_with_the_chain(chain_of):
    chain = chain_of(
        """
        if p == "a":
            f()
        else:
            if p == "b":
                g()
            elif p == "c":
                h()
            else:
                i()
        """
    )
    assert keys(chain) == [("a",), ("b",), ("c",)]
    assert [branch.nested for branch in chain.branches] == [False, True, True]
    assert ast.unparse(chain.default[0]) == "i()"


def test_four_branches_through_an_else_are_counted_from_the_outer_if(chains_of):
    text = "\n".join(
        ["if stream:", "    f()", "else:"]
        + [f"    {'el' if number else ''}if p == 'k{number}':\n        f()" for number in range(4)]
    )
    around, inner = chains_of(text)
    assert (around.start_line, len(around.keyed)) == (1, 4)
    assert (inner.start_line, len(inner.keyed)) == (4, 4)


def test_a_chain_that_is_all_of_an_else_stands_for_itself(chains_of):
    found = chains_of(
        """
        if stream:
            if p == "a":
                f()
            elif p == "b":
                g()
        else:
            if p == "a":
                f()
            elif p == "b":
                g()
        """
    )
    first, second = found
    assert [(chain.start_line, keys(chain)) for chain in (first, second)] == [
        (3, [("a",), ("b",)]),
        (8, [("a",), ("b",)]),
    ]
    assert not any(branch.nested for chain in (first, second) for branch in chain.branches)


def test_an_else_with_more_than_an_if_is_a_default_arm(chains_of):
    outer, inner = chains_of(
        """
        if p == "a":
            f()
        elif p == "b":
            g()
        else:
            log()
            if q == "c":
                f()
            elif q == "d":
                g()
        """
    )
    assert (len(outer.default), keys(inner)) == (2, [("c",), ("d",)])
    assert inner.start_line == 8


def test_chains_inside_branches_are_found_in_the_order_of_the_file(chains_of):
    found = chains_of(
        """
        class Gateway:
            async def chat(self, p, kind):
                if p == "a":
                    match kind:
                        case "x":
                            f()
                        case "y":
                            g()
                elif p == "b":
                    pass

                def later(q):
                    return lambda: 1 if q == "c" else 2 if q == "d" else 3
        """
    )
    places = [(chain.kind, chain.function, chain.start_line) for chain in found]
    assert places == [
        ("elif", "Gateway.chat", 4),
        ("match", "Gateway.chat", 5),
        ("ifexp", "Gateway.chat.later", 14),
    ]
    assert [type(scope).__name__ for scope in found[2].scopes] == [
        "ClassDef",
        "AsyncFunctionDef",
        "FunctionDef",
        "Lambda",
    ]


@pytest.mark.parametrize(
    "around",
    [
        "try:\n    {}\nexcept E:\n    pass",
        "try:\n    pass\nexcept E:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "for x in y:\n    pass\nelse:\n    {}",
        "while x:\n    {}",
        "with x:\n    {}",
        "match x:\n    case 1:\n        {}",
        "class C:\n    {}",
    ],
)
def test_a_chain_is_found_in_every_kind_of_block(chain_of, around):
    chain = "if p == 'a': f()\nelif p == 'b': g()"
    lines = around.splitlines()
    indented = [
        "\n".join(line.replace("{}", "") + part for part in chain.splitlines()) if "{}" in line else line
        for line in lines
    ]
    assert keys(chain_of("\n".join(indented))) == [("a",), ("b",)]


@pytest.mark.parametrize(
    "text",
    [
        "f(1 if p == 'a' else 2 if p == 'b' else 3)",
        "x = [1 if p == 'a' else 2 if p == 'b' else 3 for p in ps]",
        "def f(x=1 if p == 'a' else 2 if p == 'b' else 3): pass",
        "@d(1 if p == 'a' else 2 if p == 'b' else 3)\ndef f(): pass",
        "if (1 if p == 'a' else 2 if p == 'b' else 3): pass",
        "if x:\n    pass\nelif (1 if p == 'a' else 2 if p == 'b' else 3):\n    pass",
        "@d(1 if p == 'a' else 2\n   if p == 'b' else 3)\nclass C: pass",
        "try: f()\nexcept (A if p == 'a' else B if p == 'b' else C): pass",
        "match x:\n    case 1 if (1 if p == 'a' else 2 if p == 'b' else 3): pass",
        "with (1 if p == 'a' else 2 if p == 'b' else 3): pass",
        "class C(A if p == 'a' else B if p == 'b' else D): pass",
        "while (1 if p == 'a' else 2 if p == 'b' else 3): pass",
        "x = [\r  1 if p == 'a'\r  else 2\r  if p == 'b'\r  else 3]",
    ],
)
def test_a_conditional_expression_is_found_wherever_it_stands(chain_of, text):
    assert chain_of(text).kind == "ifexp"


def test_each_chain_is_found_once(chains_of):
    long = "if p == 'k0': f()\n" + "".join(f"elif p == 'k{n}': f()\n" for n in range(1, 40))
    (chain,) = chains_of(long)
    assert len(chain.branches) == 40


def test_match_reads_singletons_enum_members_and_guards(chain_of):
    chain = chain_of(
        """
        match p:
            case None:
                f()
            case Kind.A | "b":
                f()
            case "c" if flag:
                f()
            case "d" as name:
                f()
            case [x]:
                f()
            case other:
                f()
        """
    )
    assert [type(branch.test) for branch in chain.branches] == [Keyed, Keyed, Guarded, Open, Open]
    assert chain.branches[0].keys == (None,)
    assert chain.branches[2].keys == ("c",)
    assert chain.default is not None


def test_a_test_that_spans_lines_keeps_its_first_line(chain_of):
    chain = chain_of('if (\n    p\n    == "a"\n):\n    f()\nelif p == "b" \\\n   or p == "c":\n    g()\n')
    assert keys(chain) == [("a",), ("b", "c")]
    assert (chain.start_line, chain.end_line) == (1, 8)


def test_decoys_are_found_as_chains_too_and_settled_later(chains_of):
    found = chains_of(
        """
        def parts(item, text):
            if "429" in text or "rate limit" in text:
                return 1
            elif "503" in text:
                return 2
            if item.get("type") == "text":
                return 3
            elif item.get("type") == "image":
                return 4
        """
    )
    assert [ast.unparse(chain.subject) for chain in found] == ["item.get('type')"]
