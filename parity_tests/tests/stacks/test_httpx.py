import asyncio
import importlib

import httpx
import httpx2
import pytest
import respx

from cutover_parity import Answer, Exchange, Failure, Request, Script, Step
from cutover_parity.stacks import Refused

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
PLACES = ("echo", "missing", "zipped", "cookies", "stream", "cut", "reset", "vanish")


def asking(library, place, described, *, client="async", **options):
    async def use(url):
        async def ask():
            async with library.AsyncClient() as session, session.stream("POST", f"{url}/{place}", **options) as got:
                return got.status_code, str(got.url), [piece async for piece in got.aiter_bytes()]

        def ask_sync():
            with library.Client() as session, session.stream("POST", f"{url}/{place}", **options) as got:
                return got.status_code, str(got.url), list(got.iter_bytes())

        return await described(ask() if client == "async" else asyncio.to_thread(ask_sync))

    return use


@LIBRARIES
@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("place", PLACES)
async def test_a_client_sees_the_same_in_a_replay(recorded, replayed, described, library, client, place):
    use = asking(library, place, described, client=client, json={"model": "m"})
    seen, (exchange,) = await recorded(use)
    again, log = await replayed(use, (exchange,))
    assert again == seen
    assert log.escapes == []
    assert (exchange.stack, exchange.client) == (library.__name__, client)
    assert exchange.request.body in {b'{"model":"m"}', b'{"model": "m"}'}


@LIBRARIES
async def test_a_stream_that_is_left_early_is_recorded_as_cancelled(recorded, library):
    async def use(url):
        async with library.AsyncClient() as session, session.stream("POST", f"{url}/stall") as response:
            async for _ in response.aiter_bytes():
                break

    _, (exchange,) = await recorded(use)
    assert exchange.answer.cancelled
    assert exchange.answer.cut is None
    assert len(exchange.answer.chunks) == 1


@LIBRARIES
@pytest.mark.parametrize("place", ["hang", "stall"])
async def test_a_timeout_is_raised_again_as_it_was(recorded, replayed, described, library, place):
    use = asking(library, place, described, timeout=library.Timeout(5, read=0.1))
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen[0] == again[0] == "ReadTimeout"
    assert log.requests[0]["timeout"]["read"] == 0.1


@LIBRARIES
async def test_a_streamed_request_is_recorded_as_it_goes_by(recorded, library):
    async def pieces():
        yield b"on"
        yield b"e"

    async def use(url):
        async with library.AsyncClient() as session:
            return (await session.post(f"{url}/echo", content=pieces())).content

    seen, (exchange,) = await recorded(use)
    assert seen == exchange.request.body == b"one"


@LIBRARIES
async def test_a_call_that_its_caller_gave_up_is_given_up_again(recorded, replayed, described, library, monkeypatch):
    async def use(url):
        async with library.AsyncClient() as session:
            return await described(asyncio.wait_for(session.post(f"{url}/hang", timeout=None), 0.1))

    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again == ("TimeoutError", "")
    assert log.requests[0]["outcome"] == "hang"


@LIBRARIES
async def test_behind_an_answer_that_was_given_up_nothing_more_comes(replayed, described, no_real_waits, library):
    given_up = Answer(200, (), (b"first",), (1.0,), cancelled=True)
    asked = Exchange(Request("POST", "https://u.invalid/v1"), given_up)
    read_on = asking(library, "v1", described, timeout=7)
    outcome, log = await replayed(lambda _: read_on("https://u.invalid"), (asked,))
    assert outcome == ("ReadTimeout", "nothing came within 7 s")
    assert no_real_waits == [7]
    assert log.requests[0]["taken"] == [1, "closed"]


@LIBRARIES
async def test_a_recorded_timeout_takes_as_long_as_the_client_waits(replayed, described, no_real_waits, library):
    asked = Exchange(Request("POST", "https://u.invalid/v1"), error=Failure("httpx.ReadTimeout", "slow"))
    wait = asking(library, "v1", described, timeout=7)
    outcome, _ = await replayed(lambda _: wait("https://u.invalid"), (asked,))
    assert outcome == ("ReadTimeout", "slow")
    assert no_real_waits == [7]


@LIBRARIES
@pytest.mark.parametrize("client", ["sync", "async"])
async def test_a_hang_ends_in_the_clients_own_timeout(replayed, described, no_real_waits, library, client):
    for timeout in (7, None):
        use = asking(library, "echo", described, client=client, timeout=timeout)
        outcome, _ = await replayed(use, script=Script((Step("hang"),)))
        assert outcome[0] == "ReadTimeout"
    assert no_real_waits == [7, 86400]


@LIBRARIES
async def test_a_slow_answer_takes_its_time_once(replayed, described, no_real_waits, library):
    outcome, _ = await replayed(asking(library, "echo", described), script=Script((Step("slow", seconds=2.5),)))
    assert outcome[0] == 200
    outcome, _ = await replayed(asking(library, "echo", described), script=Script((Step("slow", seconds=5.5),)))
    assert outcome == ("ReadTimeout", "nothing came within 5 s")
    assert no_real_waits == [2.5, 5]


@LIBRARIES
async def test_how_much_of_an_answer_was_taken_is_noted(replayed, library):
    async def use(url):
        async with library.AsyncClient() as session:
            for _ in range(2):
                async with session.stream("POST", f"{url}/echo", json={"stream": True}) as response:
                    async for _ in response.aiter_bytes():
                        break
            await session.post(f"{url}/echo", json={"stream": True})

    _, log = await replayed(use, script=Script((Step(), Step("cut", 1))))
    assert [entry["taken"] for entry in log.requests] == [[1, "closed"], [1, "cut"], [4, "end"]]


@LIBRARIES
@pytest.mark.parametrize("retry_after", ["", "7"])
async def test_a_status_may_say_when_to_come_back(replayed, library, retry_after):
    async def use(url):
        async with library.AsyncClient() as session:
            return (await session.post(url)).headers.get("retry-after", "")

    outcome, _ = await replayed(use, script=Script((Step("status", 429, retry_after=retry_after),)))
    assert outcome == retry_after


@LIBRARIES
@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure("httpx2.WriteTimeout", "slow"), "WriteTimeout"),
        (Failure("urllib3.exceptions.NewConnectionError", "no"), "ConnectError"),
        (Failure("aiohttp.client_exceptions.SocketTimeoutError", "slow"), "ReadTimeout"),
        (Failure("http.client.RemoteDisconnected", "gone"), "RemoteProtocolError"),
        (Failure("ConnectionResetError", "gone"), "ReadError"),
    ],
)
async def test_a_failure_of_another_library_is_raised_as_ones_own(replayed, library, failure, kind):
    async def use(_):
        async with library.AsyncClient() as session:
            await session.post("https://u.invalid/v1")

    with pytest.raises(getattr(library, kind), match=failure.message):
        await replayed(use, (Exchange(Request("POST", "https://u.invalid/v1"), error=failure),))


@LIBRARIES
async def test_a_refusal_is_an_error_of_the_librarys_own_family(replayed, library):
    async def use(url):
        async with library.AsyncClient() as session:
            await session.post(url)

    with pytest.raises(Refused) as caught:
        await replayed(use, ())
    assert isinstance(caught.value, library.TransportError)


class _Retrying(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        response = await super().handle_async_request(request)
        return response if response.status_code < 500 else await super().handle_async_request(request)


async def test_custom_transports_and_mounts_that_build_on_the_librarys_are_seen(replayed):
    async def use(url):
        async with httpx.AsyncClient(mounts={"all://": _Retrying()}) as session:
            return (await session.post(url)).status_code

    outcome, log = await replayed(use, script=Script((Step("status", 503),)))
    assert outcome == 200
    assert [entry["outcome"] for entry in log.requests] == ["status 503", "answer"]


async def test_a_transport_of_the_applications_own_stays_its_own_in_a_replay(recorded, replayed):
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="mine"))

    async def use(url):
        async with httpx.AsyncClient() as session:
            await session.post(f"{url}/echo")
        async with httpx.AsyncClient(transport=transport) as session:
            return (await session.post(url, content=b"x")).text

    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again == "mine"
    assert [exchange.answer.body for exchange in exchanges] == [b"{}", b"mine"]
    assert exchanges[1].request.body == b"x"
    assert len(log.requests) == 1


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("client", ["sync", "async"])
async def test_what_respx_answers_is_recorded_and_replayed_without_it(recorded, replayed, described, using, client):
    async def use(url):
        await asking(httpx, "echo", described)(url)
        good = await asking(httpx, "v1", described, client=client, json={"model": "m"})("https://up.invalid")
        return good, await asking(httpx, "v2", described, client=client)("https://up.invalid")

    with respx.mock(assert_all_called=False, using=using) as router:
        router.route(host="127.0.0.1").pass_through()
        router.post("https://up.invalid/v1").respond(json={"from": "respx"})
        router.post("https://up.invalid/v2").mock(side_effect=httpx.ConnectTimeout("slow"))
        seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again
    assert b"respx" in b"".join(seen[0][2])
    assert seen[1] == ("ConnectTimeout", "slow")
    assert log.escapes == []


async def test_a_transport_that_was_replaced_in_a_test_is_recorded_with_its_answers(recorded, monkeypatch):
    async def use(url):
        async with httpx.AsyncClient() as session:
            await session.post(f"{url}/echo")
            monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", replaced)
            found = (await session.post("https://up.invalid/v1")).json()
            monkeypatch.undo()
            return found

    async def replaced(self, request):
        return httpx.Response(200, json={"from": "a test"})

    seen, exchanges = await recorded(use)
    assert seen == {"from": "a test"}
    assert exchanges[1].answer.body in {b'{"from":"a test"}', b'{"from": "a test"}'}


async def test_in_a_replay_ours_wins_over_respx(replayed):
    async def use(_):
        async with httpx.AsyncClient() as session:
            return (await session.post("https://up.invalid/v1")).text

    asked = Exchange(Request("POST", "https://up.invalid/v1"), Answer(200, (), (b"recorded",)))
    with respx.mock(assert_all_called=False) as router:
        router.post("https://up.invalid/v1").respond(text="respx")
        outcome, _ = await replayed(use, (asked,))
    assert outcome == "recorded"


def test_everything_is_as_it_was_afterwards():
    from cutover_parity.recorder._capture import captured_upstream
    from cutover_parity.stacks import Play, answering

    def attributes():
        holders = [
            ("httpx", "HTTPTransport"),
            ("httpx2", "AsyncHTTPTransport"),
            ("http.client", "HTTPConnection"),
            ("urllib3.connection", "HTTPSConnection"),
            ("urllib3.connectionpool", "HTTPConnectionPool"),
            ("aiohttp", "TCPConnector"),
            ("aiohttp", "StreamReader"),
            ("aiohttp", "ClientResponse"),
        ]
        return [dict(vars(getattr(importlib.import_module(module), name))) for module, name in holders]

    before = attributes()
    with captured_upstream():
        assert attributes() != before
    with answering(lambda asked: Play(refusal="no")):
        assert attributes() != before
    assert attributes() == before
