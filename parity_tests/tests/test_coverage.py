"""The matrix says who reached each cell, failover edges stand beside it, and a requirement names its holes."""

import pytest

from cutover_parity import (
    Case,
    Edge,
    Enough,
    Lacking,
    ReplayPlan,
    Request,
    Script,
    SitePlan,
    UnknownRequirement,
    check_requirement,
    coverage_to_json,
    judged,
)
from cutover_parity.replay._coverage import Cell, CoverageCounter

PLAN = ReplayPlan(
    (SitePlan("chat", ("near", "groq"), "src/chat.py"), SitePlan("flow", ("groq",), "src/flow.py")),
    {"src.chat": {"make": {"provider": "openrouter", "slot": "make"}}},
)


def case(key, outcome="answer", *, recorded=False):
    return Case(f"{key} {outcome}", Request("POST", "/"), Script(), outcome, key, () if recorded else None)


def aside(*trace, made=()):
    return {"trace": [[site, key, True] for site, key in trace], "made": list(made), "requests": 0}


@pytest.fixture
def counted():
    """Count cases, each with one aside."""

    def count(*met):
        counter = CoverageCounter(PLAN)
        for one, seen in met:
            counter.add(one, [seen])
        return counter.coverage()

    return count


NEAR = Cell("chat", "near", "answer", known=True)


@pytest.mark.parametrize(
    ("origins", "origin"),
    [
        ([], "nothing"),
        ([True], "recorded"),
        ([False], "generated"),
        ([True, False], "both"),
        ([True, True], "recorded"),
    ],
)
def test_a_cell_says_who_reached_it(counted, origins, origin):
    coverage = counted(*((case("near", recorded=recorded), aside(("chat", "near"))) for recorded in origins))
    assert coverage.origin(NEAR) == origin
    assert coverage_to_json(coverage)["sites"]["chat"]["near"]["answer"] == origin
    assert (NEAR in coverage.reached, NEAR in coverage.unreached) == (bool(origins), not origins)


def test_a_recorded_request_counts_where_sites_are_inferred_from_calls(counted):
    coverage = counted((case(None, recorded=True), aside(made=[["src.chat", "near", "make", "answer"]])))
    assert coverage.origin(NEAR) == "recorded"
    assert not coverage.traced


def test_lanes_joined_in_any_order_cover_what_all_of_them_reached(counted):
    one = counted((case("near", recorded=True), aside(("chat", "near"))))
    other = counted((case("groq", "error"), aside(("flow", "groq"), ("flow", "near"))))
    joined = one.joined(other)
    assert joined == other.joined(one)
    assert joined.cells == one.cells
    assert [joined.origin(cell) for cell in joined.cells if cell in joined.reached] == [
        "recorded",
        "generated",
        "generated",
    ]


def test_failover_edges_are_what_a_site_was_asked_for_next(counted):
    coverage = counted(
        (case("near", "failover", recorded=True), aside(("chat", "near"), ("chat", "near"), ("chat", "groq"))),
        (case("near", "error"), aside(("chat", "near"), ("flow", "x"), ("chat", "groq"), ("chat", "openrouter"))),
        (case("near"), aside(("chat", "near"), ("chat", "groq"), ("chat", "other"))),
    )
    edges = {(edge.failed, edge.tried): coverage.origin(edge) for edge in coverage.edges}
    assert edges == {("near", "groq"): "both", ("groq", "openrouter"): "generated"}
    assert coverage_to_json(coverage)["edges"] == [
        ["chat", "groq", "openrouter", "generated"],
        ["chat", "near", "groq", "both"],
    ]


def test_where_no_site_is_seen_edges_are_failed_calls_followed_by_another_provider(counted):
    made = [
        ["src.chat", "near", "make", "status 503"],
        ["src.chat", "groq", "make", "answer"],
        ["src.chat", "groq", "process", "answer"],
        ["src.chat", "openrouter", "make", "timeout"],
        ["src.flow", "near", "make", "answer"],
    ]
    assert counted((case("near", "failover"), aside(made=made))).edges == (Edge("chat", "near", "groq"),)


def test_a_branch_is_recorded_whatever_the_outcome_was(counted):
    coverage = counted(
        (case("near", "error", recorded=True), aside(("chat", "near"))),
        (case("groq"), aside(("chat", "groq"), ("flow", "groq"))),
    )
    assert coverage.unrecorded == (("chat", "groq"), ("flow", "groq"))


@pytest.mark.parametrize("required", ["full", "recorded", "0%", "75%", "100%"])
def test_requirements_that_say_something(required):
    assert check_requirement(required) == required


@pytest.mark.parametrize("required", ["", "all", "75", "101%", "-1%", "7.5%", "%", "Full"])
def test_requirements_that_say_nothing_are_refused(required):
    with pytest.raises(UnknownRequirement) as refused:
        check_requirement(required)
    assert str(refused.value) == (
        f"unknown requirement {required!r}: it is 'full', 'recorded', or a share such as '75%'"
    )


def test_a_requirement_names_its_holes(counted):
    coverage = counted((case("near", recorded=True), aside(("chat", "near"))))
    full, recorded = judged(coverage, "full"), judged(coverage, "recorded")
    assert isinstance(full, Lacking)
    assert full.holes[:2] == ("chat: near, error", "chat: near, failover")
    assert len(full.holes) == 17
    assert recorded == Lacking("recorded", ("chat: groq", "flow: groq"))


def test_a_requirement_that_is_met_is_enough(counted):
    met = [
        (case(key, outcome), aside((site, key)))
        for site in ("chat", "flow")
        for key in ("near", "groq", "other")
        for outcome in ("answer", "error", "failover")
    ]
    assert judged(counted(*met), "full") == Enough("full")
    assert judged(counted(*met[:9]), "50%") == Enough("50%")
    assert isinstance(judged(counted(*met[:9]), "51%"), Lacking)
    assert isinstance(judged(counted(*met), "recorded"), Lacking)


def test_what_is_unknown_is_not_enough(counted):
    assert isinstance(judged(counted(), "1%"), Lacking)
    assert judged(counted(), "0%") == Enough("0%")
