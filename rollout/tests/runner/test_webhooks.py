"""Webhooks: signed, in order, sent again, and never in the way of a decision."""

import json
import time

import pytest

from cutover_rollout.plan import Webhook
from cutover_rollout.runner import Announcer, Controller, Courier, Message, is_signed, signed

SECRET = {"HOOK": "s3cret"}
BODY = b'{"decision": 1}'


@pytest.fixture
def courier():
    made = []

    def courier(url, *, pauses=(0.0, 0.0), environment=SECRET):
        made.append(Courier(Webhook(url, "HOOK"), pauses=pauses, environment=environment))
        return made[-1]

    yield courier
    for each in made:
        each.end()


def test_whoever_knows_the_secret_can_tell_that_it_is_ours(receiver, courier):
    there = receiver()
    sent = courier(there.url)
    sent.tell(Message("origin-1", BODY))
    assert sent.settle(30)
    [heard] = there.heard
    assert is_signed(heard.body, heard.headers, secret="s3cret", at=time.time())
    assert heard.headers["X-Cutover-Delivery"] == "origin-1"


@pytest.mark.parametrize(
    ("body", "secret", "later"),
    [(BODY + b" ", "s3cret", 0), (BODY, "another", 0), (BODY, "s3cret", 301), (BODY, "s3cret", -301)],
)
def test_another_body_secret_or_time_is_not_taken(body, secret, later):
    headers = signed(BODY, secret="s3cret", at=1000)
    assert not is_signed(body, headers, secret=secret, at=1000 + later)


@pytest.mark.parametrize("change", [{"X-Cutover-Time": "999"}, {"X-Cutover-Time": "x"}, {"X-Cutover-Signature": "v1="}])
def test_changed_headers_are_not_taken(change):
    assert not is_signed(BODY, {**signed(BODY, secret="s", at=1000), **change}, secret="s", at=1000)


def test_the_case_of_headers_does_not_matter():
    lower = {name.lower(): value for name, value in signed(BODY, secret="s", at=1000).items()}
    assert is_signed(BODY, lower, secret="s", at=1299)


def test_what_fails_is_sent_again_with_the_same_delivery(receiver, courier):
    there = receiver(503, 429, 204)
    sent = courier(there.url)
    sent.tell(Message("origin-7", BODY))
    assert sent.settle(30)
    assert [each.headers["X-Cutover-Delivery"] for each in there.heard] == ["origin-7"] * 3


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_is_refused_is_not_sent_again(status, receiver, courier, caplog):
    there = receiver(status)
    sent = courier(there.url)
    sent.tell(Message("origin-1", BODY))
    assert sent.settle(30)
    assert len(there.heard) == 1
    assert f"origin-1 was not delivered (it answers {status})" in caplog.text


def test_a_redirect_is_not_followed(receiver, courier):
    elsewhere = receiver()
    there = receiver(302, location=elsewhere.url)
    sent = courier(there.url)
    sent.tell(Message("origin-1", BODY))
    assert sent.settle(30)
    assert elsewhere.heard == []


def test_without_a_secret_nothing_is_sent(receiver, courier, caplog):
    there = receiver()
    sent = courier(there.url + "?key=hidden", environment={})
    sent.tell(Message("origin-1", BODY))
    assert sent.settle(30)
    assert there.heard == []
    assert "the environment variable HOOK has no secret" in caplog.text
    assert "hidden" not in caplog.text


def test_a_receiver_that_is_not_there_costs_its_messages_alone(receiver, courier, caplog):
    gone, there = courier("http://127.0.0.1:9/hook", pauses=()), receiver()
    sent = courier(there.url)
    for each in (gone, sent):
        each.tell(Message("origin-1", BODY))
    assert gone.settle(30)
    assert sent.settle(30)
    assert len(there.heard) == 1
    assert "webhook http://127.0.0.1: origin-1 was not delivered" in caplog.text


def announced(state, traffic, clock, *, kept=None):
    announcer = Announcer(state, kept=kept, clock=time.time, pauses=(0.0,), environment=SECRET)
    return Controller(state, traffic, clock=clock, announcer=announcer), announcer


def test_a_receiver_that_hangs_keeps_no_decision_waiting(receiver, state, start, traffic, clock):
    there = receiver()
    there.free.clear()
    start(state, webhooks=(Webhook(there.url, "HOOK"),))
    controller, announcer = announced(state, traffic, clock)
    with controller:
        while state.read().version < 2:
            clock.go_on(1)
            controller.step()
        there.free.set()
        assert announcer.settle(30)
    assert [each.data["decision"] for each in there.heard] == [1, 2]


def test_everything_that_is_decided_is_told_once_in_order_by_whomever(receiver, state, start, worse, clock, tmp_path):
    there = receiver()
    start(state, webhooks=(Webhook(there.url, "HOOK"),))
    for _ in range(2):
        # Another controller goes on where the first one ended.
        controller, announcer = announced(state, worse, clock, kept=tmp_path / "told.json")
        with controller:
            for _ in range(6):
                clock.go_on(1)
                controller.step()
            assert announcer.settle(30)
    told = [each.data for each in there.heard]
    assert [each["decision"] for each in told] == list(range(1, state.read().version + 1))
    assert told[0]["evidence"]["action"] == "begin"
    last = told[-1]
    assert (last["phase"], last["share"], last["by"]) == ("rolled back", 0.0, "controller")
    assert last["evidence"]["subjects"]
    assert json.loads((tmp_path / "told.json").read_bytes())["version"] == state.read().version


def test_what_is_too_large_is_told_without_its_evidence(receiver, state, start, traffic, clock):
    there = receiver()
    start(state, webhooks=(Webhook(there.url, "HOOK"),))
    seen = state.read()
    state.write(dict(seen.document), expected=seen, by="ana", why="large", evidence={"all": "x" * 70_000})
    controller, announcer = announced(state, traffic, clock)
    with controller:
        controller.step()
        assert announcer.settle(30)
    assert there.heard[1].data["why"] == "large"
    assert there.heard[1].data["evidence"] == {"left_out": True}
