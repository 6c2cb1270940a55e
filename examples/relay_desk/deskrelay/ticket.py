"""A support ticket as a desk posts it."""

from dataclasses import dataclass, field
from json import JSONDecodeError

from starlette.requests import Request

from deskrelay.errors import BadTicket

TONES = ("friendly", "formal", "brief")
KNOBS = ("temperature", "max_tokens", "top_p")


@dataclass(frozen=True)
class Ticket:
    number: str
    question: str
    tone: str = "friendly"
    model: str = ""
    vendor: str = ""
    knobs: dict = field(default_factory=dict)


async def read_ticket(request: Request) -> Ticket:
    try:
        body = await request.json()
    except JSONDecodeError as exc:
        raise BadTicket("the body is not JSON") from exc
    if not isinstance(body, dict):
        raise BadTicket("a ticket is a JSON object")
    for name in ("number", "question"):
        if not body.get(name):
            raise BadTicket(f"a ticket needs a {name}")
    for name in ("number", "question", "tone", "model", "vendor"):
        if not isinstance(body.get(name, ""), str):
            raise BadTicket(f"{name} has to be text")
    tone = body.get("tone", "friendly")
    if tone not in TONES:
        raise BadTicket(f"tone is one of {', '.join(TONES)}")
    knobs = body.get("knobs") or {}
    return Ticket(
        number=body["number"],
        question=body["question"],
        tone=tone,
        model=body.get("model", ""),
        vendor=body.get("vendor", ""),
        knobs={name: knobs[name] for name in KNOBS if name in knobs},
    )
