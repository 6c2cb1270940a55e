"""Whatever a provider does, a chain over our clients fails over or raises one documented error, within its deadline.

Every case is a real server on loopback. No text that anybody may log holds the key: not the error's, nor its causes',
nor its traceback's, nor a log line.
"""

import asyncio
import gzip
import importlib
import logging
import socket
import struct
import threading
import time
import traceback

import pytest

from cutover_registry.failover import (
    CircuitBreaker,
    DeadlineExceeded,
    Failover,
    Hedge,
    PhaseTimeouts,
    Policy,
    status_of,
)
from cutover_registry.providers import (
    AnswerUnreadable,
    ProviderCallError,
    ProviderClient,
    ProviderRedirected,
    ProviderTimeout,
    ProviderUnreachable,
    StreamBroken,
    Timeouts,
)

HI = [{"role": "user", "content": "a secret prompt"}]
KEY = "sk-Wq3tXz9LpV2mN8bK"
FORMS = ["chat", "chat_async", "stream", "stream_async"]
DEADLINE = 20.0
LOOSE = Timeouts(total=30, connect=5, first_chunk=0.4, between_chunks=0.4)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def trickled(data, pause=0.05):
    """Send what is there byte by byte, for as long as anybody listens."""

    def send(connection):
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            time.sleep(pause)

    return send


class Trouble:
    """What the first provider does, for each form of a call, and the error that it stands for."""

    def __init__(self, wire, streams):
        self.wire, self.streams = wire, streams

    def ok(self, *headers, body=None):
        wire = self.wire
        if self.streams:
            chunks = wire.event(wire.chunk("hello")) + wire.event(wire.chunk(finish="stop")) + wire.event(b"[DONE]")
            return wire.head(*headers) + (chunks if body is None else body)
        return wire.answer(wire.completion if body is None else body, headers=headers)

    def reset(self):
        return reset, ProviderUnreachable

    def half_open(self):
        def silence(connection):
            connection.settimeout(10)
            connection.recv(1)

        return silence, ProviderTimeout

    def headers_by_the_byte(self):
        return trickled(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 1000), ProviderTimeout

    def body_by_the_byte(self):
        head, _, _ = self.ok().partition(b"\r\n\r\n")

        def send(connection):
            connection.sendall(head + b"\r\n\r\n")
            trickled(b": ping\n\n" * 1000 if self.streams else b" " * 5000)(connection)

        return send, ProviderTimeout

    def malformed_json(self):
        body = b'{"choices": [{'
        return self.ok(body=self.wire.event(body) if self.streams else body), AnswerUnreadable

    def wrong_content_type(self):
        return self.wire.answer(b"<html>a login page</html>", kind="text/html"), AnswerUnreadable

    def gzip_bomb(self):
        bomb = gzip.compress(b" " * 100_000_000, compresslevel=9)
        return self.ok("Content-Encoding: gzip", body=bomb), AnswerUnreadable

    def an_event_of_100_mb(self):
        def endless(connection):
            connection.sendall(self.ok(body=b"") + b"data: " if self.streams else self._large_head())
            for _ in range(1600):
                connection.sendall(b"x" * 65536)

        return endless, AnswerUnreadable

    def _large_head(self):
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n"

    def not_http(self):
        return (lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n")), ProviderUnreachable

    def closed_in_the_middle(self):
        whole = self.ok()
        cut = whole[: whole.index(b"\r\n\r\n") + 20]
        return (lambda connection: connection.sendall(cut)), (StreamBroken, AnswerUnreadable, ProviderUnreachable)


TROUBLES = [name for name in vars(Trouble) if not name.startswith("_") and name != "ok"]


@pytest.fixture(params=["httpx", "aiohttp"])
def transport(request):
    """One of each family, loaded before the clock of a test runs; synchronous calls of aiohttp are httpx's."""
    importlib.import_module(request.param)
    return request.param


@pytest.fixture(params=FORMS)
def form(request):
    return request.param


@pytest.fixture
def trouble(wire, form):
    return Trouble(wire, form.startswith("stream"))


def call(chain, clients, form):
    """Make a call through a chain in one form, all of a stream included; give what came."""

    async def in_loop():
        if form == "chat_async":
            return await chain.run_async(lambda name: clients[name].chat_async(HI, "m"))
        async with await chain.stream_async(lambda name: clients[name].stream_async(HI, "m")) as stream:
            return [chunk async for chunk in stream]

    if form == "chat":
        return chain.run(lambda name: clients[name].chat(HI, "m"))
    if form == "stream":
        with chain.stream(lambda name: clients[name].stream(HI, "m")) as stream:
            return list(stream)
    return asyncio.run(in_loop())


def holds_no_key(error, log):
    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    told = "\n".join(line for line in told.splitlines() if not line.lstrip().startswith("File"))
    causes = []
    while error is not None:
        causes += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    assert [text for text in (told, log, *causes) if KEY in text or "secret prompt" in text] == []


@pytest.mark.parametrize("name", TROUBLES)
def test_a_chain_fails_over_within_its_deadline(name, form, server, client, trouble):
    bad, _ = getattr(trouble, name)()
    server.answers(bad, trouble.ok())
    both = {"bad": client(timeouts=LOOSE), "good": client()}
    policy = Policy(deadline=DEADLINE, phase_timeouts=PhaseTimeouts(total=3.0), until_first_chunk=True)
    assert call(Failover(["bad", "good"], policy=policy), both, form)
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", TROUBLES)
def test_alone_it_is_the_documented_error_and_leaks_nothing(name, form, server, client, trouble, caplog):
    caplog.set_level(logging.DEBUG)
    bad, kind = getattr(trouble, name)()
    server.answers(bad)
    chain = Failover(["bad"], policy=Policy(phase_timeouts=PhaseTimeouts(first_chunk=0.3), until_first_chunk=True))
    with pytest.raises((ProviderCallError, TimeoutError)) as caught:
        call(chain, {"bad": client(timeouts=Timeouts(total=1.5, first_chunk=0.3, between_chunks=0.3))}, form)
    assert isinstance(caught.value, TimeoutError if kind is ProviderTimeout else kind)
    assert status_of(caught.value) in {502, 503, 504}
    holds_no_key(caught.value, caplog.text)


@pytest.mark.parametrize("where", ["nobody.invalid", "refused", "unsigned"])
def test_without_a_connection_a_chain_fails_over(where, form, server, tls_server, client, trouble, caplog):
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    tls_server.answers(trouble.ok())
    urls = {
        "nobody.invalid": f"http://nobody.invalid/v1?key={KEY}",
        "refused": f"http://127.0.0.1:{closed}/v1",
        "unsigned": f"https://127.0.0.1:{tls_server.port}/v1",
    }
    server.answers(trouble.ok())
    both = {"bad": client(url=urls[where]), "good": client()}
    assert call(Failover(["bad", "good"], policy=Policy(deadline=DEADLINE)), both, form)
    with pytest.raises(ProviderUnreachable) as caught:
        call(Failover(["bad"], policy=Policy(deadline=DEADLINE)), both, form)
    holds_no_key(caught.value, caplog.text)
    assert tls_server.asked == []


def test_a_redirect_is_raised_and_never_followed(form, server, client, wire):
    server.answers(wire.answer({}, status=302, headers=[f"Location: {server.url}/chat/completions"]))
    both = {"bad": client(), "good": client()}
    with pytest.raises(ProviderRedirected) as caught:
        call(Failover(["bad", "good"]), both, form)
    assert (status_of(caught.value), len(server.asked)) == (302, 1)


def test_a_character_may_be_cut_anywhere(form, server, client, wire, trouble):
    events = [wire.chunk("Grüße 🙂"), wire.chunk(finish="stop"), b"[DONE]"]
    whole = trouble.ok(body=b"".join(map(wire.event, events)) if trouble.streams else None)
    server.answers(trickled(whole, pause=0))
    chunks = call(Failover(["near"]), {"near": client()}, form)
    if trouble.streams:
        assert chunks[0]["choices"][0]["delta"]["content"] == "Grüße 🙂"


# ---- the deadline, with real seconds


@pytest.mark.parametrize("name", ["half_open", "headers_by_the_byte", "body_by_the_byte"])
def test_the_deadline_ends_the_call_and_its_connection(name, form, server, client, trouble):
    bad, _ = getattr(trouble, name)()
    server.answers(bad)
    chain = Failover(["near", "far"], policy=Policy(deadline=0.4))
    near = client(timeouts=Timeouts(total=60, first_chunk=60, between_chunks=60))
    threads = threading.active_count()
    with pytest.raises(DeadlineExceeded, match=r"within the chain's deadline of 0\.4 s; tried: near"):
        call(chain, {"near": near}, form)
    until(lambda: server.open_connections == 0)
    until(lambda: threading.active_count() <= threads + 1)


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_the_deadline_holds_while_an_open_stream_waits_for_a_chunk(form, server, client, wire):
    def stall(connection):
        connection.sendall(wire.head() + wire.event(wire.chunk("a")))
        connection.settimeout(10)
        connection.recv(1)

    server.answers(stall)
    near = client(timeouts=Timeouts(total=60, first_chunk=60, between_chunks=60))
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=r"deadline of 0\.4 s; tried: near"):
        call(Failover(["near"], policy=Policy(deadline=0.4)), {"near": near}, form)
    assert time.monotonic() - began < 3
    until(lambda: server.open_connections == 0)


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_the_limit_between_chunks_is_kept_by_the_client(form, server, client, wire):
    def stall(connection):
        connection.sendall(wire.head() + wire.event(wire.chunk("a")))
        connection.settimeout(10)
        connection.recv(1)

    server.answers(stall)
    policy = Policy(phase_timeouts=PhaseTimeouts(between_chunks=0.2, first_chunk=30))
    with pytest.raises(TimeoutError) as caught:
        call(Failover(["near"], policy=policy), {"near": client()}, form)
    assert getattr(caught.value, "phase", "between_chunks") == "between_chunks"


def test_the_limit_for_a_connection_is_kept_by_the_client(form, client):
    """A backlog that is full takes no further connection: the handshake is never answered."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        near = client(url=f"http://127.0.0.1:{full.getsockname()[1]}/v1", timeouts=Timeouts(60, 60, 60, 60))
        policy = Policy(phase_timeouts=PhaseTimeouts(connect=0.3))
        with pytest.raises(ProviderTimeout) as caught:
            call(Failover(["near"], policy=policy), {"near": near}, form)
        for each in waiting:
            each.close()
    assert (caught.value.phase, caught.value.seconds) == ("connect", 0.3)


# ---- cancelling and hedging reach the socket


async def test_cancelling_a_chain_closes_its_connection(server, client):
    server.answers(lambda connection: connection.recv(1))
    near = client()
    task = asyncio.ensure_future(Failover(["near", "far"]).run_async(lambda _: near.chat_async(HI, "m")))
    while not server.asked:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await asyncio.to_thread(until, lambda: server.open_connections == 0)
    await near.aclose()


@pytest.mark.parametrize("streams", [False, True])
async def test_the_loser_of_a_race_is_closed(streams, server, client, wire):
    trouble = Trouble(wire, streams)

    def silence(connection):
        connection.settimeout(10)
        connection.recv(1)

    server.answers(silence, trouble.ok("Connection: close"))
    near = client()
    chain = Failover(["slow", "quick"], policy=Policy(hedge=Hedge(0.05), until_first_chunk=True))
    if streams:
        async with await chain.stream_async(lambda _: near.stream_async(HI, "m")) as stream:
            assert stream.provider == "quick"
            assert [chunk async for chunk in stream]
    else:
        assert await chain.run_async(lambda _: near.chat_async(HI, "m")) == wire.completion
    await near.aclose()
    await asyncio.to_thread(until, lambda: server.open_connections == 0)


def test_a_provider_that_hangs_is_left_alone_and_found_again(form, server, client, trouble):
    def silence(connection):
        connection.settimeout(1)
        connection.recv(1)

    server.answers(silence, trouble.ok(), trouble.ok(), trouble.ok())
    breaker = CircuitBreaker(failures=1, cooldown=0.3)
    chain = Failover(["bad", "good"], policy=Policy(breaker=breaker, phase_timeouts=PhaseTimeouts(total=0.3),
                                                    until_first_chunk=True))  # fmt: skip
    both = {"bad": client(), "good": client()}
    assert call(chain, both, form)
    assert breaker.states()["bad"].state == "open"
    assert call(chain, both, form)
    until(lambda: breaker.states()["bad"].retry_in == 0)
    assert call(chain, both, form)
    assert breaker.states()["bad"].state == "closed"


def until(holds):
    """Wait for something that another thread brings about."""
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    assert holds()


def test_the_key_is_in_no_text_of_a_client(spec):
    assert KEY not in repr(ProviderClient(spec(), key=KEY, base_url=f"http://127.0.0.1:9/v1?key={KEY}"))
