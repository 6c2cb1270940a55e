"""Whatever a provider or the network does: one documented error, no hang, no key in any text, no connection left."""

import asyncio
import gzip
import pickle
import socket
import struct
import time
import traceback

import pytest

from cutover_registry.failover import Failover, PhaseTimeouts, Policy, status_of
from cutover_registry.providers import (
    AnswerUnreadable,
    AuthenticationFailed,
    ModelNotFound,
    ProviderCallError,
    ProviderClient,
    ProviderFailed,
    ProviderRedirected,
    ProviderTimeout,
    ProviderUnreachable,
    RateLimited,
    RequestRefused,
    StreamBroken,
    Timeouts,
)

HI = [{"role": "user", "content": "a secret prompt"}]
KEY = "sk-Wq3tXz9LpV2mN8bK"
SHORT = Timeouts(total=5, connect=1, first_chunk=0.15, between_chunks=0.15)
FORMS = ["chat", "chat_async", "stream", "stream_async"]


def call(client, form, **options):
    """Make a call in one form, all of a stream included."""

    async def taken():
        async with await client.stream_async(HI, "m", **options) as stream:
            return [chunk async for chunk in stream]

    if form == "chat":
        return client.chat(HI, "m", **options)
    if form == "chat_async":
        return asyncio.run(client.chat_async(HI, "m", **options))
    if form == "stream_async":
        return asyncio.run(taken())
    with client.stream(HI, "m", **options) as stream:
        return list(stream)


@pytest.fixture(params=FORMS)
def failing(request, server):
    """Make a call that must fail; give its error, once it is known that no text of it holds the key or the prompt."""

    def failing(client, kind, **options):
        with pytest.raises(kind) as caught:
            call(client, request.param, **options)
        told = "".join(traceback.format_exception(caught.value))
        told = "\n".join(line for line in told.splitlines() if "File" not in line)
        assert KEY not in told
        assert KEY not in repr(caught.value)
        assert "secret prompt" not in str(caught.value)
        assert isinstance(caught.value, ProviderCallError)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), str(again)) == (type(caught.value), str(caught.value))
        return caught.value

    failing.form = request.param
    failing.streams = request.param.startswith("stream")
    return failing


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silent(connection):
    time.sleep(3)


# ---- statuses


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProviderRedirected),
        (400, RequestRefused),
        (401, AuthenticationFailed),
        (403, AuthenticationFailed),
        (404, ModelNotFound),
        (422, RequestRefused),
        (429, RateLimited),
        (500, ProviderFailed),
        (503, ProviderFailed),
    ],
)
def test_a_status_has_its_kind(server, client, wire, failing, status, kind):
    body = {"error": {"message": f"bad key {KEY}", "type": "some_type", "code": "some_code"}}
    server.answers(wire.answer(body, status=status, headers=["Retry-After: 7", f"Location: {server.url}/again"]))
    error = failing(client(), kind)
    assert str(error) == f"near: answered with status {status}: bad key […]"
    assert (error.status_code, error.retry_after, error.type, error.code) == (status, 7.0, "some_type", "some_code")
    assert (error.provider, error.model, status_of(error)) == ("near", "m", status)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"detail": "no such model"}', "no such model"),
        (b'{"message": "slow down", "code": 3}', "slow down"),
        (b'[{"error": {"code": 400, "message": "Vertex says", "status": "INVALID_ARGUMENT"}}]', "Vertex says"),
        (b'{"errors": 1}', ""),
        (b"plain words", "plain words"),
        (b"<html><body>proxy</body></html>", ""),
        (b'"text"', "text"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_error_answers_of_any_shape_are_read(server, client, wire, failing, body, detail):
    server.answers(wire.answer(body, status=500))
    assert failing(client(), ProviderFailed).detail == detail


def test_a_long_error_is_cut(server, client, wire, failing):
    server.answers(wire.answer(b"word " * 50_000, status=500, kind="text/plain"))
    assert len(str(failing(client(), ProviderFailed))) < 600


def test_an_error_inside_a_good_answer_is_an_error(server, client, wire, failing):
    body = {"error": {"message": "overloaded", "code": 529}}
    server.answers(wire.head() + wire.event(body) if failing.streams else wire.answer(body))
    error = failing(client(), ProviderFailed)
    assert (error.status_code, error.detail) == (529, "overloaded")


# ---- the network


def test_nobody_listens(client, failing):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failing(client(url=f"http://127.0.0.1:{port}/v1?key={KEY}"), ProviderUnreachable)
    assert "127.0.0.1" not in str(error)
    assert status_of(error) == 503


def test_a_name_that_nobody_knows(client, failing):
    failing(client(url="http://nobody.invalid/v1"), ProviderUnreachable)


def test_a_certificate_that_nobody_signed(tls_server, client, wire, failing):
    tls_server.answers(wire.answer(wire.completion))
    error = failing(client(url=f"https://127.0.0.1:{tls_server.port}/v1"), ProviderUnreachable)
    assert "certificate" in str(error).lower()
    assert tls_server.asked == []


def test_a_reset_before_the_answer(server, client, failing):
    server.answers(reset)
    failing(client(), ProviderUnreachable)


def test_a_close_before_the_answer(server, client, failing):
    server.answers(lambda connection: None)
    failing(client(), ProviderUnreachable)


def test_an_answer_that_is_not_http(server, client, failing):
    server.answers(lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n"))
    failing(client(), ProviderUnreachable)


def test_silence_is_a_timeout(server, client, failing):
    server.answers(silent)
    error = failing(client(timeouts=SHORT), ProviderTimeout)
    assert (error.phase, error.seconds, status_of(error)) == ("first_chunk", 0.15, 504)
    assert str(error) == "near: no answer within 0.15 s"


def test_a_body_that_trickles_ends_at_the_total(server, client, wire, failing):
    def trickle(connection):
        connection.sendall(wire.head() if failing.streams else wire.answer(b"{" + b" " * 10_000)[:-9_000])
        for _ in range(200):
            connection.sendall(b": x\n\n" if failing.streams else b" ")
            time.sleep(0.02)

    server.answers(trickle)
    began = time.monotonic()
    error = failing(client(timeouts=Timeouts(total=0.3, first_chunk=5, between_chunks=5)), ProviderTimeout)
    assert error.phase == "total"
    assert time.monotonic() - began < 3


def test_headers_and_then_silence(server, client, wire, failing):
    def stall(connection):
        connection.sendall(wire.head() if failing.streams else wire.answer(wire.completion)[:-20])
        time.sleep(3)

    server.answers(stall)
    error = failing(client(timeouts=Timeouts(total=0.4, first_chunk=0.2, between_chunks=9)), ProviderTimeout)
    assert error.phase in {"first_chunk", "total"}


def test_headers_that_trickle_end_at_their_limit(server, client, wire, failing):
    def trickle(connection):
        for each in wire.head("X-Long: " + "x" * 400):
            connection.sendall(bytes([each]))
            time.sleep(0.02)

    server.answers(trickle)
    began = time.monotonic()
    error = failing(client(timeouts=Timeouts(total=5, first_chunk=0.3)), ProviderTimeout)
    assert error.phase == "first_chunk"
    assert time.monotonic() - began < 3


def test_an_error_that_trickles_is_told_with_what_came(server, client, wire, failing):
    def trickle(connection):
        connection.sendall(wire.answer(b"overloaded" + b" " * 500, status=503, kind="text/plain")[:-490])
        time.sleep(3)

    server.answers(trickle)
    began = time.monotonic()
    assert failing(client(timeouts=Timeouts(total=0.6)), ProviderFailed).detail == "overloaded"
    assert time.monotonic() - began < 2


def test_a_stream_that_stays_open_after_its_end_is_not_waited_for(server, client, wire):
    def lingering(connection):
        connection.sendall(wire.head() + wire.event(wire.chunk(finish="stop")) + wire.event(b"[DONE]"))
        time.sleep(3)

    server.answers(lingering)
    near, began = client(), time.monotonic()
    for form in ("stream", "stream_async"):
        assert len(call(near, form)) == 1
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_between_chunks_has_a_limit_of_its_own(server, client, wire, form):
    def pausing(connection):
        connection.sendall(wire.head() + wire.event(wire.chunk("a")))
        time.sleep(0.5)
        connection.sendall(wire.event(wire.chunk(finish="stop")))

    server.answers(pausing)
    patient = client(timeouts=Timeouts(total=5, first_chunk=0.2, between_chunks=2))
    assert len(call(patient, form)) == 2
    with pytest.raises(ProviderTimeout) as caught:
        call(client(timeouts=Timeouts(total=5, first_chunk=2, between_chunks=0.2)), form)
    assert caught.value.phase == "between_chunks"


def test_an_answer_that_is_cut(server, client, wire, failing):
    if failing.streams:
        server.answers(wire.head() + wire.event(wire.chunk("a")))
        error = failing(client(), StreamBroken)
        assert (error.chunks, str(error)) == (1, "near: the stream ended after 1 chunks, without its last one")
    else:
        server.answers(lambda connection: connection.sendall(wire.answer(wire.completion)[:-20]))
        failing(client(), ProviderUnreachable)


# ---- what comes


@pytest.mark.parametrize("body", [b"{", b"", b"[1]", b'"x"', b"\xff\xff", b"[" * 100_000])
def test_what_is_not_a_json_object_is_unreadable(server, client, wire, failing, body):
    server.answers(wire.head() + wire.event(body or b" ") if failing.streams else wire.answer(body))
    failing(client(), AnswerUnreadable)


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": None}, {"choices": "x"}])
def test_what_is_not_a_completion_is_unreadable(server, client, wire, body):
    server.answers(wire.answer(body))
    with pytest.raises(AnswerUnreadable, match="near: the answer has no choices"):
        client().chat(HI, "m")


def test_another_content_type_is_unreadable(server, client, wire, failing):
    server.answers(wire.answer(b"<html>hello</html>", kind="text/html; charset=utf-8"))
    assert "the answer is 'text/html'" in str(failing(client(), AnswerUnreadable))


def test_a_compressed_answer_is_read(server, client, wire):
    body = gzip.compress(wire.answer(wire.completion).partition(b"\r\n\r\n")[2])
    server.answers(wire.answer(body, headers=["Content-Encoding: gzip"]))
    assert client().chat(HI, "m") == wire.completion


def test_a_compressed_stream_is_read(server, client, wire):
    body = gzip.compress(wire.event(wire.chunk("a")) + wire.event(wire.chunk(finish="stop")) + wire.event(b"[DONE]"))
    server.answers(wire.head("Content-Encoding: gzip") + body)
    assert len(call(client(), "stream")) == 2


@pytest.fixture(scope="module")
def bomb():
    return gzip.compress(b" " * 100_000_000, compresslevel=9)


def test_a_bomb_is_stopped_while_it_unfolds(server, client, wire, failing, bomb):
    head = ["Content-Encoding: gzip"]
    server.answers(wire.head(*head) + bomb if failing.streams else wire.answer(bomb, headers=head))
    error = failing(client(), AnswerUnreadable)
    assert "larger than" in str(error)


@pytest.mark.parametrize("encoding", ["br", "zstd", "nonsense"])
def test_a_compression_that_was_not_asked_for_is_unreadable(server, client, wire, failing, encoding):
    head = [f"Content-Encoding: {encoding}"]
    server.answers(wire.head(*head) + b"xx" if failing.streams else wire.answer(b"xx", headers=head))
    assert f"content-encoding is '{encoding}'" in str(failing(client(), AnswerUnreadable))


def test_what_is_not_compressed_as_it_says_is_unreadable(server, client, wire, failing):
    head = ["Content-Encoding: gzip"]
    server.answers(wire.head(*head) + b"plain" if failing.streams else wire.answer(b"plain", headers=head))
    failing(client(), AnswerUnreadable)


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_an_event_without_end_is_stopped(server, client, wire, form):
    def endless(connection):
        connection.sendall(wire.head() + b"data: ")
        for _ in range(1600):
            connection.sendall(b"x" * 65536)

    server.answers(endless)
    with pytest.raises(AnswerUnreadable, match="near: an event is larger than 1048576 bytes"):
        call(client(), form)


# ---- afterwards


@pytest.mark.parametrize("form", FORMS)
def test_after_trouble_the_next_call_works(server, client, wire, form):
    good = (
        wire.head() + wire.event(wire.chunk(finish="stop"))
        if form.startswith("stream")
        else wire.answer(wire.completion)
    )
    near = client()
    for trouble in (reset, wire.answer({}, status=500), wire.answer(b"{", kind="text/html")):
        server.answers(trouble, good)
        with pytest.raises(ProviderCallError):
            call(near, form)
        assert call(near, form)


async def test_a_connection_that_was_closed_without_a_word_is_not_used_again(server, client, wire):
    def closing(connection):
        connection.sendall(wire.answer(wire.completion))

    server.answers(closing)
    near = client()
    for pause in (0.02, 0.02, 0.12, 0.12):
        assert await near.chat_async(HI, "m") == wire.completion
        await asyncio.sleep(pause)
        assert near.chat(HI, "m") == wire.completion
        await asyncio.sleep(pause)
    assert server.connections == 8


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_a_stream_that_is_left_early_leaves_no_connection(server, client, wire, form):
    def slow(connection):
        connection.sendall(wire.head() + wire.event(wire.chunk("a")))
        connection.settimeout(5)
        connection.recv(1)

    server.answers(slow)
    near = client()

    async def early():
        async with await near.stream_async(HI, "m") as stream:
            await anext(stream)

    for _ in range(20):
        if form == "stream":
            with near.stream(HI, "m") as stream:
                next(stream)
        else:
            asyncio.run(early())
    for _ in range(300):
        if server.open_connections == 0:
            break
        time.sleep(0.01)
    assert server.open_connections == 0


async def test_cancelling_reaches_the_socket(server, client):
    server.answers(lambda connection: connection.recv(1))
    task = asyncio.ensure_future(client().chat_async(HI, "m"))
    while not server.asked:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    for _ in range(300):
        if server.open_connections == 0:
            break
        await asyncio.sleep(0.01)
    assert task.cancelled()
    assert server.open_connections == 0


# ---- inside a chain


def test_a_chain_goes_on_after_each_of_these(server, client, wire, spec):
    bad = client()
    good = ProviderClient(spec(), base_url=server.url, key="x")
    clients = {"bad": bad, "good": good}
    for trouble in (reset, wire.answer({}, status=503), wire.answer({}, status=401), wire.answer(b"{")):
        server.answers(trouble, wire.answer(wire.completion))
        assert Failover(["bad", "good"]).run(lambda name: clients[name].chat(HI, "m")) == wire.completion
    good.close()


@pytest.mark.parametrize("form", FORMS)
def test_the_deadline_of_a_chain_limits_the_call(server, client, form):
    server.answers(silent)
    near, chain = client(), Failover(["near"], policy=Policy(deadline=0.2))

    asked = {
        "chat": lambda: chain.run(lambda _: near.chat(HI, "m")),
        "stream": lambda: chain.stream(lambda _: near.stream(HI, "m")),
        "chat_async": lambda: asyncio.run(chain.run_async(lambda _: near.chat_async(HI, "m"))),
        "stream_async": lambda: asyncio.run(chain.stream_async(lambda _: near.stream_async(HI, "m"))),
    }
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asked[form]()
    assert time.monotonic() - began < 2


def test_the_phases_of_a_chain_are_those_of_the_call(server, client):
    server.answers(silent)
    policy = Policy(phase_timeouts=PhaseTimeouts(first_chunk=0.1))
    with pytest.raises(ProviderTimeout) as caught:
        Failover(["near"], policy=policy).run(lambda _: client().chat(HI, "m"))
    assert (caught.value.phase, caught.value.seconds) == ("first_chunk", 0.1)
