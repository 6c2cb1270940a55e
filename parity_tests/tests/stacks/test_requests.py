import asyncio
import http.client
import threading
import urllib.request

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from cutover_parity import Answer, Exchange, Failure, Request, Script, Step

PLACES = ("echo", "missing", "moved", "zipped", "cookies", "stream", "cut", "reset", "vanish")


def asking(call, described):
    """Call in a thread, as an application would, and describe what it raises."""

    async def use(url):
        return await described(asyncio.to_thread(call, url))

    return use


@pytest.mark.parametrize("place", PLACES)
async def test_requests_sees_the_same_in_a_replay(recorded, replayed, described, place):
    def call(url):
        with requests.Session() as session:
            response = session.post(f"{url}/{place}", json={"model": "m"}, timeout=5)
            return response.status_code, response.url, response.content, dict(response.headers), len(response.history)

    use = asking(call, described)
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert again[:3] == seen[:3]
    assert log.escapes == []
    assert {exchange.stack for exchange in exchanges} == {"urllib3"}
    assert exchanges[0].request.body == b'{"model": "m"}'


@pytest.mark.parametrize(
    "read",
    [
        lambda response: list(response.iter_content(None)),
        lambda response: list(response.iter_lines()),
        lambda response: list(response.iter_content(1)),
        lambda response: response.raw.read(),
        lambda response: list(response.raw.stream(8)),
        lambda response: [response.raw.read(5), response.raw.read()],
    ],
)
@pytest.mark.parametrize("place", ["stream", "echo", "zipped"])
async def test_a_streamed_answer_is_read_alike_in_every_way(recorded, replayed, described, read, place):
    def call(url):
        with requests.post(f"{url}/{place}", data=b"0123456789" * 3, stream=True, timeout=5) as response:
            return read(response)

    use = asking(call, described)
    seen, (exchange,) = await recorded(use)
    again, log = await replayed(use, (exchange,))
    assert again == seen
    assert log.escapes == []
    assert len(exchange.answer.chunks) == (3 if place == "stream" else 1)
    assert exchange.answer.cut is None


async def test_a_stream_that_is_left_early_is_recorded_as_cancelled(recorded, described):
    def call(url):
        with requests.post(f"{url}/stall", stream=True, timeout=5) as response:
            return next(response.iter_content(None))

    _, (exchange,) = await recorded(asking(call, described))
    assert exchange.answer.cancelled
    assert len(exchange.answer.chunks) == 1


@pytest.mark.parametrize(("place", "error"), [("hang", "ReadTimeout"), ("stall", "ConnectionError")])
async def test_a_timeout_is_raised_again_as_it_was(recorded, replayed, described, place, error):
    def call(url):
        return requests.post(f"{url}/{place}", timeout=(3, 0.1)).content

    use = asking(call, described)
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again
    assert seen[0] == error
    assert log.requests[0]["timeout"] == {"connect": 3, "read": 0.1}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_refused_connection_is_raised_again(recorded, replayed, described, scheme):
    def call(url):
        requests.post(f"{url}/echo")
        requests.post(f"{scheme}://127.0.0.1:1/", json={"n": 1}, timeout=5)

    use = asking(call, described)
    seen, exchanges = await recorded(use)
    again, _ = await replayed(use, exchanges)
    assert seen == again
    assert seen[0] == "ConnectionError"
    assert exchanges[1].request.url == f"{scheme}://127.0.0.1:1/"
    assert exchanges[1].error.type == "urllib3.exceptions.NewConnectionError"


async def test_retries_are_the_librarys_own(replayed, described):
    def call(url):
        with requests.Session() as session:
            retry = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
            session.mount("http://", HTTPAdapter(max_retries=retry))
            return session.post(f"{url}/echo").status_code

    script = Script((Step("status", 503), Step("reset"), Step("connect")))
    outcome, log = await replayed(asking(call, described), script=script)
    assert outcome == 200
    assert [entry["outcome"] for entry in log.requests] == ["status 503", "reset", "connect", "answer"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step("timeout"), "ReadTimeout"),
        (Step("connect"), "ConnectionError"),
        (Step("reset"), "ConnectionError"),
        (Step("cut", 1), "ChunkedEncodingError"),
    ],
)
async def test_a_scripted_failure_is_the_librarys_own(replayed, described, step, error):
    def call(url):
        return requests.post(f"{url}/echo", json={"stream": True}, timeout=5).content

    outcome, _ = await replayed(asking(call, described), script=Script((step,)))
    assert outcome[0] == error


async def test_a_hang_ends_in_the_callers_own_timeout(replayed, described, no_real_waits):
    for timeout in (7, None):
        call = asking(lambda url, timeout=timeout: requests.get(f"{url}/echo", timeout=timeout), described)
        outcome, _ = await replayed(call, script=Script((Step("hang"),)))
        assert outcome[0] == "ReadTimeout"
    assert no_real_waits == [7, 86400]


async def test_what_takes_longer_than_the_callers_patience_times_out(replayed, described, no_real_waits):
    def call(url):
        return requests.post(f"{url}/echo", json={"stream": True}, timeout=2, stream=True).content

    outcome, _ = await replayed(asking(call, described), script=Script((Step("slow", seconds=1.5),)))
    assert b"[DONE]" in outcome
    outcome, _ = await replayed(asking(call, described), script=Script((Step("slow", seconds=2.5),)))
    assert outcome == ("ConnectionError", outcome[1])
    assert no_real_waits == [1.5] * 4 + [2]


async def test_urllib3_urllib_and_http_client_are_seen_as_well(recorded, replayed, described):
    def call(url):
        host = url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=5)
        connection.request("POST", "/echo", body=b"plain")
        found = [connection.getresponse().read()]
        connection.close()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/echo", data=b"urllib"), timeout=5) as response:
            found.append(response.read())
        with urllib3.PoolManager() as pool:
            found.append(pool.request("POST", f"{url}/echo", body=b"urllib3").data)
            found.append(pool.request("POST", f"{url}/echo", body=iter([b"pie", b"ces"])).data)
            found.append(pool.request("HEAD", f"{url}/echo").headers["content-length"])
        return found

    use = asking(call, described)
    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again == [b"plain", b"urllib", b"urllib3", b"pieces", "2"]
    assert [exchange.stack for exchange in exchanges] == ["http.client", "http.client", "urllib3", "urllib3", "urllib3"]
    assert [exchange.request.body for exchange in exchanges] == [b"plain", b"urllib", b"urllib3", b"pieces", b""]
    assert log.escapes == []


async def test_connections_of_a_pool_are_shared_by_threads_as_ever(recorded, replayed, described):
    def call(url):
        found = {}
        with requests.Session() as session:

            def ask(number):
                found[number] = [session.post(f"{url}/echo", json={"n": number}).json()["n"] for _ in range(2)]

            threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return dict(sorted(found.items()))

    async def use(url):
        from cutover_parity.recorder._context import context_carried

        with context_carried():
            return await described(asyncio.to_thread(call, url))

    seen, exchanges = await recorded(use)
    again, log = await replayed(use, exchanges)
    assert seen == again == {number: [number, number] for number in range(4)}
    assert len(log.requests) == 8


async def test_a_body_that_a_placeholder_made_longer_is_read_whole(replayed, described):
    def call(url):
        return requests.post(f"{url}/echo").json()

    data = b'{"key": "secret-0123456789abcdef"}'
    answer = Answer(200, (("content-length", "20"),), (data,))

    async def use(url):
        return await asking(call, described)(url)

    asked = Exchange(Request("POST", "http://u.invalid/echo"), answer)
    outcome, _ = await replayed(lambda _: use("http://u.invalid"), (asked,))
    assert outcome == {"key": "secret-0123456789abcdef"}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure("httpx.ConnectTimeout", "slow"), "ConnectTimeout"),
        (Failure("httpx2.ReadTimeout", "slow"), "ReadTimeout"),
        (Failure("aiohttp.client_exceptions.ClientConnectorError", "no"), "ConnectionError"),
        (Failure("aiohttp.client_exceptions.ClientConnectorCertificateError", "certificate"), "SSLError"),
        (Failure("httpx.RemoteProtocolError", "gone"), "ConnectionError"),
        (Failure("somewhere.Else", "odd"), "ConnectionError"),
    ],
)
async def test_a_failure_of_another_library_is_raised_as_ones_own(replayed, described, failure, error):
    def call(_):
        return requests.post("https://u.invalid/v1", timeout=5)

    asked = Exchange(Request("POST", "https://u.invalid/v1"), error=failure)
    outcome, _ = await replayed(asking(call, described), (asked,))
    assert outcome[0] == error


async def test_what_was_not_recorded_is_refused_and_named(replayed, described):
    def call(url):
        return requests.post(f"{url}/echo", json={"model": "b"}, timeout=5)

    outcome, log = await replayed(asking(call, described), ())
    assert outcome[0] == "ConnectionError"
    assert "is not recorded for this route" in outcome[1]
    assert len(log.escapes) == 1
