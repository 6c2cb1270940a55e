import pytest

from cutover_telemetry.judge import Comparing, Pair, Verdict, beside, compare


@pytest.fixture
def pairs(cell):
    def made(minutes=12, *, providers=("groq",), worse=(), **options):
        for minute in range(minutes):
            for provider in providers:
                bad = options if provider in worse else {}
                yield Pair(provider, minute, cell(**bad), cell())

    return made


def test_one_provider_is_judged_once(pairs):
    told = compare(list(pairs()))
    assert [one.subject for one in told.judgements] == ["groq"]
    assert told.concurrent


def test_several_share_the_error_probability_with_all_together(pairs):
    told = compare(list(pairs(providers=("groq", "near"))))
    assert [(one.subject, one.alpha) for one in told.judgements] == [("all", 0.025), ("groq", 0.0125), ("near", 0.0125)]


def test_the_provider_that_is_worse_is_named(pairs):
    told = compare(list(pairs(providers=("groq", "near"), worse=("near",), errors=10)))
    assert told.verdict is Verdict.WORSE
    assert {one.subject: one.verdict for one in told.judgements}["near"] is Verdict.WORSE
    assert {one.subject: one.verdict for one in told.judgements}["groq"] is Verdict.CANNOT_JUDGE


def test_a_slow_provider_that_only_one_arm_uses_more_is_no_difference(cell):
    quick, slow = {"middle": 0.1}, {"middle": 5.0}
    pairs = [
        pair
        for minute in range(30)
        for pair in (
            Pair("groq", minute, cell(300, 3, **quick), cell(100, 1, **quick)),
            Pair("near", minute, cell(100, 1, **slow), cell(300, 3, **slow)),
        )
    ]
    assert compare(pairs).judgements[0].verdict is not Verdict.WORSE


def test_a_slower_candidate_is_found_in_raw_values(cell):
    pairs = [Pair("groq", minute, cell(300, 0, middle=1.25), cell(300, 0)) for minute in range(3)]
    assert compare(pairs).verdict is Verdict.WORSE


def test_minutes_of_one_arm_alone_stand_beside_nothing(cell):
    made = beside({("groq", 1): cell()}, {("groq", 2): cell()})
    assert [(pair.minute, pair.candidate.attempts, pair.control.attempts) for pair in made] == [
        (1, 100, 0),
        (2, 0, 100),
    ]
    assert compare(made).verdict is Verdict.CANNOT_JUDGE


def test_nothing_at_all_cannot_be_judged():
    assert compare([]).verdict is Verdict.CANNOT_JUDGE


def test_minutes_that_come_one_by_one_come_to_the_same(pairs):
    given = list(pairs(providers=("groq", "near"), worse=("near",), errors=10))
    comparing = Comparing(("near", "groq"))
    for pair in given:
        comparing.add([pair])
    assert comparing.comparison().judgements[1:] == compare(given).judgements[1:]
    by_minute = Comparing(("near", "groq"))
    for minute in sorted({pair.minute for pair in given}):
        by_minute.add(pair for pair in given if pair.minute == minute)
    assert by_minute.comparison() == compare(given)


def test_a_comparison_may_be_asked_for_before_any_minute():
    assert Comparing(("groq",)).comparison().verdict is Verdict.CANNOT_JUDGE
    assert [one.subject for one in Comparing(("near", "groq")).comparison().judgements] == ["all", "groq", "near"]
