import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_parity import Answer, Failure
from cutover_parity.stacks._wire import (
    CHUNKED,
    UNTIL_CLOSE,
    BodyReader,
    MessageReader,
    head_bytes,
    is_chunked,
    read_head,
    url_of,
)

CHUNKS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


def framed(chunks):
    return b"".join(b"%x\r\n%b\r\n" % (len(data), data) for data in chunks) + b"0\r\n\r\n"


def in_pieces(data, cuts):
    edges = sorted({min(cut, len(data)) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *edges], [*edges, len(data)], strict=True)]


@given(CHUNKS, st.lists(st.integers(0, 300), max_size=8))
def test_chunks_keep_their_edges_however_they_arrive(chunks, cuts):
    heads, noted = [], []
    reader = MessageReader(lambda start, headers: heads.append((start, headers)), noted.append)
    for piece in in_pieces(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed(chunks), cuts):
        reader.feed(piece)
    assert noted == chunks
    assert reader.over
    assert heads == [("HTTP/1.1 200 OK", (("transfer-encoding", "chunked"),))]


@given(st.binary(), st.lists(st.integers(0, 300), max_size=8))
def test_reading_never_raises(data, cuts):
    for first in (b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"):
        reader = MessageReader(lambda *_: None, lambda _: None)
        for piece in in_pieces(first + data, cuts):
            reader.feed(piece)


@given(CHUNKS, st.sampled_from(["", "5"]))
def test_what_is_written_is_read_again(chunks, length):
    headers = (
        ("x-a", "1"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        *([("content-length", length)] * bool(length)),
    )
    answer = Answer(200, headers, tuple(chunks))
    noted, heads = [], []
    reader = MessageReader(lambda *head: heads.append(head), noted.append)
    reader.feed(head_bytes(answer))
    reader.feed(framed(chunks) if is_chunked(answer) else answer.body)
    assert b"".join(noted) == answer.body
    assert reader.over
    assert [pair for pair in heads[0][1] if pair[0] == "set-cookie"] == [("set-cookie", "a=1"), ("set-cookie", "b=2")]


@pytest.mark.parametrize(
    ("head", "method", "framing"),
    [
        ("HTTP/1.1 200 OK\r\ncontent-length: 3", "GET", 3),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3", "HEAD", 0),
        ("HTTP/1.1 204 No Content", "GET", 0),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 3", "GET", 0),
        ("HTTP/1.0 200 OK", "GET", UNTIL_CLOSE),
        ("GET / HTTP/1.1", "", 0),
        ("POST / HTTP/1.1\r\ncontent-length: 3", "", 3),
    ],
)
def test_the_framing_is_that_of_http(head, method, framing):
    noted = []
    reader = MessageReader(lambda *_: None, noted.append, method=method)
    reader.feed(head.encode() + b"\r\n\r\n")
    assert reader.over is (framing == 0)
    reader.feed(b"abcdef")
    assert b"".join(noted) == {3: b"abc", 0: b"", UNTIL_CLOSE: b"abcdef"}[framing]


def test_interim_answers_are_passed_over():
    heads, noted = [], []
    reader = MessageReader(lambda start, _: heads.append(start), noted.append)
    reader.feed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    assert (heads, noted) == (["HTTP/1.1 200 OK"], [b"ok"])


def test_a_body_that_ends_too_early_is_not_whole():
    for framing, data, kept, whole in [
        (CHUNKED, b"5\r\nab", [b"ab"], False),
        (CHUNKED, b"2\r\nab\r\n", [b"ab"], False),
        (5, b"ab", [b"ab"], False),
        (UNTIL_CLOSE, b"ab", [b"ab"], True),
        (2, b"ab", [b"ab"], True),
    ]:
        noted = []
        reader = BodyReader(framing, noted.append)
        reader.feed(data)
        assert reader.end() is whole
        assert noted == kept


def test_a_length_stays_that_of_the_recording_only_where_the_body_was_cut():
    headers = (("content-length", "9"),)
    assert b"content-length: 3" in head_bytes(Answer(200, headers, (b"abc",)))
    assert b"content-length: 9" in head_bytes(Answer(200, headers, (b"abc",), (), Failure("x.Cut", "")))
    assert b"content-length: 9" in head_bytes(Answer(200, headers), bodiless=True)


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        (("https", "u.invalid", 443, "/v1?a=1"), "https://u.invalid/v1?a=1"),
        (("http", "u.invalid", 8080, "/"), "http://u.invalid:8080/"),
        (("http", "::1", 80, "/"), "http://[::1]/"),
        (("http", "proxy", 3128, "http://u.invalid/v1"), "http://u.invalid/v1"),
        (("https", "u.invalid", 443, "/to?next=https://v.invalid"), "https://u.invalid/to?next=https://v.invalid"),
    ],
)
def test_urls_are_written_as_applications_know_them(parts, url):
    assert url_of(*parts) == url


def test_headers_are_read_with_their_names_in_lower_case():
    start, headers = read_head(b"GET / HTTP/1.1\r\nX-Name:  a: b \r\nEmpty:\r\nbroken")
    assert (start, headers) == ("GET / HTTP/1.1", (("x-name", "a: b"), ("empty", "")))
