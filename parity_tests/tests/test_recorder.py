import asyncio
import json
import threading

import httpx
import pytest
import respx
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from cutover_parity import AppNotLoaded, Recorder, RecordingWriter, read_recording, recording_server

UP = "https://upstream.invalid/v1"


async def in_many_ways(request):
    loop = asyncio.get_running_loop()

    def ask(way):
        return httpx.post(UP, json={"way": way}).json()

    await asyncio.to_thread(ask, "to_thread")
    await loop.run_in_executor(None, ask, "run_in_executor")
    thread = threading.Thread(target=ask, args=("thread",))
    thread.start()
    await asyncio.to_thread(thread.join)
    async with httpx.AsyncClient() as client:
        await client.post(UP, json={"way": "async"})
        await asyncio.create_task(client.post(UP, json={"way": "task"}))
    return JSONResponse({"who": request.query_params.get("who")})


async def streamed(_):
    async def pieces():
        async with httpx.AsyncClient() as client, client.stream("POST", UP, json={}) as response:
            async for piece in response.aiter_raw():
                yield piece

    return StreamingResponse(pieces())


async def failing(_):
    try:
        async with httpx.AsyncClient() as client:
            await client.post(UP)
    except httpx.HTTPError as error:
        raise RuntimeError("lost") from error


@pytest.fixture
def recorded(tmp_path):
    async def run(*urls):
        routes = [Route("/many", in_many_ways), Route("/streamed", streamed), Route("/failing", failing)]
        path = tmp_path / "r.jsonl"
        with RecordingWriter(path) as writer:
            recorder = Recorder(Starlette(routes=routes), writer)
            transport = httpx.ASGITransport(recorder, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                with recorder.capturing():
                    await asyncio.gather(*(client.get(url) for url in urls))
        assert recorder.recorded == len(urls)
        assert recorder.dropped == 0
        return read_recording(path).routes

    return run


@respx.mock
async def test_attempts_made_in_threads_and_tasks_belong_to_their_route(recorded):
    respx.post(UP).mock(side_effect=lambda request: httpx.Response(200, json=json.loads(request.content)))
    first, second = await recorded("/many?who=a", "/many?who=b")
    for route in (first, second):
        ways = [json.loads(exchange.request.body)["way"] for exchange in route.exchanges]
        assert ways == ["to_thread", "run_in_executor", "thread", "async", "task"]
        assert [exchange.client for exchange in route.exchanges] == ["sync", "sync", "sync", "async", "async"]
        assert all(exchange.answer.body == exchange.request.body for exchange in route.exchanges)
    assert {route.request.url for route in (first, second)} == {"/many?who=a", "/many?who=b"}


@respx.mock
async def test_chunks_of_both_sides_keep_their_edges(recorded):
    class Pieces(httpx.AsyncByteStream):
        async def __aiter__(self):
            for piece in (b"one", b"two", b"three"):
                yield piece

    respx.post(UP).mock(return_value=httpx.Response(200, stream=Pieces()))
    (route,) = await recorded("/streamed")
    assert route.answer.chunks == route.exchanges[0].answer.chunks == (b"one", b"two", b"three")
    assert len(route.answer.gaps) == 3


@respx.mock
async def test_a_cut_stream_keeps_its_chunks_and_says_what_cut_it(recorded):
    class Cut(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b"one"
            raise httpx.RemoteProtocolError("peer closed")

    respx.post(UP).mock(return_value=httpx.Response(200, stream=Cut()))
    (route,) = await recorded("/streamed")
    upstream = route.exchanges[0].answer
    assert upstream.chunks == (b"one",)
    assert (upstream.cut.type, upstream.cut.message) == ("httpx.RemoteProtocolError", "peer closed")
    assert route.answer.cut.type == "httpx.RemoteProtocolError"


@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectError("refused")])
async def test_a_timeout_or_connect_error_is_recorded_as_such(recorded, error):
    with respx.mock:
        respx.post(UP).mock(side_effect=error)
        (route,) = await recorded("/failing")
    failure = route.exchanges[0].error
    assert (failure.type, failure.message) == (f"httpx.{type(error).__name__}", str(error))
    assert (route.error.type, route.error.message) == ("RuntimeError", "lost")


@respx.mock
async def test_what_is_sent_outside_a_route_is_left_alone(recorded):
    respx.post(UP).mock(return_value=httpx.Response(200, json={}))
    handle = httpx.HTTPTransport.handle_request
    (route,) = await recorded("/nowhere")
    assert route.exchanges == ()
    assert route.answer.status == 404
    assert httpx.HTTPTransport.handle_request is handle


async def test_a_full_disk_drops_records_and_never_breaks_a_request(tmp_path, caplog):
    class FullDisk(RecordingWriter):
        def write(self, route):
            raise OSError(28, "No space left on device")

    async def hello(_):
        return JSONResponse({})

    with FullDisk(tmp_path / "r.jsonl") as writer:
        recorder = Recorder(Starlette(routes=[Route("/", hello)]), writer)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(recorder), base_url="http://g") as client:
            with recorder.capturing():
                assert (await client.get("/")).status_code == 200
    assert (recorder.recorded, recorder.dropped) == (0, 1)
    assert "No space left" in caplog.text


def test_a_served_gateway_is_recorded_over_real_sockets_without_its_secrets(gateway, upstream, tmp_path):
    ours, out = gateway("lanes"), tmp_path / "out" / "r.jsonl"
    env = {"LANES_UPSTREAM": upstream, "LANES_KEY": "sk-lanes-0123456789abcdef0123"}
    with recording_server(ours.app, root=ours.copy(), out=out, env=env) as base:
        headers = {"authorization": "Bearer customer-token-123456"}
        body = {"backend": "birch", "messages": [], "model": "m"}
        assert httpx.post(f"{base}/v1/talk", json=body, headers=headers).status_code == 200
        cut = {**body, "backend": "ash", "model": "cut", "stream": True}
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{base}/v1/talk", json=cut)
    moved_on, streamed_ = read_recording(out).routes
    assert [exchange.answer.status for exchange in moved_on.exchanges] == [503, 200]
    assert streamed_.exchanges[0].answer.cut.type == "httpx.RemoteProtocolError"
    assert streamed_.answer.chunks == (b'data: {"piece": 1}\n\n',)
    written = out.read_text()
    assert "sk-lanes-0123456789abcdef0123" not in written
    assert "customer-token-123456" not in written


def test_an_application_that_cannot_be_served_says_why(gateway, tmp_path):
    ours = gateway("lanes")
    with (
        pytest.raises(AppNotLoaded, match="No module named 'nowhere'"),
        recording_server("nowhere:app", root=ours.copy(), out=tmp_path / "r.jsonl"),
    ):
        pass
