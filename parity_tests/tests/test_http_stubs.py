import json

import httpx
import pytest

from cutover_parity import Answer, Exchange, Failure, Request, Script, Scrubber, Step
from cutover_parity.arms._http_stubs import Refused, Upstream, templates_from_json, templates_to_json
from cutover_parity.arms._matching import Matched, Unmatched, match
from cutover_parity.arms._route_log import LOG, RouteLog

URL = "https://u.invalid/v1"


def asked(body, url=URL, method="POST"):
    return Request(method, url, (), json.dumps(body).encode())


@pytest.fixture
def upstream():
    def make(script=None, exchanges=None, *, depth="http", templates=()):
        log = RouteLog("case", script or Script(), exchanges)
        LOG.set(log)
        found = templates_from_json(json.loads(json.dumps(templates_to_json(iter(templates)))))
        return log, Upstream(depth, templates=found, scrubber=Scrubber()).installed()

    yield make
    LOG.set(None)


def test_a_recorded_exchange_answers_the_same_request(upstream):
    recorded = [Exchange(asked({"n": 1}), Answer(200, (("x", "1"),), (b"on", b"e")))]
    log, installed = upstream(exchanges=recorded)
    with installed, httpx.Client() as client:
        response = client.post(URL, json={"n": 1}, timeout=4)
    assert (response.text, response.headers["x"]) == ("one", "1")
    assert log.requests[0]["outcome"] == "answer"
    assert log.requests[0]["timeout"]["read"] == 4


async def test_recorded_stream_chunks_keep_their_edges_and_their_cut(upstream):
    cut = Answer(200, (), (b"a", b"b"), (), Failure("httpx.ReadError", "gone"))
    _, installed = upstream(exchanges=[Exchange(asked({}), cut)])
    taken = []

    async def take():
        async with httpx.AsyncClient() as client, client.stream("POST", URL, json={}) as response:
            async for piece in response.aiter_raw():
                taken.append(piece)  # noqa: PERF401 - a list made at once would be lost in the cut

    with installed, pytest.raises(httpx.ReadError, match="gone"):
        await take()
    assert taken == [b"a", b"b"]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure("httpx.ConnectTimeout", "slow"), httpx.ConnectTimeout),
        (Failure("httpx.ConnectError", "no"), httpx.ConnectError),
        (Failure("somewhere.Else", "odd"), httpx.ReadError),
    ],
)
def test_a_recorded_error_is_raised_again(upstream, failure, kind):
    log, installed = upstream(exchanges=[Exchange(asked({}), error=failure)])
    with installed, httpx.Client() as client, pytest.raises(kind, match=failure.message):
        client.post(URL, json={})
    assert log.requests[0]["outcome"] in {"timeout", "connect"}


def test_a_request_that_was_not_recorded_is_refused_and_names_the_nearest(upstream):
    recorded = [Exchange(asked({"n": 1}, url=URL + "/far"), Answer(200)), Exchange(asked({"model": "a"}), Answer(200))]
    log, installed = upstream(exchanges=recorded)
    with installed, httpx.Client() as client, pytest.raises(Refused):
        client.post(URL, json={"model": "b"})
    assert log.escapes == [
        "POST https://u.invalid/v1 is not recorded for this route; nearest is upstream request 2, "
        "POST https://u.invalid/v1: body.model was 'a', is 'b'"
    ]
    assert log.requests[0]["outcome"] == "not recorded"


def test_a_recorded_exchange_is_used_once(upstream):
    log, installed = upstream(exchanges=[Exchange(asked({}), Answer(200))])
    with installed, httpx.Client() as client:
        client.post(URL, json={})
        with pytest.raises(Refused, match="all 1 recorded upstream requests were made already"):
            client.post(URL, json={})
    assert len(log.escapes) == 1


def test_secrets_do_not_hinder_matching():
    recorded = Exchange(asked({"k": "secret-0123456789abcdef"}, url=URL + "?key=secret-0123456789abcdef"), Answer(200))
    now = asked({"k": "secret-fedcba9876543210"}, url=URL + "?key=secret-fedcba9876543210")
    assert match(now, [recorded], set()) == Matched(0, recorded)
    assert isinstance(match(now, [recorded], {0}), Unmatched)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (asked({}, method="PUT"), "method was 'POST', is 'PUT'"),
        (asked({}, url="https://v.invalid/v1"), "host was 'u.invalid', is 'v.invalid'"),
        (asked({}, url=URL + "?a=1"), "query was '', is 'a=1'"),
        (Request("POST", URL, (), b"text"), "body was {}, is 'text'"),
    ],
)
def test_what_differed_is_said(changed, says):
    found = match(changed, [Exchange(asked({}), Answer(200))], set())
    assert isinstance(found, Unmatched)
    assert says in found.message


def test_a_route_that_made_no_request_may_make_none():
    found = match(asked({}), [], set())
    assert isinstance(found, Unmatched)
    assert found.message.endswith("it made no upstream request")


def test_a_generated_answer_is_openai_shaped_and_depends_on_the_request(upstream):
    _, installed = upstream()
    with installed, httpx.Client() as client:
        first, second, again = (client.post(URL, json={"model": "m", "n": n}).json() for n in (1, 2, 1))
    assert first["object"] == "chat.completion"
    assert first["model"] == "m"
    assert first == again != second


@pytest.mark.parametrize(
    "how", [{"json": {"stream": True}}, {"headers": {"accept": "text/event-stream"}}, {"url": URL + ":streamGenerate"}]
)
def test_a_generated_stream_is_server_sent_events(upstream, how):
    _, installed = upstream()
    with installed, httpx.Client() as client, client.stream("POST", **{"url": URL, **how}) as response:
        chunks = list(response.iter_raw())
    assert len(chunks) == 4
    assert chunks[-1] == b"data: [DONE]\n\n"
    assert json.loads(chunks[0][6:])["object"] == "chat.completion.chunk"


@pytest.mark.parametrize(
    ("step", "error"), [(Step("timeout"), httpx.ReadTimeout), (Step("connect"), httpx.ConnectError)]
)
def test_a_scripted_attempt_fails_at_the_transport(upstream, step, error):
    _, installed = upstream(Script((step,)))
    with installed, httpx.Client() as client:
        with pytest.raises(error):
            client.post(URL)
        assert client.post(URL).status_code == 200


def test_scripted_statuses_cuts_and_malformed_bodies(upstream):
    steps = Step("status", 429), Step("malformed"), Step("cut", 1)
    _, installed = upstream(Script(steps))
    with installed, httpx.Client() as client:
        assert client.post(URL).status_code == 429
        with pytest.raises(json.JSONDecodeError):
            client.post(URL).json()
        with pytest.raises(httpx.RemoteProtocolError, match="scripted cut after 1 chunks"):
            client.post(URL, json={"stream": True})


def test_a_generated_request_gets_the_recorded_answer_of_its_address(upstream):
    templates = [
        Exchange(asked({"n": 1}), Answer(500)),
        Exchange(asked({"n": 1}), Answer(200, (), (b"mine",))),
        Exchange(asked({"n": 1}), Answer(200, (), (b"later",))),
    ]
    _, installed = upstream(templates=templates)
    with installed, httpx.Client() as client:
        assert client.post(URL, json={"n": 2}).text == "mine"
        assert "answer to" in client.post(URL + "/other", json={"n": 2}).text


def test_at_calls_depth_every_request_has_escaped(upstream):
    log, installed = upstream(depth="calls")
    with installed, httpx.Client() as client, pytest.raises(Refused):
        client.post(URL, headers={"authorization": "Bearer abcdefgh12345"})
    assert log.escapes == [f"POST {URL} was sent although every provider function of the plan is replaced"]


async def test_outside_a_route_nothing_leaves(upstream):
    _, installed = upstream()
    LOG.set(None)
    with installed:
        async with httpx.AsyncClient() as client:
            with pytest.raises(Refused, match="outside a route"):
                await client.get(URL)


def test_keys_are_placeholders_in_what_is_observed(upstream):
    log, installed = upstream()
    with installed, httpx.Client() as client:
        client.post(URL + "?key=abcdefgh12345", headers={"authorization": "Bearer abcdefgh12345"})
    assert "abcdefgh12345" not in json.dumps(log.requests)
