import pytest

from cutover_telemetry.judge import Counts, Judge, Metric, Minute, Verdict, judgement


@pytest.fixture
def judged(errors):
    def made(candidate, control, minutes=60, share=None):
        judge = Judge("groq")
        for at in range(minutes):
            judge.add(errors(candidate, control, at, share))
        return judgement(judge)

    return made


def of(told, metric=Metric.ERRORS):
    return next(one for one in told.metrics if one.metric is metric)


def test_more_errors_are_worse_with_the_evidence(judged):
    told = judged((9, 300), (3, 300))
    found = of(told)
    assert (told.verdict, found.verdict, told.reasons) == (Verdict.WORSE, Verdict.WORSE, ("errors are worse",))
    assert found.decided <= 6
    assert found.difference.low > 0
    assert found.difference.estimate == pytest.approx(0.02)


def test_fewer_errors_are_better(judged):
    assert judged((3, 300), (12, 300)).verdict is Verdict.BETTER


def test_alike_is_the_same_once_the_interval_is_within_the_margin(judged):
    told = judged((3, 300), (3, 300), minutes=400)
    assert told.verdict is Verdict.SAME
    assert of(told).difference.high <= of(told).margin


def test_before_that_it_says_how_long_it_will_be(judged):
    told = judged((3, 300), (3, 300), minutes=10)
    assert told.verdict is Verdict.CANNOT_JUDGE
    later = judged((3, 300), (3, 300), minutes=10 + told.needs.minutes)
    assert later.verdict is Verdict.SAME
    assert told.needs.requests == 600 * told.needs.minutes
    assert "more requests" in str(told.needs)


def test_no_requests_and_one_arm_alone_cannot_be_judged(judged):
    assert judgement(Judge()).reasons == ("no requests",)
    assert judged((0, 0), (3, 300)).reasons == ("the candidate had no requests",)
    assert judged((300, 300), (0, 0)).verdict is Verdict.CANNOT_JUDGE


def test_a_split_that_is_off_cannot_be_judged_even_if_it_looks_worse(judged):
    told = judged((30, 200), (3, 400), share=0.5)
    assert told.verdict is Verdict.CANNOT_JUDGE
    assert told.reasons[0].startswith("the candidate got 12,000 requests where its share is 18,000")


def test_a_total_failure_is_found_at_one_per_cent():
    judge = Judge()
    for at in range(3):
        judge.add(Minute(at, {Metric.ERRORS: (Counts((6, 6), (6, 594)),)}, 6, 594))
    assert judgement(judge).verdict is Verdict.WORSE
    assert judgement(judge).reasons == ("no request of the candidate was answered for 18 in a row",)


def test_metrics_that_nobody_reports_are_not_told(judged):
    assert [one.metric for one in judged((3, 300), (3, 300)).metrics] == [Metric.ERRORS]
