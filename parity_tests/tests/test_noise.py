import copy
import json
import uuid
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from cutover_parity import (
    ExpiredNoise,
    Ignored,
    Match,
    Mismatch,
    NoiseRule,
    NoiseRules,
    NotNoiseRules,
    compare,
    learn_noise,
    read_noise,
    write_noise,
)
from cutover_parity.compare._patterns import common_form, matches
from cutover_parity.noise._noise_tests import passes, passing_tests

LATER = date(2030, 1, 1)
ONE, OTHER = "7d444840-9dc0-11d1-b245-5ffdce74fad2", "e902893a-9d22-3c7e-a7b8-d6e313b71d9f"


def seen(body, *, chunks=None, calls=()):
    answer = {
        "status": 200,
        "headers": [["content-type", "application/json"]],
        "chunks": chunks or [json.dumps(body)],
        "finished": True,
    }
    return {"answer": answer, "error": None, "calls": list(calls), "requests": [], "timeouts": [], "escapes": []}


def rules(place, test, **options):
    return NoiseRules((NoiseRule(place, test, "a reason", LATER, **options),))


@pytest.mark.parametrize(
    ("test", "one", "other"),
    [
        ("uuid", f"job {ONE}", f"job {OTHER}"),
        ("date", "2026-01-02T03:04:05.678Z", "2026-11-23T12:00:00Z"),
        ("date", "Mon, 23 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 01:00:00 GMT"),
        ("hex", "id-0123456789ab", "id-ffff01234567"),
        ("id", "chatcmpl-9aB3xY7q", "chatcmpl-Z1z2Z3z4"),
        ("token", "x_9aB-3xY7qLm", "q-Zz_aB7cD2eF"),
        ("number", "took 12 ms", "took 8.5 ms"),
        ("words", "Vary: a, b", "Vary: b, a"),
        ("uuid+date", f"{ONE} at 2026-01-02", f"{OTHER} at 2026-01-03"),
        ("epoch", 1_700_000_000, 1_800_000_000_000),
        ("number", 3, 4.5),
        ("set", ["a", "b"], ["b", "a"]),
    ],
)
def test_values_that_differ_in_what_the_test_says_pass_it(test, one, other):
    assert passes(test, one, other)
    assert test in passing_tests(one, other)


@pytest.mark.parametrize(
    ("test", "one", "other"),
    [
        ("uuid", f"job {ONE}", f"task {OTHER}"),
        ("uuid", ONE, "none"),
        ("date", "2026-01-02", "tomorrow"),
        ("hex", "id-0123456789ab", "id-0123456789abcd"),
        ("hex", "id-0123456789ab", "id-fallback"),
        ("id", "chatcmpl-9aB3xY7q", "cmpl-Z1z2Z3z4abcd"),
        ("number", "took 12 ms", "took 12 s"),
        ("number", 3, True),
        ("number", 3, "3"),
        ("words", "a, b", "a, b, b"),
        ("epoch", 1_700_000_000, 30),
        ("set", ["a", "b"], ["a", "c"]),
        ("set", ["a", "a", "b"], ["a", "b", "b"]),
        ("number", 3, None),
    ],
)
def test_values_that_differ_otherwise_fail_it(test, one, other):
    assert not passes(test, one, other)


def test_a_number_out_of_the_range_fails():
    assert passes("number", 3, 4, low=2, high=5)
    assert not passes("number", 3, 40, low=2, high=5)
    assert not passes("number", "took 3 ms", "took 40 ms", low=2, high=5)


def test_a_rule_hides_its_place_and_says_so():
    one, other = seen({"id": ONE, "n": 1}), seen({"id": OTHER, "n": 1})
    verdict = compare(one, other, noise=rules("answer.body.id", "uuid"))
    assert isinstance(verdict, Ignored)
    assert verdict.reason == "a reason"
    assert verdict.hidden == ("answer.body.id (uuid)",)


@pytest.mark.parametrize(
    "other",
    [seen({"id": "none", "n": 1}), seen({"id": OTHER, "n": 2}), seen({"n": 1}), seen({"id": None, "n": 1})],
    ids=["a value that fails", "another place", "a place that is gone", "no value"],
)
def test_a_rule_hides_nothing_else(other):
    verdict = compare(seen({"id": ONE, "n": 1}), other, noise=rules("answer.body.id", "uuid"))
    assert isinstance(verdict, Mismatch)


def test_a_mismatch_says_what_was_hidden_beside_it():
    verdict = compare(seen({"id": ONE, "n": 1}), seen({"id": OTHER, "n": 2}), noise=rules("answer.body.id", "uuid"))
    assert [item.place for item in verdict.differences] == ["answer.body.n"]
    assert verdict.hidden == ("answer.body.id (uuid)",)


def test_a_place_with_an_index_stands_for_every_index():
    one, other = seen({"items": [{"id": ONE}] * 3}), seen({"items": [{"id": OTHER}] * 3})
    assert isinstance(compare(one, other, noise=rules("answer.body.items[*].id", "uuid")), Ignored)
    assert isinstance(compare(one, other, noise=rules("answer.body.items[*]*", "uuid")), Ignored)
    assert isinstance(compare(one, other, noise=rules("answer.body.items", "uuid")), Mismatch)


def test_order_that_says_nothing_hides_no_other_change():
    noise = rules("answer.body.tags", "set")
    assert isinstance(compare(seen({"tags": ["a", "b", "c"]}), seen({"tags": ["c", "a", "b"]}), noise=noise), Ignored)
    assert isinstance(compare(seen({"tags": ["a", "b", "c"]}), seen({"tags": ["c", "a"]}), noise=noise), Mismatch)
    assert isinstance(compare(seen({"tags": ["a", "b"]}), seen({"tags": ["b", "d"]}), noise=noise), Mismatch)
    assert isinstance(compare(seen({"other": ["a", "b"]}), seen({"other": ["b", "a"]}), noise=noise), Mismatch)


def test_edges_may_be_noise_while_the_events_are_the_same():
    noise = rules("edges.*", "edges")
    events = ['data: {"n": 1}\n\n', 'data: {"n": 2}\n\n']
    assert isinstance(compare(seen({}, chunks=events), seen({}, chunks=["".join(events)]), noise=noise), Ignored)
    fewer = seen({}, chunks=events[:1])
    assert isinstance(compare(seen({}, chunks=events), fewer, noise=noise), Mismatch)


def pairs():
    for number in range(20):
        one, other = (
            seen(
                {
                    "id": f"job-{uuid.uuid4()}",
                    "made": 1_700_000_000 + number * (3 if side else 2),
                    "took": 0.1 + number / 100 + side / 50,
                    "tags": ["a", "b", "c"] if side else ["c", "b", "a"],
                    "items": [{"id": uuid.uuid4().hex, "n": 1}, {"id": uuid.uuid4().hex, "n": 2}],
                    "odd": "left" if side else "right",
                }
            )
            for side in (0, 1)
        )
        yield one, other


def test_noise_is_learnt_with_the_strictest_test_that_fits_every_pair():
    learnt = learn_noise(pairs(), expires=LATER)
    assert {rule.place: rule.test for rule in learnt.rules} == {
        "answer.body.id": "uuid",
        "answer.body.made": "epoch",
        "answer.body.took": "number",
        "answer.body.tags": "set",
        "answer.body.items[*].id": "hex",
    }
    assert learnt.unexplained == ("answer.body.odd",)
    took = next(rule for rule in learnt.rules if rule.place.endswith("took"))
    assert -0.2 < took.low < 0.1
    assert 0.3 < took.high < 0.6
    assert took.seen == 20
    assert took.reason == "differed in 20 places of 20 pairs of the same arm"


def test_what_was_learnt_hides_the_same_noise_and_no_fault():
    noise = learn_noise(pairs(), expires=LATER)
    for one, other in pairs():
        other["answer"]["chunks"][0] = other["answer"]["chunks"][0].replace('"left"', '"right"')
        assert isinstance(compare(one, other, noise=noise), Ignored)
        faulty = copy.deepcopy(other)
        faulty["answer"]["chunks"][0] = faulty["answer"]["chunks"][0].replace('"n": 2', '"n": 3')
        assert isinstance(compare(one, faulty, noise=noise), Mismatch)


def test_nothing_is_learnt_from_pairs_that_agree():
    learnt = learn_noise([(seen({"n": 1}), seen({"n": 1}))], expires=LATER)
    assert learnt == NoiseRules()
    assert compare(seen({}), seen({}), noise=learnt) == Match()


SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/noise.schema.json").read_text())


def test_rules_are_read_back_as_they_were_written(tmp_path):
    learnt = NoiseRules(learn_noise(pairs(), expires=LATER).rules)
    write_noise(tmp_path / "noise.json", learnt)
    assert read_noise(tmp_path / "noise.json", today=LATER) == learnt
    jsonschema.validate(json.loads((tmp_path / "noise.json").read_text()), SCHEMA)


def test_a_rule_whose_time_is_over_is_an_error_that_names_it(tmp_path):
    write_noise(tmp_path / "noise.json", rules("answer.body.id", "uuid"))
    with pytest.raises(ExpiredNoise) as caught:
        read_noise(tmp_path / "noise.json", today=date(2030, 1, 2))
    assert str(caught.value) == (
        f"{tmp_path}/noise.json holds no noise rules that can be used: expired: answer.body.id (uuid) on 2030-01-01; "
        "look whether it is still noise, and renew or remove it"
    )


GOOD = {"place": "answer.body.id", "test": "uuid", "reason": "ids", "expires": "2030-01-01"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "it cannot be read as JSON"),
        ("[]", 'it should have "format": "cutover-noise" and "version": 1'),
        ('{"format": "cutover-noise", "version": 2}', '"version": 1'),
        ('{"format": "cutover-noise", "version": 1}', '"rules" should be a list'),
        ([{**GOOD, "why": "x"}], "rule 1 should be an object with only"),
        ([GOOD, {**GOOD, "test": "anything"}], "rule 2: unknown test 'anything'; there are uuid, date"),
        ([{**GOOD, "expires": "soon"}], "rule 1: a field is missing or of the wrong kind"),
        ([{**GOOD, "reason": " "}], "rule 1: place, test and reason should be texts"),
        ([{**GOOD, "low": "1"}], "rule 1: low, high and seen should be numbers"),
        ([{name: value for name, value in GOOD.items() if name != "expires"}], "rule 1: a field is missing"),
    ],
)
def test_a_file_that_holds_no_rules_is_refused_with_the_place(tmp_path, text, says):
    path = tmp_path / "noise.json"
    if not isinstance(text, str):
        text = json.dumps({"format": "cutover-noise", "version": 1, "rules": text})
    path.write_text(text)
    with pytest.raises(NotNoiseRules) as caught:
        read_noise(path, today=date(2026, 1, 1))
    assert str(caught.value).startswith(f"{path} holds no noise rules that can be used: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("place", "form"),
    [
        ("calls[12].args[0]", "calls[*].args[*]"),
        (f"answer.body.jobs.{ONE}.n", "answer.body.jobs.*.n"),
        ("answer.body.0123456789ab", "answer.body.*"),
        ("answer.body.deadbeef", "answer.body.deadbeef"),
        ("answer.headers.x-took", "answer.headers.x-took"),
    ],
)
def test_places_of_a_kind_share_a_form(place, form):
    assert common_form(place) == form
    assert matches(form, place)
