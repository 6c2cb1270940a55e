"""What a test asks: keyed, guarded, or open with its reason."""

import ast

import pytest

from cutover_migrate.find import Guarded, Keyed, Open, Symbol
from cutover_migrate.find._keys import key_of, subject_of


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("p == 'a'", ("a",)),
        ("'a' == p", ("a",)),
        ("p in ('a', 'b')", ("a", "b")),
        ("p in ['a']", ("a",)),
        ("p == 'a' or p == 'b'", ("a", "b")),
        ("p == 'a' or p in ('b', 'c') or 'd' == p", ("a", "b", "c", "d")),
        ("p == 3", (3,)),
        ("p == b'x'", (b"x",)),
        ("p == ''", ("",)),
        ("p == None", (None,)),
        ("p is None", (None,)),
        ("p in ('a', 'a')", ("a", "a")),
    ],
)
def test_a_comparison_with_literals_is_keyed(read, text, keys):
    found = read(text)
    assert isinstance(found, Keyed)
    assert found.keys == keys
    assert ast.unparse(found.subject) == "p"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("p == Provider.NEAR", "Provider.NEAR"),
        ("p == Provider.NEAR.value", "Provider.NEAR.value"),
        ("Provider.Near == p", "Provider.Near"),
        ("p == NEAR", "NEAR"),
        ("p == -1", "-1"),
        ("p is 'a'", "is 'a'"),
        ("p == pkg.enums.NEAR", "pkg.enums.NEAR"),
    ],
)
def test_a_key_that_is_no_literal_is_kept_as_its_source(read, text, key):
    assert read(text).keys == (Symbol(key),)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("p.lower() == 'a'", "p.lower()"),
        ("request.provider == 'a'", "request.provider"),
        ("'a' == request.provider", "request.provider"),
        ("request['provider'] == 'a'", "request['provider']"),
        ("pick(request) == 'a'", "pick(request)"),
        ("(p := pick()) == 'a'", "(p := pick())"),
        ("(await pick()) == 'a'", "await pick()"),
        ("p.Value == 'a'", "p.Value"),
    ],
)
def test_any_expression_can_be_the_subject(read, text, subject):
    found = read(text)
    assert ast.unparse(found.subject) == subject
    assert found.dump == subject_of(found.subject)


@pytest.mark.parametrize(
    "text",
    [
        "p in {'a', 'b'}",
        "p == 'a' and flag",
        "p in ('a', 'b') and flag and other",
        "(p == 'a' and flag) and other",
        "p == 'a' and p != 'b'",
    ],
)
def test_a_key_with_a_further_condition_is_guarded(read, text):
    found = read(text)
    assert isinstance(found, Guarded)
    assert found.keys[0] == "a"


@pytest.mark.parametrize("text", ["p != 'a'", "p not in ('a', 'b')", "p is not None", "not p", "not (p == 'a')"])
def test_a_test_that_is_true_for_other_keys_is_negated(read, text):
    assert read(text) == Open("negated")


@pytest.mark.parametrize(
    "text",
    [
        "flag",
        "'a' in p",
        "'claude' in ('claude', model)",
        "p in names",
        "p in ()",
        "p in ('a', other)",
        "p in ('a', *others)",
        "p == other",
        "p == q.name",
        "p == q.value",
        "p == q().Name",
        "p == pick().Kind.value",
        "p < 'b'",
        "'a' < p < 'c'",
        "p == q == 'a'",
        "'a' == 'a'",
        "p == ...",
        "p.startswith('a')",
        "p == 'a' or q == 'b'",
        "p == 'a' or flag",
        "flag and p == 'a'",
        "p == f'{x}'",
        "p in 'abc'",
        "p",
    ],
)
def test_everything_else_is_open(read, text):
    assert read(text) == Open("open-predicate")


def test_the_front_of_a_rewritten_chain_is_known(read):
    assert read("use_registry(CHAT, p)") == Open("both-arms")
    assert read("registry.use_registry(CHAT, p)") == Open("open-predicate")


def test_equal_expressions_are_one_subject(read):
    assert read("request.provider == 'a'").dump == read("( request . provider ) == 'b'").dump
    assert read("request.provider == 'a'").dump != read("request.model == 'a'").dump
    assert read("request['a'] == 'a'").dump != read("request['b'] == 'a'").dump


def test_a_name_is_a_key_only_in_capitals():
    assert key_of(ast.parse("NEAR_AI", mode="eval").body) == Symbol("NEAR_AI")
    assert isinstance(key_of(ast.parse("near", mode="eval").body), Open)
    assert isinstance(key_of(ast.parse("Near", mode="eval").body), Open)
