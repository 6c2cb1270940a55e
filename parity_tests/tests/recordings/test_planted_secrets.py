import base64
import gzip
import json
from urllib.parse import quote

import httpx
import pytest
import respx
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from cutover_parity import Recorder, RecordingWriter, read_recording

UP = "https://upstream.invalid"
JSON = {"content-type": "application/json"}


def in_pieces(text, size):
    return [text[start : start + size].encode() for start in range(0, len(text), size)]


def event(text):
    return "data: " + json.dumps({"id": "c1", "choices": [{"index": 0, "delta": {"content": text}}]}) + "\n\n"


class Chunks(httpx.AsyncByteStream):
    def __init__(self, chunks):
        self.chunks = chunks

    async def __aiter__(self):
        for chunk in self.chunks:
            yield chunk


async def relayed(request):
    """Ask upstream as the test's `asked` says, and answer as `answered` says."""
    await request.body()
    app = request.app
    async with httpx.AsyncClient() as client:
        for options in app.state.asked:
            try:
                async with client.stream("POST", **options) as response:
                    await response.aread()
            except httpx.HTTPError as error:
                app.state.errors.append(str(error))
    if app.state.fails:
        raise RuntimeError(app.state.fails)
    return app.state.answered


@pytest.fixture
def record(tmp_path):
    async def run(asked, answered, *requests, fails="", content=()):
        path = tmp_path / "traffic.jsonl"
        app = Starlette(routes=[Route("/{rest:path}", relayed, methods=["POST"])])
        app.state.asked, app.state.answered, app.state.fails, app.state.errors = asked, answered, fails, []
        with RecordingWriter(path, content=content) as writer:
            recorder = Recorder(app, writer)
            transport = httpx.ASGITransport(recorder, raise_app_exceptions=False)
            with recorder.capturing():
                async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                    for request in requests:
                        await client.post(**request)
        return path

    return run


def written(path):
    """Everything that is on the disk, as it is and with the chunks of streams joined."""
    answers = [route.answer for route in read_recording(path).routes]
    answers += [exchange.answer for route in read_recording(path).routes for exchange in route.exchanges]
    joined = "".join(answer.body.decode(errors="replace") for answer in answers if answer)
    return path.read_text() + joined


@respx.mock
async def test_nothing_of_a_secret_reaches_the_disk_from_any_place(record, secrets):
    line = secrets.line
    in_path = "run" if secrets.kind == "password" else quote(line(), safe="")
    reply = respx.post(url__startswith=UP)
    replies = [
        httpx.Response(
            401,
            json={"error": {"message": f"Incorrect API key provided: {line()}. Find it at {UP}/keys?token={line()}"}},
            headers={"set-cookie": f"session={line()}; HttpOnly", "x-debug-token": line()},
        ),
        httpx.Response(
            200,
            content=gzip.compress(json.dumps({"access_token": secrets(), "note": f"keep {secrets()} safe"}).encode()),
            headers={**JSON, "content-encoding": "gzip"},
        ),
        httpx.Response(200, stream=Chunks(in_pieces(event(f"your key is {secrets()}, bye"), 7)), headers=JSON),
        httpx.ConnectError(f"no route to https://user:{quote(line(), safe='')}@host/ with Bearer {line()}"),
    ]
    reply.side_effect = replies + [httpx.ReadTimeout("slow")] * 9
    asked = [
        {"url": f"{UP}/v1/{in_path}/run?key={quote(line(), safe='')}", "headers": {"x-api-key": line()}},
        {"url": UP, "json": {"config": json.dumps({"api_key": secrets()}), "token": secrets()}},
        {
            "url": UP,
            "content": b"--b\r\n"
            + b'content-disposition: form-data; name="password"\r\n\r\n'
            + secrets().encode()
            + b"\r\n--b--\r\n",
            "headers": {"content-type": "multipart/form-data; boundary=b"},
        },
        {"url": UP, "headers": {"authorization": f"Bearer {line()}"}, "json": {"text": secrets()}},
    ]
    answered = StreamingResponse(iter(in_pieces(event(f"it was {secrets()}."), 5)), media_type="text/event-stream")
    answered.headers["set-cookie"] = f"auth={line()}"
    packed = base64.b64encode(f"user:{line()}".encode()).decode()
    requests = [
        {
            "url": f"/v1/chat?api_key={quote(line(), safe='')}&q=a+{quote(line(), safe='')}+b",
            "headers": {"authorization": f"Basic {packed}", "cookie": f"s={line()}", "x-note": f"use {line()} please"},
            "json": {
                "client_secret": secrets(),
                "messages": [{"role": "user", "content": f"here: {secrets()} ok"}],
                "blob": base64.b64encode(json.dumps({"password": secrets()}).encode()).decode(),
            },
        },
        {"url": "/form", "data": {"password": secrets(), "comment": f"it is {secrets()}"}},
    ]
    path = await record(asked, answered, *requests, fails="")
    path = await record(asked[:1], None, requests[1], fails=f"cannot log in with password={line()}")
    assert len(secrets.made) >= 24
    assert secrets.left_in(written(path)) == []
    assert len(read_recording(path).routes) == 3


RECOGNISABLE = {"password", "hexadecimal key"}


@respx.mock
async def test_secrets_are_found_in_content_that_was_opted_in(record, secrets):
    if secrets.kind in RECOGNISABLE:
        made = {"password": secrets()}
    else:
        made = {"messages": [{"content": f"here: {secrets()} ok"}], "note": secrets()}
    respx.post(url__startswith=UP).respond(json={"choices": [{"message": {"content": f"no {secrets.made[0]} here"}}]})
    asked = [{"url": UP, "json": made}]
    path = await record(asked, JSONResponse(made), {"url": "/", "json": made}, content=["*"])
    assert secrets.left_in(written(path)) == []
    assert "here" in path.read_text()
