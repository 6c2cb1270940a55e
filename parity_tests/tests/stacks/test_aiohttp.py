import asyncio

import aiohttp
import pytest

from cutover_parity import Script, Step
from cutover_parity.stacks import Refused

PLACES = ("echo", "missing", "moved", "zipped", "cookies", "stream", "cut", "reset", "vanish")


def asking(place, described, **options):
    async def use(url):
        async def ask():
            async with aiohttp.ClientSession() as session, session.post(f"{url}/{place}", **options) as response:
                pieces = [piece async for piece, _ in response.content.iter_chunks() if piece]
                return response.status, str(response.url), pieces, dict(response.headers), len(response.history)

        return await described(ask())

    return use


@pytest.mark.parametrize("place", PLACES)
async def test_a_session_sees_the_same_in_a_replay(recorded, replayed, described, place):
    use = asking(place, described, json={"model": "m"})
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert again[:3] == seen[:3]
    assert log.escapes == []
    assert {exchange.stack for exchange in exchanges} == {"aiohttp"}
    assert exchanges[0].request.body == b'{"model": "m"}'


async def test_headers_keep_their_order_and_repeats(recorded):
    _, (exchange,) = await recorded(asking("cookies", lambda call: call))
    assert [value for name, value in exchange.answer.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("x-mixed-case", "Kept") in exchange.answer.headers


async def test_chunks_keep_their_edges_and_a_cut_says_what_cut_it(recorded, described):
    _, (whole,) = await recorded(asking("stream", described))
    assert len(whole.answer.chunks) == len(whole.answer.gaps) == 3
    assert whole.answer.cut is None
    assert not whole.answer.cancelled
    _, (cut,) = await recorded(asking("cut", described))
    assert len(cut.answer.chunks) == 1
    assert cut.answer.cut.type == "aiohttp.client_exceptions.ClientPayloadError"


async def test_a_stream_that_is_left_early_is_recorded_as_cancelled(recorded):
    async def use(url):
        async with aiohttp.ClientSession() as session, session.post(f"{url}/stall") as response:
            return await response.content.readany()

    _, (exchange,) = await recorded(use)
    assert exchange.answer.cancelled
    assert exchange.answer.cut is None
    assert len(exchange.answer.chunks) == 1


@pytest.mark.parametrize(
    ("place", "timeout", "error"),
    [
        ("hang", aiohttp.ClientTimeout(sock_read=0.1), "SocketTimeoutError"),
        ("hang", aiohttp.ClientTimeout(total=0.1), "TimeoutError"),
        ("stall", aiohttp.ClientTimeout(sock_read=0.1), "SocketTimeoutError"),
        ("stall", aiohttp.ClientTimeout(total=0.1), "TimeoutError"),
    ],
)
async def test_a_timeout_is_raised_again_as_it_was(recorded, replayed, described, place, timeout, error):
    use = asking(place, described, timeout=timeout)
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again
    assert seen[0] == error
    assert log.requests[0]["timeout"]["sock_read"] == timeout.sock_read


async def test_a_refused_connection_is_raised_again(recorded, replayed, described):
    async def use(url):
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{url}/echo") as response:
                await response.read()
            return await described(session.post("http://127.0.0.1:1/"))

    seen, exchanges = await recorded(use)
    again, _ = await replayed(use, exchanges)
    assert seen[0] == again[0] == "ClientConnectorError"
    assert exchanges[1].error.type == "aiohttp.client_exceptions.ClientConnectorError"


async def test_one_session_asks_several_times_at_once(recorded, replayed):
    async def use(url):
        async with aiohttp.ClientSession() as session:

            async def ask(number):
                async with session.post(f"{url}/echo", json={"n": number}) as response:
                    return await response.json()

            first = await asyncio.gather(*(ask(number) for number in range(5)))
            return first + [await ask(number) for number in range(5, 8)]

    seen, exchanges = await recorded(use)
    again, _ = await replayed(use, exchanges)
    assert seen == again == [{"n": number} for number in range(8)]


async def test_bodies_of_every_kind_are_recorded(recorded):
    async def pieces():
        yield b"on"
        yield b"e"

    async def use(url):
        async with aiohttp.ClientSession() as session:
            for data in (b"one", pieces(), {"field": "one"}, aiohttp.FormData({"field": "one"}), None):
                async with session.post(f"{url}/echo", data=data) as response:
                    await response.read()

    _, exchanges = await recorded(use)
    assert [exchange.request.body for exchange in exchanges] == [b"one", b"one", b"field=one", b"field=one", b""]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step("timeout"), aiohttp.SocketTimeoutError),
        (Step("connect"), aiohttp.ClientConnectorError),
        (Step("reset"), aiohttp.ClientOSError),
        (Step("cut", 1), aiohttp.ClientPayloadError),
    ],
)
async def test_a_scripted_failure_is_the_librarys_own(replayed, step, error):
    async def use(url):
        timeout = aiohttp.ClientTimeout(sock_read=5)
        session = aiohttp.ClientSession(timeout=timeout)
        async with session, session.post(f"{url}/echo", json={"stream": True}) as response:
            await response.read()

    with pytest.raises(error):
        await replayed(use, script=Script((step,)))


async def test_a_hang_ends_in_the_sessions_own_timeout(replayed, described, no_real_waits):
    for timeout, error in (({"sock_read": 7}, "SocketTimeoutError"), ({"total": 9}, "TimeoutError")):
        use = asking("echo", described, timeout=aiohttp.ClientTimeout(**timeout))
        outcome, _ = await replayed(use, script=Script((Step("hang"),)))
        assert outcome[0] == error
    assert no_real_waits == [7, 9]


async def test_a_slow_stream_takes_its_time_before_each_chunk(replayed, described, no_real_waits):
    use = asking("echo", described, json={"stream": True})
    outcome, _ = await replayed(use, script=Script((Step("slow", seconds=2.5),)))
    assert len(outcome[2]) == 4
    assert no_real_waits == [2.5] * 4


async def test_what_was_not_recorded_is_refused_and_named(recorded, replayed):
    _, exchanges = await recorded(asking("echo", lambda call: call, json={"model": "a"}))

    async def use(url):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError) as caught:
                await session.post(f"{url}/echo", json={"model": "b"})
            return caught.value

    refused, log = await replayed(use, exchanges)
    assert isinstance(refused, Refused)
    assert "body.model was 'a', is 'b'" in str(refused)
    assert log.escapes == [str(refused)]
