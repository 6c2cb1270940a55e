"""Which stretches of a chain can leave it together."""

import ast

import pytest

from cutover_migrate.find import find_chains
from cutover_migrate.rewrite import KEPT_REASONS
from cutover_migrate.rewrite._runs import find_runs, is_exclusive, is_text_keyed, stays_because


@pytest.fixture
def chain_of():
    """The one chain of these tests, each a branch; `if` in front of a test makes it a sibling, `case` a case."""

    def build(*tests, kind="elif"):
        if kind == "match":
            lines = ["match p:", *(f"  case {test}:\n    return {place}" for place, test in enumerate(tests))]
        elif kind == "siblings":
            lines = [f"if {test}:\n  return {place}" for place, test in enumerate(tests)]
        else:
            lines = [f"{'el' if place else ''}if {test}:\n  x = {place}" for place, test in enumerate(tests)]
        (chain,) = find_chains(ast.parse("\n".join(lines)))
        return chain

    return build


def shown(chain):
    return [
        ([chain.branches.index(branch) for branch in run.joining], chain.branches.index(run.last))
        for run in find_runs(chain)
    ]


A, B, C, D = (f'p == "{key}"' for key in "abcd")
OPEN = '"x" in p'
RUNS = [
    ([A, B], [([0, 1], 1)]),
    ([A, B, C, D], [([0, 1, 2, 3], 3)]),
    ([OPEN, A, B], [([1, 2], 2)]),
    ([A, B, OPEN], [([0, 1], 1)]),
    ([A, OPEN, B], []),
    ([A, B, OPEN, C, D], [([0, 1], 1), ([3, 4], 4)]),
    ([A, OPEN, B, C], [([2, 3], 3)]),
    ([OPEN, OPEN, A, B, OPEN, C], [([2, 3], 3)]),
    ([A, f"{B} and x", C], [([0, 2], 2)]),
    ([f"{A} and x", A, B, C], [([2, 3], 3)]),
    ([A, B, 'p in ("a", "c")', D], [([0, 1, 3], 3)]),
    ([A, "p == 1", B], [([0, 2], 2)]),
    ([A, 'p == ""', B], [([0, 2], 2)]),
    ([A, 'p in ("b", None)', C], [([0, 2], 2)]),
    ([A, "p == K.x", B, C], [([2, 3], 3)]),
    ([A, 'p != "q"', B, C], [([2, 3], 3)]),
    ([A, B, 'q == "a"', C, D], [([0, 1], 1), ([3, 4], 4)]),
    ([A, "not p", B, C], [([2, 3], 3)]),
    ([A, 'p == "b" or q', B, C], [([2, 3], 3)]),
    ([A, 'p in ("b", "c")', D], [([0, 1, 2], 2)]),
]


@pytest.mark.parametrize(("tests", "expected"), RUNS)
def test_the_runs_of_a_chain(chain_of, tests, expected):
    assert shown(chain_of(*tests)) == expected


def test_a_run_in_the_middle_is_a_chain_of_its_own_to_the_end(chain_of):
    chain = chain_of(OPEN, A, B, "q", C)
    (run,) = find_runs(chain)
    assert run.chain.branches == chain.branches[1:]
    assert (run.chain.start_line, run.chain.end_line) == (3, 10)
    assert run.chain.nodes == (chain.branches[1].node,)
    assert run.chain.default is None


def test_a_run_at_the_head_is_the_chain_itself(chain_of):
    chain = chain_of(A, B, OPEN)
    (run,) = find_runs(chain)
    assert run.chain == chain


def test_the_cases_of_a_match_stay_in_their_match(chain_of):
    chain = chain_of("[q]", '"a"', '"b" | "c"', "str()", '"d"', kind="match")
    (run,) = find_runs(chain)
    assert [branch.keys for branch in run.joining] == [("a",), ("b", "c")]
    assert run.chain.nodes == chain.nodes
    assert run.chain.start_line == chain.start_line


def test_siblings_are_keyed_throughout(chain_of):
    chain = chain_of(A, B, C, kind="siblings")
    (run,) = find_runs(chain)
    assert run.joining == chain.branches
    assert run.chain.nodes == chain.nodes


def test_an_if_inside_an_else_begins_a_run_of_its_own():
    text = f"if {A}:\n  x\nelif {B}:\n  y\nelse:\n  if {C}:\n    z\n  elif {D}:\n    w"
    (chain, *_) = find_chains(ast.parse(text))
    outer, inner = find_runs(chain)
    assert [branch.keys for branch in outer.chain.branches] == [("a",), ("b",)]
    assert ast.unparse(outer.chain.default[0]).startswith("if p == 'c'")
    assert [branch.keys for branch in inner.chain.branches] == [("c",), ("d",)]
    assert inner.chain.nodes == (chain.branches[2].node,)


WHY = [
    ('p == "a"', None),
    ('p in ("a", "b")', None),
    ('p == "a" and q', "guarded"),
    ('"a" in p', "open-predicate"),
    ('p != "a"', "negated"),
    ("not p", "negated"),
    ('q == "a"', "foreign-test"),
    ("p == K.A", "key-not-literal"),
    ("p == -1", "key-not-literal"),
    ("p == 1", "key-not-a-name"),
    ("p is None", "key-not-a-name"),
    ('p == ""', "key-not-a-name"),
    ('p in ("a", "")', "key-not-a-name"),
]


@pytest.mark.parametrize(("test", "why"), WHY)
def test_why_a_branch_never_joins(chain_of, test, why):
    branch = chain_of('p == "y"', 'p == "z"', test).branches[2]
    assert stays_because(branch) == why
    assert why is None or why in KEPT_REASONS
    assert is_text_keyed(branch) == (why is None)
    assert is_exclusive(branch) == (why not in {"open-predicate", "negated", "foreign-test", "key-not-literal"})


@pytest.mark.parametrize(
    ("tests", "place", "why"),
    [
        ([A, B, A], 2, "duplicate-key"),
        ([A, B, OPEN, C], 2, "open-predicate"),
        ([A, B, OPEN, C], 3, "behind-open"),
        ([A, B, OPEN, C, D], 4, "behind-open"),
        ([A, B, f"{C} and q"], 2, "guarded"),
    ],
)
def test_why_a_branch_does_not_join_this_run(chain_of, tests, place, why):
    chain = chain_of(*tests)
    assert find_runs(chain)[0].why(chain.branches[place]) == why
