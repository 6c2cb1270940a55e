"""What is said of the two arms: by the judge, with its evidence carried on from look to look."""

import pytest

from cutover_telemetry.judge import beside, compare, stored_cells
from cutover_telemetry.overview import overview
from cutover_telemetry.store import Store


@pytest.fixture
def arms(store, view):
    return lambda begin=0, end=600, **narrowed: overview(store, view(begin, end, **narrowed)).arms


def metric(verdict, name):
    (found,) = (each for each in verdict.metrics if each.metric == name)
    return found


def test_arms_that_are_alike_are_not_blamed(arms, write, served):
    write(*served(failing=(2, 2)))
    (near,) = arms().verdicts
    assert near.verdict in {"same", "cannot judge"}
    assert (near.provider, near.legacy, near.registry) == ("near", 600, 600)
    errors = metric(near, "errors")
    assert (errors.effect, errors.unit, errors.legacy, errors.registry) == (0.0, "rate", 2 / 60, 2 / 60)
    assert errors.low < 0 < errors.high


def test_an_arm_that_fails_more_is_worse(arms, write, served):
    write(*served(failing=(0, 12)))
    shown = arms()
    errors = metric(shown.verdicts[0], "errors")
    assert (shown.overall, shown.verdicts[0].verdict, errors.verdict) == ("worse", "worse", "worse")
    assert (errors.legacy, errors.registry, errors.effect) == (0.0, 0.2, 0.2)
    assert 0 < errors.low < 0.2 < errors.high
    assert "errors are worse" in shown.verdicts[0].reasons
    assert shown.verdicts[0].needs is None


def test_an_arm_that_fails_less_is_better_and_nothing_is_blamed(arms, write, served):
    write(*served(failing=(30, 0)))
    shown = arms()
    assert metric(shown.verdicts[0], "errors").verdict == "better"
    assert shown.overall != "worse"


def test_a_slower_arm_is_told_as_a_factor_of_seconds(arms, write, served):
    write(*served(took=(1.0, 2.0)))
    p50 = metric(arms().verdicts[0], "p50")
    assert (p50.verdict, p50.unit) == ("worse", "factor")
    assert (p50.legacy, p50.registry) == pytest.approx((1.5, 3.0), rel=0.03)
    assert p50.effect == pytest.approx(p50.registry / p50.legacy)
    assert 1 < p50.low < p50.effect < p50.high


def test_the_verdict_is_that_of_compare(arms, write, served, store, view):
    write(*served("near", failing=(1, 5)), *served("groq"))
    window = view().window
    cells = (stored_cells(store.path, window, arm=arm) for arm in ("registry", "legacy"))
    expected = compare(beside(*cells)).judgements
    shown = arms().verdicts
    assert [each.provider for each in shown] == [None, "groq", "near"]
    assert [each.verdict for each in shown] == [one.verdict.replace("_", " ") for one in expected]
    assert [(each.registry, each.legacy) for each in shown] == [one.requests for one in expected]
    assert [[each.verdict for each in one.metrics] for one in shown] == [
        [each.verdict.replace("_", " ") for each in one.metrics] for one in expected
    ]


@pytest.mark.parametrize(("arm", "other"), [("legacy", "registry"), ("registry", "legacy")])
def test_one_arm_alone_cannot_be_judged_and_it_is_said_why(arm, other, arms, write, served):
    write(*(each for each in served(minutes=2, a_minute=3) if each.arm == arm))
    shown = arms()
    (only,) = shown.verdicts
    assert (shown.overall, only.verdict, only.metrics) == ("cannot judge", "cannot judge", ())
    assert only.reasons == (f"the {other} arm had no attempt",)
    assert only.needs == f"attempts on both arms at the same time; this window has only those on the {arm} arm"
    assert {"legacy": only.legacy, "registry": only.registry} == {arm: 6, other: 0}


def test_a_provider_on_one_arm_is_said_to_be(arms, write, served):
    write(*served("both"), *(each for each in served("alone") if each.arm == "legacy"))
    (alone,) = (each for each in arms().verdicts if each.provider == "alone")
    assert (alone.verdict, alone.reasons) == ("cannot judge", ("the registry arm had no requests",))
    assert (alone.legacy, alone.registry) == (600, 0)


def test_arms_that_met_in_no_minute_cannot_be_judged(arms, write, route, attempt):
    write(*(route(attempt(end=60 * minute + 5, arm=("legacy", "registry")[minute % 2])) for minute in range(6)))
    shown = arms()
    assert shown.overall == "cannot judge"
    assert metric(shown.verdicts[0], "errors").needs == "more traffic than 90 days would bring"


def test_a_minute_that_is_not_over_is_not_judged(arms, write, served):
    write(*served(minutes=3, a_minute=5))
    assert arms(0, 170).verdicts[0].legacy == 10
    assert arms(0, 180).verdicts[0].legacy == 15


def test_other_arms_are_left_alone(arms, write, served, route, attempt):
    write(*served(minutes=2, a_minute=5), route(attempt(arm="canary")))
    assert [(each.provider, each.legacy, each.registry) for each in arms().verdicts] == [("near", 10, 10)]
    assert {point.arm for point in arms().curves} == {"legacy", "registry", "canary"}


def test_evidence_that_is_carried_on_comes_to_what_is_found_at_once(store, view, write, served):
    write(*served("near", failing=(1, 4)), *served("groq", failing=(1, 1)))
    for end in range(60, 600, 30):
        overview(store, view(-600 + end, end))
    carried = overview(store, view(0, 600)).arms
    assert carried == overview(Store.of(store.path), view(0, 600)).arms


def test_evidence_is_taken_anew_where_a_judged_minute_has_changed(store, view, write, served, route, attempt):
    write(*served(minutes=6, a_minute=5))
    assert overview(store, view(0, 300)).arms.verdicts[0].legacy == 25
    write(route(attempt(end=65)), route(attempt(end=66, error_type="503")))
    assert overview(store, view(0, 300)).arms.verdicts[0].legacy == 27
    assert overview(store, view(60, 360)).arms.verdicts[0].legacy == 32


def test_evidence_is_a_quarter_older_than_the_window_at_most(store, view, write, served):
    write(*served(minutes=10, a_minute=5))
    judged = [overview(store, view(60 * minute, 60 * minute + 240)).arms.verdicts[0].legacy for minute in range(6)]
    assert judged == [20, 25, 20, 25, 20, 25]


def test_a_new_provider_is_judged_from_its_first_minute(store, view, write, served):
    write(*served("near", minutes=3, a_minute=5))
    assert [each.provider for each in overview(store, view(0, 120)).arms.verdicts] == ["near"]
    write(*served("groq", minutes=3, a_minute=5))
    assert [each.provider for each in overview(store, view(0, 180)).arms.verdicts] == [None, "groq", "near"]


def test_looking_at_one_provider_does_not_disturb_the_view_of_all(store, view, write, served):
    write(*served("near", minutes=3, a_minute=5), *served("groq", minutes=3, a_minute=5))
    every = overview(store, view()).arms
    assert [each.provider for each in overview(store, view(provider="near")).arms.verdicts] == ["near"]
    assert overview(store, view()).arms == every


def test_what_it_would_take_is_told_in_minutes_of_the_clock(arms, write, served):
    """Blocks of ten minutes need ten times the minutes that blocks of one would."""
    write(*served(minutes=95, a_minute=2, failing=(1, 1)))
    shown = arms(0, 5700)
    assert shown.step == 600.0
    needs = metric(shown.verdicts[0], "errors").needs
    assert needs is None or "requests" in needs
