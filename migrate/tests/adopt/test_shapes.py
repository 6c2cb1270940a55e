"""Loops of many shapes: each is adopted, proved to be the same program, and behaves as it did."""

import ast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

chains = st.lists(st.sampled_from(["near", "far", "other"]), max_size=4)
schedules = st.lists(st.sampled_from([None, 400, 401, 503, "gone"]), min_size=1, max_size=5)


def test_every_shape_is_adopted_and_proved(shape, shapes, adopt):
    done = adopt(shapes[shape])
    assert [type(loop).__name__ for loop in done.loops] == ["Adopted"], done.loops
    assert list(done.proof().findings()) == []
    assert len(done.proof().loops) == 1


def test_adopting_again_changes_nothing(shape, shapes, adopt):
    done = adopt(shapes[shape])
    again = adopt(done.after.partition("return Status(error.status)\n\n\n")[2])
    assert again.adopted == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(chain=chains, schedule=schedules)
def test_every_shape_does_what_it_did(shape, shapes, adopt, behaves, chain, schedule):
    done = adopt(shapes[shape])
    assert behaves(done.after, chain, schedule) == behaves(done.before, chain, schedule)


def test_every_byte_outside_of_the_edits_stays(shape, shapes, adopt):
    done = adopt(shapes[shape])
    kept = [line for line in done.before.splitlines() if line in done.after.splitlines()]
    rest = iter(done.after.splitlines())
    assert all(line in rest for line in kept)
    ast.parse(done.after)


def test_the_edits_of_the_usual_shape(shapes, adopt):
    assert adopt(shapes["mapped error, guard and return"]).lines() == [
        "from gateway.provider_registry import bind_providers, get_provider_registry",
        "failover = get_provider_registry().failover(chain)",
        "for index, provider in enumerate(failover):",
        "return failover.answered(answer)  # the answer",
        "if failover.goes_on(error, should_go_on):",
        'log("trying", failover.following)',
    ]


def test_where_going_on_depends_on_more_the_failure_is_told_by_itself(shapes, adopt):
    assert adopt(shapes["nested tests"]).lines()[3:] == [
        "if failover.has_next:",
        'log("trying", failover.following)',
        "failover.failed(exc)",
        "return failover.answered(answer)",
    ]
