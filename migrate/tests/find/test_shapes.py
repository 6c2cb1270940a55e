"""Every shape of subject, test and place that dispatch is written in: found, and read alike."""

import ast
import textwrap

import pytest

from cutover_migrate.find import Guarded, Keyed, Open, Symbol

SUBJECTS = [
    "provider",
    "self.provider",
    "request.body.provider",
    "pick(request)",
    "request.get('provider')",
    "request['provider']",
    "os.environ['PROVIDER']",
    "os.getenv('PROVIDER', 'a')",
    "getattr(request, 'provider', None)",
    "provider.value",
    "kind.provider.value",
    "provider.lower()",
    "request.provider.strip().casefold()",
    "(await pick(request))",
    "providers[0]",
    "type(client).__name__",
]
KINDS = {
    "elif": "if {s} == 'a':\n    return 1\nelif {s} == 'b':\n    return 2\nelse:\n    return 3",
    "siblings": "if {s} == 'a':\n    return 1\nif {s} == 'b':\n    return 2\nreturn 3",
    "match": "match {s}:\n  case 'a':\n    return 1\n  case 'b':\n    return 2\n  case _:\n    return 3",
    "ifexp": "return 1 if {s} == 'a' else 2 if {s} == 'b' else 3",
}
PLACES = [
    "{}",
    "try:\n    {}\nexcept E:\n    raise",
    "try:\n    call()\nexcept E:\n    {}",
    "try:\n    call()\nfinally:\n    {}",
    "for x in y:\n    {}",
    "for x in y:\n    pass\nelse:\n    {}",
    "while x:\n    {}",
    "with x:\n    {}",
    "def inner():\n    {}",
    "async def inner():\n    async with x:\n        {}",
    "if other:\n    {}",
    "if other:\n    pass\nelse:\n    call()\n    {}",
    "match other:\n    case 1:\n        {}",
    "class Inner:\n    def run(self):\n        {}",
    "if other == 'x':\n    for x in y:\n        try:\n            {}\n        finally:\n            pass",
]


def inside(place, text):
    line = next(line for line in place.splitlines() if "{}" in line)
    indent = line[: len(line) - len(line.lstrip())]
    return place.replace(line, textwrap.indent(text, indent))


def function(text):
    return "async def chat(provider, request):\n" + textwrap.indent(text, "    ")


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_subject_is_found_in_a_chain_of_any_kind(chain_of, kind, subject):
    chain = chain_of(function(KINDS[kind].replace("{s}", subject)))
    assert chain.kind == kind
    assert ast.dump(chain.subject) == ast.dump(ast.parse(subject, mode="eval").body)
    assert [branch.keys for branch in chain.branches] == [("a",), ("b",)]
    assert (chain.default is None) == (kind == "siblings")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_chain_of_any_kind_is_found_in_any_place(chain_of, kind, place):
    chain = chain_of(function(inside(place, KINDS[kind].replace("{s}", "provider"))))
    assert chain.kind == kind
    assert len(chain.keyed) == 2


@pytest.mark.parametrize(
    ("test", "read", "keys"),
    [
        ("p == 'c'", Keyed, ("c",)),
        ("'c' == p", Keyed, ("c",)),
        ("p in ('c', 'd')", Keyed, ("c", "d")),
        ("p == 'c' or p == 'd'", Keyed, ("c", "d")),
        ("p == Provider.C", Keyed, (Symbol("Provider.C"),)),
        ("p == Provider.C.value", Keyed, (Symbol("Provider.C.value"),)),
        ("p in (Provider.C, 'd')", Keyed, (Symbol("Provider.C"), "d")),
        ("p is Provider.C", Keyed, (Symbol("is Provider.C"),)),
        ("p is None", Keyed, (None,)),
        ("p == 'c' and flag", Guarded, ("c",)),
        ("p in ('c', 'd') and not flag", Guarded, ("c", "d")),
        ("p in {'c', 'd'}", Guarded, ("c", "d")),
        ("p != 'c'", "negated", ()),
        ("p not in ('c', 'd')", "negated", ()),
        ("p is not None", "negated", ()),
        ("not p", "negated", ()),
        ("'c' in p", "open-predicate", ()),
        ("p.startswith('c')", "open-predicate", ()),
        ("flag and p == 'c'", "open-predicate", ()),
        ("p == 'c' or flag", "open-predicate", ()),
        ("p.lower() == 'c'", "foreign-test", ()),
        ("q == 'c'", "foreign-test", ()),
        ("q == 'c' and p", "foreign-test", ()),
    ],
)
def test_a_branch_of_any_test_is_read_in_its_place(chain_of, test, read, keys):
    chain = chain_of(f"if p == 'a': f()\nelif {test}: g()\nelif p == 'b': h()")
    middle = chain.branches[1]
    assert middle.test == Open(read) if isinstance(read, str) else isinstance(middle.test, read)
    assert middle.keys == keys
    assert len(chain.keyed) == 2 + (read is Keyed)


@pytest.mark.parametrize("end", ["return 2", "raise E", "continue", "break"])
def test_a_sibling_that_asks_for_more_belongs_to_the_run_where_it_ends(chain_of, end):
    chain = chain_of(
        f"for x in y:\n  if p == 'a': return 1\n  if p == 'c' and x:\n    f()\n    {end}\n  if p == 'b': return 3"
    )
    assert [type(branch.test) for branch in chain.branches] == [Keyed, Guarded, Keyed]
    assert len(chain.nodes) == 3


def test_a_run_of_siblings_begins_and_ends_with_a_key_alone(chain_of):
    chain = chain_of(
        """
        def chat(p, x):
            if p == "z" and x:
                return 0
            if p == "a":
                return 1
            if p == "b":
                return 2
            if p == "y" and x:
                return 3
            return 4
        """
    )
    assert [branch.keys for branch in chain.branches] == [("a",), ("b",)]
    assert (chain.start_line, chain.end_line) == (5, 8)


@pytest.mark.parametrize(
    "between", ["if flag: return 9", "if q == 'c' and x: return 9", "f()", "if p == 'c' and x: f()"]
)
def test_anything_else_between_siblings_parts_them(chains_of, between):
    assert chains_of(f"def f():\n    if p == 'a': return 1\n    {between}\n    if p == 'b': return 2") == []


def test_a_dotted_name_in_a_pattern_is_a_key_whatever_its_case(chain_of):
    chain = chain_of("match p:\n    case kinds.near: f()\n    case kinds.far | 'b': g()\n    case near: h()")
    assert [branch.keys for branch in chain.branches] == [(Symbol("kinds.near"),), (Symbol("kinds.far"), "b")]
    assert chain.default is not None


@pytest.mark.parametrize(
    "text",
    [
        "x = {'a': f, 'b': g}[p]()",
        "if p == a: f()\nelif p == b: g()",
        "if p == q.a: f()\nelif p == q.b: g()",
        "if p > 'a': f()\nelif p > 'b': g()",
        "if isinstance(p, A): f()\nelif isinstance(p, B): g()",
        "if hasattr(p, 'a'): f()\nelif hasattr(p, 'b'): g()",
        "if p != 'a': f()\nelif p != 'b': g()",
        "if p in A: f()\nelif p in B: g()",
        "if p == 'a': f()\nelse:\n    g()\n    if p == 'b': h()",
        "if p == 'a': f()\nwhile p == 'b': g()",
        "assert p == 'a'\nassert p == 'b'",
        "x = p == 'a' and f() or p == 'b' and g()",
        "x = f() if p == 'a' else g()\ny = f() if p == 'b' else g()",
    ],
)
def test_what_only_looks_like_dispatch_is_left_alone(chains_of, text):
    assert chains_of(text) == []
