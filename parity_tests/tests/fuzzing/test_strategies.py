import json

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cutover_parity import Request
from cutover_parity import strategies as made
from cutover_parity.cases._places import Place
from cutover_parity.cases._script import KINDS
from cutover_parity.fuzzing import Seed

KEYS = ("ash", "google-vertex")
PLACE = Place("body", ("provider",))
CHAT = Request("POST", "/chat", (), b'{"model":"m","messages":[{"role":"user","content":"hi"}],"provider":"ash"}')
ODD = Request("POST", "/load", (), b'{"weight":7,"lot":{"grains":["rye","oat"]}}')


def drawn(strategy, count=400):
    """So many values of a strategy, the same each time."""
    values = []

    @hypothesis.seed(11)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(strategy)
    def collect(value):
        values.append(value)

    collect()
    return values


def simplest(strategy):
    """What a strategy shrinks to."""
    return hypothesis.find(strategy, lambda _: True, settings=settings(database=None, deadline=None))


def lists(value):
    return value if isinstance(value, list) else []


def bodies(requests):
    for request in requests:
        try:
            yield json.loads(request.body)
        except ValueError:
            yield None


def test_requests_shrink_to_the_seed_itself():
    assert json.loads(simplest(made.requests(CHAT)).body) == json.loads(CHAT.body)
    assert json.loads(simplest(made.requests(ODD)).body) == json.loads(ODD.body)


def test_routes_shrink_to_one_case_that_answers():
    (case,) = simplest(made.routes([Seed(CHAT, (PLACE,))], KEYS))
    assert (case.key, case.pause) == (None, None)
    assert case.script.to_json() == {"steps": [], "rest": ["answer", 0, 0.0, ""]}


def test_a_conversation_meets_every_role_every_option_and_every_kind_of_part():
    seen = [body for body in bodies(drawn(made.requests(CHAT), 1000)) if isinstance(body, dict)]
    messages = [one for body in seen for one in lists(body.get("messages")) if isinstance(one, dict)]
    roles = {one.get("role") for one in messages if isinstance(one.get("role"), str)}
    parts = {part.get("type") for one in messages for part in lists(one.get("content")) if isinstance(part, dict)}
    assert roles >= {"user", "system", "developer", "assistant", "tool", "function", ""}
    assert parts >= {"text", "image_url", "input_audio", "file", "unknown"}
    assert {name for body in seen for name in body} >= {*made.OPTIONS, "stream"}
    assert any("tool_calls" in one for one in messages)
    assert any(body.get("stream") is True for body in seen)


def test_a_body_of_another_shape_is_varied_in_its_own_fields():
    seen = [body for body in bodies(drawn(made.requests(ODD))) if isinstance(body, dict)]
    assert not {name for body in seen for name in body} & {"messages", "temperature", "stream"}
    assert {type(body["weight"]) for body in seen if "weight" in body} >= {int, type(None), str}
    assert any("weight" not in body for body in seen)
    assert any(body.get("lot") not in (None, {"grains": ["rye", "oat"]}) for body in seen)


def test_nulls_unicode_and_huge_texts_are_among_the_values():
    texts = drawn(made.texts())
    assert max(map(len, texts)) >= 100_000
    assert "\ud800" in texts
    assert any(not text.isascii() for text in texts)
    assert None in drawn(made.odd_values())


def test_a_text_that_is_no_unicode_still_makes_a_body():
    seed = CHAT.with_body(b'{"messages":[],"note":"\\ud800"}')
    for request in drawn(made.requests(seed, place=PLACE, naming=made.Naming("known", "ash"), damaged=False), 50):
        json.loads(request.body)


def test_now_and_then_a_request_is_damaged_and_only_if_that_is_wanted():
    whole = drawn(made.requests(ODD, damaged=False))
    assert None not in bodies(whole)
    assert {request.method for request in whole} == {"POST"}
    damaged = drawn(made.requests(ODD), 400)
    assert None in list(bodies(damaged))
    assert {request.method for request in damaged} > {"POST"}


def test_providers_are_named_in_all_ways():
    ways = drawn(made.providers(KEYS, aliases=("goo",)), 600)
    assert {naming.how for naming in ways} == {
        "known", "alias", "unknown", "near", "locked", "crossed", "absent", "not text"
    }  # fmt: skip
    assert {naming.key for naming in ways if naming.how == "known"} == {*KEYS}
    assert {naming.key for naming in ways if naming.how == "near"} >= {" ash", "ash ", "ASH", "google_vertex"}


@pytest.mark.parametrize(
    ("naming", "body"),
    [
        (made.Naming("known", "ash"), {"model": "m", "provider": "ash"}),
        (made.Naming("absent", None), {"model": "m"}),
        (made.Naming("not text", ["x"]), {"model": "m", "provider": ["x"]}),
        (made.Naming("locked", "ash", "ash"), {"model": "ash/m", "provider": "ash"}),
        (made.Naming("crossed", "ash", "birch"), {"model": "birch/m", "provider": "ash"}),
    ],
)
def test_a_way_of_naming_stands_in_the_body(naming, body):
    seed = CHAT.with_body(b'{"model":"m","provider":"birch"}')
    assert json.loads(simplest(made.requests(seed, place=PLACE, naming=naming)).body) == body


@pytest.mark.parametrize(
    ("place", "url", "headers"),
    [
        (Place("query", ("stone",)), "/grind?stone=ash", ()),
        (Place("header", ("x-pier",)), "/grind", (("x-pier", "ash"),)),
    ],
)
def test_a_provider_may_be_named_outside_of_the_body(place, url, headers):
    request = simplest(made.requests(Request("GET", "/grind"), place=place, naming=made.Naming("known", "ash")))
    assert (request.url, request.headers) == (url, headers)


def test_fault_schedules_have_every_kind_of_step_per_attempt_and_for_the_rest():
    scripts = drawn(made.fault_schedules(), 800)
    steps = [step for script in scripts for step in script.steps]
    assert {step.kind for step in steps} == {*KINDS}
    assert {script.rest.kind for script in scripts} == {*KINDS}
    assert {step.retry_after for step in steps if step.kind == "status"} >= {"", "0", "30", "soon"}
    assert {step.number for step in steps if step.kind == "cut"} >= {0, 1, 2}
    assert {step.number for step in steps if step.kind == "status"} >= {429, 500, 503, 401}


def test_routes_in_a_row_begin_in_an_hour_of_their_own_and_go_on_after_pauses():
    rows = [cases for cases in drawn(made.routes([Seed(CHAT, (PLACE,))], KEYS)) if len(cases) > 1]
    assert rows
    for first, *following in rows:
        assert first.pause is None
        assert all(case.pause is not None for case in following)
        assert len({case.id for case in (first, *following)}) == len(following) + 1
    assert {case.pause for cases in rows for case in cases} >= {0.0, 31.0, 301.0}


@given(made.mutated({"a": [1, {"b": "x"}], "c": None}))
@settings(max_examples=200, database=None)
def test_whatever_is_mutated_stays_json(value):
    assert json.loads(json.dumps(value)) == value


def test_no_mutation_leaves_the_value_as_it_is():
    assert simplest(made.mutated({"a": [1, 2]})) == {"a": [1, 2]}
