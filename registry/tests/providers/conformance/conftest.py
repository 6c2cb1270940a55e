"""What each provider's documentation says, written down apart from our table; a loopback server that holds to it."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cutover_registry.providers import ProviderClient, specs

KEY = "sk-Wq3tXz9LpV2mN8bKc7Rf"
FORMS = ["chat", "chat_async", "stream", "stream_async"]


def common(status, kind, message, code):
    """An error as OpenAI has it."""
    return {
        "status": status,
        "body": {"error": {"message": message, "type": "some_error", "param": None, "code": code}},
        "kind": kind,
        "message": message,
        "code": code,
    }


COMMON_ERRORS = [
    common(400, "RequestRefused", "Invalid value", "invalid_value"),
    common(401, "AuthenticationFailed", "Incorrect API key provided", "invalid_api_key"),
    common(404, "ModelNotFound", "The model does not exist", "model_not_found"),
    common(429, "RateLimited", "Rate limit reached", "rate_limit_exceeded"),
    common(500, "ProviderFailed", "The server had an error", "internal"),
]
COMMON_LIST = {"body": {"object": "list", "data": [{"id": "m-1"}, {"id": "m-2"}]}, "names": ["m-1", "m-2"]}


@dataclass(frozen=True)
class Documented:
    """One provider, as its own pages have it; an entry of documented.json.

    `key` is the variable with the key, `settings` are further ones; `model` is a name as callers write it and as it is
    to go out; `dropped` are parameters that are refused there; `reasons` are finish reasons beyond the common ones;
    `extra` are fields of answers; an error has its status and body, and our kind, message and code.
    """

    chat: str
    key: str
    models: str | None = None
    settings: dict = field(default_factory=dict)
    model: dict = field(default_factory=lambda: {"asked": "author/model", "sent": "author/model"})
    dropped: dict = field(default_factory=dict)
    renamed: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    asks_for_usage: bool = False
    extra: dict = field(default_factory=dict)
    errors: list = field(default_factory=lambda: COMMON_ERRORS)
    listed: dict = field(default_factory=lambda: COMMON_LIST)
    plain_tools: bool = False
    plain_images: bool = False
    nameless: bool = False


DOCUMENTED = {
    name: Documented(**entry)
    for name, entry in json.loads(Path(__file__).with_name("documented.json").read_text(encoding="utf-8")).items()
}


@dataclass
class Answered:
    """An answer, whichever form it came in."""

    text: str | None = None
    tool_calls: list = field(default_factory=list)
    reason: str | None = None
    usage: dict | None = None
    whole: list = field(default_factory=list)


def answered(found):
    """Put chunks together, or read a completion."""
    if isinstance(found, dict):
        choice = found["choices"][0]
        message = choice["message"]
        return Answered(
            message.get("content"), message.get("tool_calls", []), choice["finish_reason"], found.get("usage"), [found]
        )
    told = Answered(whole=found)
    for chunk in found:
        told.usage = chunk.get("usage") or told.usage
        for choice in chunk["choices"]:
            told.reason = choice.get("finish_reason") or told.reason
            _add(told, choice["delta"])
    return told


def _add(told, delta):
    if delta.get("content"):
        told.text = (told.text or "") + delta["content"]
    for piece in delta.get("tool_calls", ()):
        if "id" in piece:
            told.tool_calls.append({**piece, "function": dict(piece["function"])})
        else:
            told.tool_calls[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]


async def _taken(client, args, options):
    async with await client.stream_async(*args, **options) as stream:
        return [chunk async for chunk in stream]


class Bench:
    """One provider on loopback: its documentation, a client of it, and what the server was asked."""

    def __init__(self, name, server, wire, form):
        self.name, self.server, self.wire, self.form = name, server, wire, form
        self.documented = DOCUMENTED[name]
        self.streams = form.startswith("stream")
        self.environment = {self.documented.key: KEY, **self.documented.settings}
        path = urlsplit(specs()[name].base_url).path
        self.client = ProviderClient(
            specs()[name], base_url=f"http://127.0.0.1:{server.port}{path}", environment=self.environment
        )

    def call(self, *args, **options):
        """Make a call in the form of the test; give what came."""
        args = args or ([{"role": "user", "content": "hi"}], self.documented.model["asked"])
        if self.form == "chat":
            found = self.client.chat(*args, **options)
        elif self.form == "chat_async":
            found = asyncio.run(self.client.chat_async(*args, **options))
        elif self.form == "stream":
            with self.client.stream(*args, **options) as stream:
                found = list(stream)
        else:
            found = asyncio.run(_taken(self.client, args, options))
        return answered(found)

    def gives(self, *answers):
        """Have the server answer so, in the form of the test, provided that it is asked as documented."""
        self.server.answers(*(self._guarded(self._sent(**each)) for each in answers))

    def refuses(self, status, body, *headers):
        """Have the server refuse."""
        self.server.answers(self._guarded(self.wire.answer(body, status=status, headers=headers)))

    def gives_bytes(self, sent):
        self.server.answers(self._guarded(sent))

    @property
    def body(self):
        """The body of the last request."""
        return self.server.asked[-1].json

    def _sent(self, text="hello", calls=(), reason="stop", usage=None, usage_apart=False):
        extra = self.documented.extra
        if not self.streams:
            message = {"role": "assistant", "content": text, **({"tool_calls": list(calls)} if calls else {})}
            choice = {"index": 0, "message": message, "finish_reason": reason}
            usage = {"usage": usage} if usage else {}
            return self.wire.answer({"id": "c1", "object": "chat.completion", "choices": [choice], **usage, **extra})
        chunks = [_chunk(content=piece) for piece in (text[:2], text[2:])] if text else []
        chunks += [_chunk(tool_calls=[piece]) for call in calls for piece in _pieces(call)]
        last = {"usage": usage} if usage and not usage_apart else {}
        chunks.append({**_chunk(), **last, **extra})
        chunks[-1]["choices"][0]["finish_reason"] = reason
        if usage_apart:
            chunks.append({"id": "c1", "choices": [], "usage": usage})
        events = b"".join(map(self.wire.event, [*chunks, b"[DONE]"]))
        return self.wire.head() + b": comment\n\n" + events

    def _guarded(self, sent):
        def step(connection):
            wrong = self._wrong(self.server.asked[-1])
            return self.wire.answer({"error": {"message": wrong}}, status=418) if wrong else sent

        return step

    def _wrong(self, asked) -> str | None:
        """What is not as documented in a request for a completion."""
        expected = {
            "method": (asked.method, "POST"),
            "path": (asked.path, urlsplit(self.documented.chat).path),
            "authorization": (asked.headers.get("authorization"), f"Bearer {KEY}"),
            "content-type": (asked.headers.get("content-type"), "application/json"),
            "accept": (asked.headers.get("accept"), "text/event-stream" if self.streams else "application/json"),
            "model": (asked.json.get("model"), self.documented.model["sent"]),
            "stream": (asked.json.get("stream", False), self.streams),
        }
        wrong = {name: pair for name, pair in expected.items() if pair[0] != pair[1]}
        if set(asked.json) & set(self.documented.dropped):
            wrong["refused"] = sorted(set(asked.json) & set(self.documented.dropped))
        return json.dumps(wrong) if wrong else None


def _chunk(**delta: Any) -> dict:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}


def _pieces(call):
    """A tool call as a stream has it: its name first, its arguments in two pieces."""
    arguments = call["function"]["arguments"]
    half = len(arguments) // 2
    yield {"index": 0, **call, "function": {**call["function"], "arguments": arguments[:half]}}
    yield {"index": 0, "function": {"arguments": arguments[half:]}}


@pytest.fixture(scope="session")
def documented():
    return DOCUMENTED


@pytest.fixture(params=sorted(DOCUMENTED))
def name(request):
    """Each provider in turn."""
    return request.param


@pytest.fixture(params=FORMS)
def form(request):
    """Each form of a call in turn."""
    return request.param


@pytest.fixture
def bench(name, form, server, wire):
    """A provider, in one form of calls."""
    bench = Bench(name, server, wire, form)
    yield bench
    bench.client.close()


@pytest.fixture
def bench_of(server, wire):
    """One provider that the test names, for sync calls unless another form is named."""
    made = []

    def bench_of(name, form="chat"):
        made.append(Bench(name, server, wire, form))
        return made[-1]

    yield bench_of
    for each in made:
        each.client.close()


@pytest.fixture
def the_key():
    return KEY
