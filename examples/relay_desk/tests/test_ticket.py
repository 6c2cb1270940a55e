"""What a desk may post."""

import pytest


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"number": ""}, "a ticket needs a number"),
        ({"vendor": ["groq"]}, "vendor has to be text"),
        ({"tone": "rude"}, "tone is one of friendly, formal, brief"),
    ],
)
async def test_a_bad_ticket_is_refused_with_the_reason(fields, detail, desk, ticket):
    answer = await desk.post("/drafts", json=ticket(**fields))
    assert answer.status_code == 400
    assert answer.json() == {"error": "BadTicket", "detail": detail}


async def test_a_body_that_is_not_json_is_refused(desk):
    answer = await desk.post("/drafts/live", content=b"{")
    assert answer.json()["detail"] == "the body is not JSON"
