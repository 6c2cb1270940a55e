import json
from dataclasses import replace

import pytest

from cutover_parity import Answer, Exchange, Failure, NoSeed, Recording, Request, SitePlan, cases_from
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._places import Place, find_places, place_of, put, removed
from cutover_parity.cases._script import Script, Step, error_of, step_of

PLAN = ReplayPlan((SitePlan("chat", ("near", "groq")), SitePlan("flow", ("groq", "xai"))), {})
ALL = ["near", "groq", "xai", "cutover-unknown-provider", "", None]


def post(body, url="/v1/chat", headers=()):
    return Request("POST", url, headers, json.dumps(body).encode())


@pytest.fixture
def cases(route, tmp_path):
    def make(*requests, plan=PLAN, **options):
        routes = tuple(
            route(json.loads(request.body or b"{}"), url=request.url, headers=request.headers) for request in requests
        )
        return cases_from([Recording(tmp_path, routes)], plan, **options)

    return make


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (post({"provider": "near"}), Place("body", ("provider",))),
        (post({"a": [{"b": "groq"}]}), Place("body", ("a", 0, "b"))),
        (post({}, url="/v1?via=xai&n=1"), Place("query", ("via",))),
        (post({}, headers=(("X-Provider", "near"),)), Place("header", ("x-provider",))),
        (post({}, url="/v1/groq/chat"), Place("path", (2,))),
        (post({"model": "near/llama"}), Place("body", ("model",), "/llama")),
        (post({"model": "groq:llama:8b"}), Place("body", ("model",), ":llama:8b")),
    ],
)
def test_the_place_of_a_provider_is_found_and_can_be_filled_with_another(request_, place):
    assert find_places(request_, PLAN.keys) == (place,)
    other = put(request_, place, "xai")
    assert find_places(other, PLAN.keys) == (place,)
    assert put(other, place, "xai") == other


@pytest.mark.parametrize(
    "request_", [post({"provider": "Near", "q": "use groq please"}), Request("GET", "/nearby?q=nearest"), post(["x"])]
)
def test_no_place_is_found_where_no_key_stands_alone(request_):
    assert find_places(request_, PLAN.keys) == ()


def test_a_whole_value_is_a_better_place_than_the_front_of_one():
    request = post({"provider": "near", "model": "groq/llama"})
    assert find_places(request, PLAN.keys) == (Place("body", ("provider",)),)


def test_a_place_that_was_not_there_is_made():
    assert json.loads(put(post({}), place_of("routing.name"), "near").body) == {"routing": {"name": "near"}}
    assert put(post({}, url="/v1"), place_of("query:via"), "near").url == "/v1?via=near"
    assert ("x-p", "near") in put(post({}), place_of("header:x-p"), "near").headers
    assert put(post([1]), place_of("provider"), "near") == post([1])


@pytest.mark.parametrize(
    ("request_", "place", "left"),
    [
        (post({"p": "near", "n": 1}), "p", post({"n": 1})),
        (post({"r": {"p": "near"}}), "r.p", post({"r": {}})),
        (post({"n": 1}), "p.q", post({"n": 1})),
        (post({}, url="/v?via=near&a=1"), "query:via", post({}, url="/v?a=1")),
        (post({}, url="/v?via=near"), "query:via", post({}, url="/v")),
        (post({}, headers=(("x-p", "near"),)), "header:x-p", post({})),
    ],
)
def test_a_provider_can_be_left_out(request_, place, left):
    got = removed(request_, place_of(place))
    assert (got.url, json.loads(got.body)) == (left.url, json.loads(left.body))
    assert find_places(got, PLAN.keys) == ()


def test_places_say_what_they_are():
    assert str(place_of("a.0.b")) == str(place_of("body.a.0.b")) == str(place_of("body:a.0.b")) == "body a.0.b"
    assert place_of("header:X-P") == Place("header", ("x-p",))
    assert str(Place("body", ("model",), "/llama")) == "body model before '/llama'"
    assert removed(post({}, url="/near"), Place("path", (1,))).url == "/near"


def test_every_site_meets_the_keys_of_all_sites_with_each_outcome_once(cases):
    made = [case for case in cases(post({"provider": "near", "stream": True})) if not case.recorded]
    for streamed in (True, False):
        mine = [case for case in made if json.loads(case.request.body)["stream"] is streamed]
        for outcome in ("answer", "error", "failover"):
            assert [case.key for case in mine if case.outcome == outcome] == ALL
        bodies = [json.loads(case.request.body).get("provider") for case in mine if case.outcome == "answer"]
        assert bodies == ["near", "groq", "xai", "cutover-unknown-provider", "", None]


def test_some_keys_meet_every_other_fault(cases):
    faults = [case for case in cases(post({"provider": "near"})) if case.outcome == "fault"]
    plain = [case for case in faults if not json.loads(case.request.body).get("stream")]
    assert {case.key for case in plain} == {"near", "groq", "cutover-unknown-provider"}
    kinds = {str(case.script.step(0)) for case in faults}
    assert {"status 401", "status 429", "timeout", "connect", "value", "malformed", "cut after 1 chunks"} <= kinds
    assert any(str(case.script.step(1)) == "status 503" for case in faults)


def test_a_stream_is_cut_for_each_key(cases):
    made = [
        case for case in cases(post({"provider": "near", "stream": True})) if json.loads(case.request.body)["stream"]
    ]
    cut = [case.key for case in made if str(case.script.rest) == "cut after 1 chunks"]
    assert sorted(cut) == sorted(key for key in ALL if key is not None)


def test_cases_have_different_names_and_no_duplicates(cases):
    request = post({"provider": "near"})
    made = cases(request, request, post({"provider": "groq"}), more_keys=["near"])
    assert len({case.id for case in made}) == len(made)
    marks = [(case.request.url, case.request.body, case.script, case.exchanges, case.leaves) for case in made]
    assert len({str(mark) for mark in marks}) == len(marks)
    assert sum(case.recorded for case in made) == 2


def test_headers_can_be_replaced_and_keys_added(cases):
    made = cases(
        post({"provider": "near"}, headers=(("Authorization", "Bearer secret-1"),)),
        headers=[("authorization", "Bearer t")],
        more_keys=["hug"],
    )
    assert all(
        [value for name, value in case.request.headers if name.lower() == "authorization"] == ["Bearer t"]
        for case in made
    )
    assert "hug" in {case.key for case in made}


def test_a_seed_without_a_key_learns_the_place_from_another(cases):
    made = cases(post({"x": 1}, url="/a"), post({"via": "near"}, url="/b"))
    assert {json.loads(case.request.body).get("via") for case in made if case.request.url == "/a"} >= {"near", "xai"}


def test_where_no_request_shows_a_place_the_field_provider_is_tried(cases):
    made = cases(post({"x": 1}))
    assert {json.loads(case.request.body).get("provider") for case in made} >= {"near", "groq", None}


def test_the_place_can_be_told(cases):
    made = cases(post({"x": 1}), provider_path="query:via")
    assert {case.request.url for case in made} >= {"/v1/chat?via=near", "/v1/chat?via=xai", "/v1/chat"}


def test_nothing_is_generated_unless_wanted(cases):
    assert len(cases(post({"provider": "near"}), generate=False)) == 1


def test_without_a_recorded_route_there_is_no_case(tmp_path):
    with pytest.raises(NoSeed) as refused:
        cases_from([Recording(tmp_path, ())], PLAN)
    assert str(refused.value).startswith("no recorded route in 1 recording(s)")


ASKED = Request("POST", "https://u.invalid")


@pytest.mark.parametrize(
    ("exchanges", "outcome", "steps"),
    [
        ([], "answer", []),
        ([Exchange(ASKED, Answer(200))], "answer", ["answer"]),
        ([Exchange(ASKED, Answer(503)), Exchange(ASKED, Answer(200))], "failover", ["status 503", "answer"]),
        ([Exchange(ASKED, error=Failure("httpx.ReadTimeout", ""))], "error", ["timeout"]),
        ([Exchange(ASKED, error=Failure("httpx.ConnectError", ""))], "error", ["connect"]),
        ([Exchange(ASKED, Answer(200, (), (b"a",), (), Failure("x", "")))], "error", ["cut after 1 chunks"]),
    ],
)
def test_a_recorded_route_becomes_a_case_with_the_script_that_it_lived(route, tmp_path, exchanges, outcome, steps):
    recording = Recording(tmp_path, (route({"a": 1}, *exchanges),))
    (case,) = cases_from([recording], PLAN, generate=False)
    assert case.recorded
    assert (case.outcome, [str(step) for step in case.script.steps]) == (outcome, steps)
    assert Script.from_json(case.to_json()["script"]) == case.script
    assert [step_of(exchange) for exchange in case.exchanges] == list(case.script.steps)


def test_what_a_route_asks_of_its_database_is_no_attempt_at_a_provider(route, tmp_path):
    stored = Exchange(replace(ASKED, body=b'{"model":"m","tokens":3}'), Answer(200))
    asked = replace(ASKED, body=b'{"model":"m","messages":[]}')
    exchanges = (stored, Exchange(asked, Answer(503)), stored, Exchange(replace(asked, lost=9), Answer(200)), stored)
    (case,) = cases_from([Recording(tmp_path, (route({"a": 1}, *exchanges),))], PLAN, generate=False)
    assert (case.outcome, [str(step) for step in case.script.steps]) == ("failover", ["status 503", "answer"])
    assert case.exchanges == exchanges


def test_a_request_that_asks_nobody_and_has_no_place_for_a_provider_is_not_varied(route, tmp_path):
    health = replace(route(), request=Request("GET", "/health"))
    made = cases_from([Recording(tmp_path, (route({"provider": "near"}), health))], PLAN)
    assert [case.id for case in made if "health" in case.id] == ["recorded 2: GET /health"]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (Step("status", 429), "HTTPStatusError"),
        (Step("timeout"), "ReadTimeout"),
        (Step("connect"), "ConnectError"),
        (Step("value"), "ValueError"),
        (Step(), "NoneType"),
        (Step("malformed"), "NoneType"),
    ],
)
def test_a_step_raises_what_it_says(step, kind):
    import httpx

    assert type(error_of(step, httpx.Request("GET", "http://u"))).__name__ == kind
