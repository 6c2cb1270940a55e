"""What the page may do: always with the token, never for another page."""

import pytest

from cutover_telemetry.dashboard import ActionRefused

TOKEN = "the token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def done():
    return []


@pytest.fixture
def acting(opened, filled, done):
    def kill(fields):
        done.append(fields)
        if fields.get("why") == "refuse":
            raise ActionRefused("the rollout has ended; there is nothing to kill")
        return {"killed": True}

    return opened(filled, token=TOKEN, actions={"kill": kill, "roll-back": lambda fields: None})


def own(client):
    return str(client.base_url).rstrip("/")


def test_an_action_is_done_for_whoever_knows_the_token(acting, done):
    answer = acting.post("/api/actions/kill", json={"why": "it burns"}, headers=BEARER)
    assert answer.json() == {"done": "kill", "result": {"killed": True}}
    assert acting.post("/api/actions/roll-back", headers=BEARER).json() == {"done": "roll-back", "result": None}
    assert done == [{"why": "it burns"}]


def test_this_machine_needs_the_token_too(acting, done):
    answer = acting.post("/api/actions/kill")
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("a change needs the token")
    assert done == []


def test_without_a_token_nothing_can_be_changed(opened, filled, done):
    client = opened(filled, actions={"kill": done.append})
    answer = client.post("/api/actions/kill", headers=BEARER)
    assert (answer.status_code, done) == (403, [])
    assert "start the dashboard with a token" in answer.json()["error"]


def test_somebody_who_signed_in_acts_from_the_page_alone(acting, done):
    acting.post("/sign-in", data={"token": TOKEN})
    assert acting.post("/api/actions/kill").status_code == 401
    for origin in ("https://evil.example", "null", own(acting) + ".evil.example"):
        refused = acting.post("/api/actions/kill", headers={"Origin": origin})
        assert refused.status_code in {401, 403}
    assert done == []
    assert acting.post("/api/actions/kill", headers={"Origin": own(acting)}).status_code == 200
    assert done == [{}]


def test_the_token_does_not_help_another_page(acting, done):
    answer = acting.post("/api/actions/kill", headers={**BEARER, "Origin": "https://evil.example"})
    assert (answer.status_code, done) == (403, [])


@pytest.mark.parametrize("body", ["[]", "7", "{", "\xff", '"kill"'])
def test_a_body_that_is_no_object_is_refused(body, acting, done):
    answer = acting.post("/api/actions/kill", content=body.encode("latin-1"), headers=BEARER)
    assert (answer.status_code, done) == (400, [])


def test_an_action_that_is_not_there_is_refused_with_those_that_are(acting):
    answer = acting.post("/api/actions/explode", headers=BEARER)
    assert answer.status_code == 404
    assert answer.json()["error"] == "there is no action 'explode'; there are: kill, roll-back"


def test_an_action_says_why_it_was_not_done(acting):
    answer = acting.post("/api/actions/kill", json={"why": "refuse"}, headers=BEARER)
    assert (answer.status_code, answer.json()["error"]) == (409, "the rollout has ended; there is nothing to kill")


def test_the_page_has_a_button_for_each_action_of_a_rollout(opened, filled):
    client = opened(filled, token=TOKEN, rollout={"rules": []}, actions={"kill": lambda fields: None})
    html = client.get("/").text
    assert '<button type="button" data-action="kill"' in html
    assert "The switch has no rule" in html
