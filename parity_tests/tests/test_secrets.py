import gzip
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_parity import Answer, Exchange, Failure, RecordingWriter, Request, Scrubber
from cutover_parity.secrets._secrets import masked

KEY = "sk-proj-4f9aQx7LmN2pRs8TuVwXyZ01"
PLAIN_KEY = "correct-horse-battery"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", f"Bearer {PLAIN_KEY}"),
        ("Authorization", PLAIN_KEY),
        ("proxy-authorization", f"Basic {PLAIN_KEY}"),
        ("cookie", f"session={PLAIN_KEY}"),
        ("set-cookie", f"session={PLAIN_KEY}; HttpOnly"),
        ("x-api-key", PLAIN_KEY),
        ("api-key", PLAIN_KEY),
        ("x-goog-api-key", PLAIN_KEY),
        ("ocp-apim-subscription-key", PLAIN_KEY),
        ("x-auth-token", PLAIN_KEY),
        ("x-gateway-secret", PLAIN_KEY),
        ("x-note", f"the key is {KEY}"),
    ],
)
def test_a_header_that_may_hold_a_secret_is_scrubbed(name, value):
    ((_, scrubbed),) = Scrubber().headers(((name, value),))
    assert PLAIN_KEY not in scrubbed
    assert KEY not in scrubbed
    assert "secret-" in scrubbed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-type", "application/json"),
        ("x-provider", "groq"),
        ("x-request-id", "f81d4fae-7dec-11d0"),
        ("etag", "k"),
    ],
)
def test_other_headers_are_left_alone(name, value):
    assert Scrubber().headers(((name, value),)) == ((name, value),)


def test_the_scheme_of_an_authorization_stays_readable():
    ((_, scrubbed),) = Scrubber().headers((("authorization", f"Bearer {PLAIN_KEY}"),))
    assert scrubbed.startswith("Bearer secret-")


@pytest.mark.parametrize(
    "url",
    [
        f"https://u.invalid/v1?key={PLAIN_KEY}",
        f"/v1?a=1&api_key={PLAIN_KEY}&b=2",
        f"https://user:{PLAIN_KEY}@u.invalid/v1",
        f"https://u.invalid/v1?access_token={PLAIN_KEY}#top",
        f"https://u.invalid/{KEY}/v1",
    ],
)
def test_secrets_of_a_url_are_scrubbed(url):
    scrubbed = Scrubber().url(url)
    assert PLAIN_KEY not in scrubbed
    assert KEY not in scrubbed
    assert "secret-" in scrubbed


@pytest.mark.parametrize("url", ["/v1/chat?stream=true&model=a", "https://u.invalid:8080/v1/keys?page=2"])
def test_a_url_without_secrets_is_left_alone(url):
    assert Scrubber().url(url) == url


@pytest.mark.parametrize("field", ["api_key", "apiKey", "access_token", "client_secret", "password", "authorization"])
def test_a_secret_field_of_a_body_is_scrubbed(field):
    body = json.dumps({"model": "m", field: PLAIN_KEY, "n": 1}).encode()
    scrubbed = json.loads(Scrubber().data(body))
    assert scrubbed[field].startswith("secret-")
    assert {**scrubbed, field: 0} == {"model": "m", field: 0, "n": 1}


@pytest.mark.parametrize(
    "body", [b'{"max_tokens": 5, "key": "C major", "messages": [{"content": "my token is blue"}]}', b"\xff\x00", b""]
)
def test_a_body_without_secrets_is_left_alone(body):
    assert Scrubber().data(body) == body


def test_equal_secrets_of_one_recording_stay_equal_and_of_two_do_not():
    one, other = Scrubber(), Scrubber()
    assert one.placeholder(KEY) == one.placeholder(KEY) != one.placeholder(KEY + "x")
    assert one.placeholder(KEY) != other.placeholder(KEY)
    assert masked(one.placeholder(KEY)) == masked(other.placeholder(KEY)) == "secret"


def test_a_placeholder_is_no_secret_again():
    scrubber = Scrubber()
    assert scrubber.placeholder(scrubber.placeholder(KEY)) == scrubber.placeholder(KEY)
    assert scrubber.placeholder("") == ""


def test_a_secret_that_comes_back_elsewhere_is_found_again():
    scrubber = Scrubber()
    scrubber.headers((("x-api-key", PLAIN_KEY),))
    assert scrubber.text(f"invalid key {PLAIN_KEY}!") == f"invalid key {scrubber.placeholder(PLAIN_KEY)}!"


@given(st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_a_secret_across_chunk_edges_is_found_and_the_chunks_stay_as_many(cuts, twice):
    stream = f"data: {KEY} and {'again ' + KEY if twice else 'no more'} end".encode()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = tuple(stream[start:end] for start, end in pairwise(edges))
    scrubber = Scrubber()
    scrubbed = scrubber.chunks(chunks)
    assert len(scrubbed) == len(chunks)
    assert b"".join(scrubbed) == stream.replace(KEY.encode(), scrubber.placeholder(KEY).encode())


def test_nothing_secret_reaches_the_disk_from_any_part_of_a_route(tmp_path, route):
    asked = Request(
        "POST",
        f"https://u.invalid/v1?key={PLAIN_KEY}",
        (("authorization", f"Bearer {KEY}"),),
        json.dumps({"api_key": PLAIN_KEY, "messages": [{"content": KEY}]}).encode(),
    )
    packed = Answer(
        401, (("content-encoding", "gzip"),), (gzip.compress(f"no such key: {PLAIN_KEY}".encode()),), (1.0,)
    )
    cut = Answer(
        200, (), (KEY[:9].encode(), KEY[9:].encode()), (1.0, 2.0), Failure("httpx.ReadError", f"at {asked.url}")
    )
    exchanges = [Exchange(asked, packed), Exchange(asked, cut), Exchange(asked, error=Failure("x", f"bad {PLAIN_KEY}"))]
    path = tmp_path / "r.jsonl"
    with RecordingWriter(path) as writer:
        writer.write(
            route({"token": PLAIN_KEY}, *exchanges, headers=(("cookie", f"s={PLAIN_KEY}"),), url=f"/v1?sig={KEY}")
        )
    written = path.read_text()
    assert PLAIN_KEY not in written
    assert KEY not in written
    assert KEY[9:] not in written
    assert "no such key: secret-" in written
