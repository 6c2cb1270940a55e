"""Where a site stands in both functions."""

import ast
import textwrap

import pytest

from cutover_migrate.execute._inside._places import chain_top, find_places, place_pair, statement_at


@pytest.fixture
def texts_at():
    """The first lines of a site's statement in both functions: `texts_at(before, after)`."""

    def find(before, after, *, symbol="SITE", subject="p", line=None, number=0):
        old, new = (ast.parse(textwrap.dedent(text)).body for text in (before, after))
        dump = ast.dump(ast.parse(subject, mode="eval").body)
        path = chain_top(new, list(find_places(new, symbol))[number], dump)
        places = place_pair(old, new, path, subject=dump, line=line)
        if places is None:
            return None
        found = (statement_at(body, place.path) for body, place in zip((old, new), places, strict=True))
        return tuple(ast.unparse(each).splitlines()[0] for each in found), tuple(place.end for place in places)

    return find


CHAIN = """
start(p)
if p == "a":
    one()
elif p == "b":
    two()
end(p)
"""


def test_the_front_of_a_chain_stands_where_the_chain_stood(texts_at):
    after = CHAIN.replace("if p ==", "if use_registry(SITE, p):\n    three()\nelif p ==", 1)
    assert texts_at(CHAIN, after) == (("if p == 'a':", "if use_registry(SITE, p):"), (2, 2))


def test_statements_without_a_test_stand_where_the_chain_stood(texts_at):
    after = "start(p)\nconfig = SITE.resolve(p)\nconfig.run()\nend(p)"
    assert texts_at(CHAIN, after) == (("if p == 'a':", "config = SITE.resolve(p)"), (2, 3))


def test_open_branches_of_another_subject_stay_in_front(texts_at):
    before = 'if flag:\n    one()\nelif p == "a":\n    two()'
    after = "if flag:\n    one()\nelif p in SITE:\n    two()"
    assert texts_at(before, after)[0] == ("if p == 'a':", "if p in SITE:")


def test_branches_in_front_that_ask_the_subject_belong_to_the_chain(texts_at):
    before = 'if p == "a":\n    one()\nelif p == "x":\n    two()'
    after = 'if p == "x":\n    two()\nelse:\n    config = SITE.resolve(p)\n    config.run()'
    assert texts_at(before, after)[0] == ("if p == 'a':", "if p == 'x':")


def test_sibling_ifs_begin_with_the_first_and_end_behind_the_last(texts_at):
    before = 'if p == "a":\n    return 1\nif p == "x":\n    return 2\nif p == "b":\n    return 3\nend()'
    after = 'if p == "x":\n    return 2\nconfig = SITE.resolve(p)\nreturn config.run()\nend()'
    assert texts_at(before, after) == (("if p == 'a':", "if p == 'x':"), (3, 3))


def test_a_match_behind_a_site_that_leaves_is_another_chain(texts_at):
    before = "if p == 'a':\n    raise x\nelif p == 'b':\n    raise y\nmatch p:\n    case 'a':\n        z()"
    after = "if p in OTHER:\n    raise z\nmatch p:\n    case _ if p in SITE:\n        y()"
    assert texts_at(before, after)[0] == ("match p:", "match p:")


def test_a_site_is_found_in_the_same_holder(texts_at):
    before = (
        "for x in y:\n    a()\nfor x in z:\n    try:\n        if p == 'a':\n            b()\n    finally:\n        c()"
    )
    after = before.replace("if p == 'a'", "if use_registry(SITE, p)")
    assert texts_at(before, after)[0] == ("if p == 'a':", "if use_registry(SITE, p):")


def test_two_sites_side_by_side_keep_their_order(texts_at):
    before = "if p == 'a':\n    x()\nelse:\n    z()\nif p == 'b':\n    y()\nelse:\n    w()"
    after = before.replace("p == 'a'", "p in SITE").replace("p == 'b'", "p in OTHER")
    assert texts_at(before, after)[0] == ("if p == 'a':", "if p in SITE:")
    assert texts_at(before, after, symbol="OTHER")[0] == ("if p == 'b':", "if p in OTHER:")


def test_a_line_decides_between_chains_that_look_alike(texts_at):
    before = "if p == 'a':\n    x()\nif p == 'a':\n    y()"
    after = "first()\nif p in SITE:\n    y()"
    assert texts_at(before, after, line=3)[0][0] == "if p == 'a':"


def test_a_function_without_such_a_chain_has_no_place(texts_at):
    assert texts_at("start()\nif q:\n    pass", "start()\nif p in SITE:\n    pass") is None
