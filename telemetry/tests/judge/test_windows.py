import pytest

from cutover_telemetry.judge import Verdict, compare_windows


@pytest.fixture
def window(cell):
    def made(minutes=40, provider="groq", **options):
        return {(provider, minute): cell(**options) for minute in range(minutes)}

    return made


def test_a_window_with_more_errors_is_worse_and_never_called_concurrent(window):
    compared = compare_windows(window(errors=6), window(errors=1))
    assert compared.verdict is Verdict.WORSE
    assert not compared.concurrent


def test_a_window_with_fewer_errors_is_better(window):
    assert compare_windows(window(errors=1), window(errors=8)).verdict is Verdict.BETTER


def test_two_long_windows_that_are_alike_are_the_same(window):
    compared = compare_windows(window(1000, errors=1), window(1000, errors=1))
    assert {one.verdict for one in compared.judgements[0].metrics if not one.effect.ratio} == {Verdict.SAME}


def test_two_short_windows_cannot_be_judged_and_say_what_they_need(window):
    compared = compare_windows(window(1, attempts=20), window(1, attempts=20))
    assert compared.verdict is Verdict.CANNOT_JUDGE
    assert compared.judgements[0].metrics[0].needs.requests == 20


def test_each_provider_is_judged_by_itself_too(window):
    ours = {**window(errors=1), **window(provider="near", errors=9)}
    theirs = {**window(errors=1), **window(provider="near", errors=1)}
    compared = compare_windows(ours, theirs)
    assert [one.subject for one in compared.judgements] == ["all", "groq", "near"]
    assert compared.judgements[2].verdict is Verdict.WORSE
