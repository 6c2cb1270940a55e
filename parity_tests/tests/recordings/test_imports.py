import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import requests
import vcr

from cutover_parity import NotImportable, RecordingWriter, Request, import_routes, read_recording

KEY = "sk-proj-4f9aQx7LmN2pRs8TuVwXyZ01"
ASKED = Request("POST", "/v1/talk", (("content-type", "application/json"),), b'{"model":"m"}')


class _Provider(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        data = gzip.compress(json.dumps({"answer": self.path, "echo": self.headers["authorization"]}).encode())
        self.send_response(200)
        for name, value in (
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
            ("set-cookie", "s=1"),
            ("content-length", str(len(data))),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def provider():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def written(tmp_path):
    def write(routes):
        path = tmp_path / "out.jsonl"
        with RecordingWriter(path, content=["*"]) as writer:
            for route in routes:
                writer.write(route)
        return read_recording(path).routes, path.read_text()

    return write


@pytest.mark.parametrize("serializer", ["yaml", "json"])
@pytest.mark.parametrize("library", [requests, httpx])
def test_a_cassette_that_vcr_wrote_becomes_exchanges_without_its_secrets(
    tmp_path, provider, written, serializer, library
):
    cassette = tmp_path / f"talk.{serializer}"
    with vcr.use_cassette(str(cassette), serializer=serializer, decode_compressed_response=serializer == "json"):
        for name in ("ash", "birch"):
            answer = library.post(f"{provider}/{name}", json={"n": name}, headers={"authorization": f"Bearer {KEY}"})
            assert answer.json()["answer"] == f"/{name}"
    (route,), text = written(import_routes(cassette, stand_in=ASKED))
    assert route.request == ASKED
    assert [exchange.request.url for exchange in route.exchanges] == [f"{provider}/ash", f"{provider}/birch"]
    assert [json.loads(exchange.answer.body)["answer"] for exchange in route.exchanges] == ["/ash", "/birch"]
    assert [json.loads(exchange.request.body) for exchange in route.exchanges] == [{"n": "ash"}, {"n": "birch"}]
    assert {exchange.answer.status for exchange in route.exchanges} == {200}
    assert KEY in cassette.read_text()
    assert KEY not in text


def test_a_cassette_without_a_request_of_its_own_stands_behind_a_get(tmp_path):
    cassette = tmp_path / "old.yaml"
    cassette.write_text(
        "interactions:\n- request: {body: null, headers: {Accept: ['*/*']}, method: GET, uri: 'http://u.invalid/a'}\n"
        "  response: {body: {string: !!binary aGk=}, headers: {X: [a, b]}, status: {code: 204, message: No}}\n"
        "version: 1\n"
    )
    (route,) = import_routes(cassette)
    assert (route.request.method, route.request.url) == ("GET", "/")
    (exchange,) = route.exchanges
    assert exchange.answer.headers == (("x", "a"), ("x", "b"))
    assert (exchange.answer.status, exchange.answer.body) == (204, b"hi")


def entry(url, *, at="2026-11-23T10:00:00.000Z", time=120, method="POST", answer=None, **request):
    content = answer or {"mimeType": "application/json", "text": '{"ok":true}'}
    return {
        "startedDateTime": at,
        "time": time,
        "timings": {"send": 1, "wait": 80, "receive": 30},
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": ":authority", "value": "x"}, {"name": "Authorization", "value": f"Bearer {KEY}"}],
            **request,
        },
        "response": {
            "status": 200,
            "content": content,
            "headers": [
                {"name": "Content-Encoding", "value": "br"},
                {"name": "Content-Type", "value": content["mimeType"]},
            ],
        },
    }


@pytest.fixture
def har(tmp_path):
    def write(*entries):
        path = tmp_path / "traffic.har"
        path.write_text("\ufeff" + json.dumps({"log": {"version": "1.2", "entries": entries}}))
        return path

    return write


def test_entries_of_the_application_are_routes_and_what_began_meanwhile_their_exchanges(har, written):
    path = har(
        entry("http://gw.local/v1/talk?a=1", postData={"mimeType": "application/json", "text": '{"model":"m"}'}),
        entry("https://up.invalid/x", at="2026-11-23T10:00:00.050Z"),
        entry("https://up.invalid/later", at="2026-11-23T10:00:09.000Z"),
    )
    (route,), text = written(import_routes(path, app_url="http://gw.local"))
    assert (route.request.method, route.request.url, route.request.body) == (
        "POST",
        "/v1/talk?a=1",
        b'{"model":"m"}',
    )
    assert [exchange.request.url for exchange in route.exchanges] == ["https://up.invalid/x"]
    assert route.exchanges[0].at == 50.0
    assert dict(route.answer.headers) == {"content-type": "application/json"}
    assert route.answer.gaps == (110.0,)
    assert KEY not in text


def test_without_an_address_of_the_application_every_entry_is_a_route(har):
    routes = import_routes(har(entry("http://a/x"), entry("http://b/y", method="GET")))
    assert [(route.request.method, route.request.url) for route in routes] == [("POST", "/x"), ("GET", "/y")]


def test_the_entries_of_a_client_are_the_exchanges_of_one_request(har):
    (route,) = import_routes(har(entry("http://a/x"), entry("http://b/y")), stand_in=ASKED)
    assert [exchange.request.url for exchange in route.exchanges] == ["http://a/x", "http://b/y"]


def test_an_event_stream_is_split_after_each_event_and_its_time_is_shared(har):
    (route,) = import_routes(
        har(entry("http://a/x", answer={"mimeType": "text/event-stream", "text": "data: 1\n\ndata: 2\n\ndata: 3\n\n"}))
    )
    assert route.answer.chunks == (b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n")
    assert route.answer.gaps == (80.0, 15.0, 15.0)


def test_an_entry_that_got_no_answer_is_an_error(har):
    aborted = entry("http://a/x")
    aborted["response"] = {"status": 0, "headers": [], "content": {}, "_error": "net::ERR_TIMED_OUT"}
    (route,) = import_routes(har(aborted))
    assert route.answer is None
    assert route.error.message == "net::ERR_TIMED_OUT"


def test_base64_content_and_posted_parameters_are_read(har):
    posted = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "1 2"}]}
    (route,) = import_routes(
        har(
            entry("http://a/x", postData=posted, answer={"mimeType": "image/png", "text": "iVBO", "encoding": "base64"})
        )
    )
    assert (route.request.body, route.answer.body) == (b"a=1+2", b"\x89PN")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{oops", "not JSON"),
        (b"a: [1", "not plain YAML"),
        (b"interactions: !!python/object/apply:os.system ['exit 1']\n", "not plain YAML: "),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"[1, 2]", 'neither "log"'),
        (b'{"log": {}}', 'neither "log"'),
        (b'{"log": {"entries": [{"request": {}}]}}', "entry 0 lacks a field"),
        (b"interactions:\n- {request: 1, response: 2}\n", "interaction 0 lacks a field"),
        (b"", 'neither "log"'),
    ],
)
def test_what_is_neither_says_so_and_nothing_of_it_runs(tmp_path, content, reason):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(NotImportable) as refused:
        import_routes(path)
    assert str(refused.value).startswith(f"{path} cannot be imported as ")
    assert reason in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotImportable, match=r"it cannot be read \(No such file"):
        import_routes(tmp_path / "none.har")
