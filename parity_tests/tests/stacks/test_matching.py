import json

import httpx
import pytest
import requests

from cutover_parity import Answer, Exchange, Failure, Request
from cutover_parity.arms._matching import Matched, Unmatched, match

URL = "https://u.invalid/v1"


def asked(body, **options):
    return Request("POST", URL, (("content-type", "application/json"),), json.dumps(body).encode(), **options)


def recorded(*requests, error=None):
    return [Exchange(request, None if error else Answer(200), error) for request in requests]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("6f1c2a4e-0b1d-4c3a-9a55-0e8f7d6c5b4a", "0d9a8b7c-6e5f-4a3b-8c2d-1e0f9a8b7c6d"),
        ("req_0123456789abcdef01234567", "req_fedcba987654321076543210"),
        ("2026-11-23T12:00:00Z", "2026-11-24T09:30:12.123+01:00"),
        (1763900000, 1763986400),
    ],
)
def test_values_that_are_new_each_time_do_not_hinder(then, now):
    found = match(asked({"id": now, "n": 1}), recorded(asked({"id": then, "n": 1})), set())
    assert isinstance(found, Matched)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ({"id": "abc", "n": 1}, {"id": "abd", "n": 1}),
        ({"id": "6f1c2a4e-0b1d-4c3a-9a55-0e8f7d6c5b4a"}, {"id": "mine"}),
        ({"max_tokens": 1000}, {"max_tokens": 2000}),
        ({"model": "large-a"}, {"model": "large-b"}),
        ({"at": 12345}, {"at": 54321}),
    ],
)
def test_other_values_do(then, now):
    assert isinstance(match(asked(now), recorded(asked(then)), set()), Unmatched)


def test_the_exact_one_wins_over_one_that_is_alike():
    one, other = ({"id": name * 32} for name in "ab")
    found = match(asked(other), recorded(asked(one), asked(other)), set())
    assert isinstance(found, Matched)
    assert found.index == 1


@pytest.mark.parametrize("library", [httpx, requests])
def test_the_boundary_of_a_multipart_body_does_not_matter(library):
    def multipart(data):
        if library is httpx:
            made = httpx.Request("POST", URL, files={"file": ("a.txt", data)})
            return Request("POST", URL, (("Content-Type", made.headers["content-type"]),), made.read())
        made = requests.Request("POST", URL, files={"file": ("a.txt", data)}).prepare()
        return Request("POST", URL, (("Content-Type", made.headers["content-type"]),), made.body)

    one, again, other = multipart(b"same"), multipart(b"same"), multipart(b"other")
    assert one.body != again.body
    assert isinstance(match(again, recorded(one), set()), Matched)
    assert isinstance(match(other, recorded(one), set()), Unmatched)


def test_of_a_body_that_was_too_long_the_kept_part_is_compared():
    whole = Request("POST", URL, (), b"x" * 100)
    kept = Request("POST", URL, (), b"x" * 10, lost=90)
    assert isinstance(match(whole, recorded(kept), set()), Matched)
    assert isinstance(match(Request("POST", URL, (), b"y" * 100), recorded(kept), set()), Unmatched)


def test_a_body_that_was_never_sent_is_not_compared():
    error = Failure("urllib3.exceptions.NewConnectionError", "no")
    never_sent = Request("POST", URL)
    assert isinstance(match(asked({"n": 1}), recorded(never_sent, error=error), set()), Matched)
    assert isinstance(match(asked({"n": 1}), recorded(never_sent), set()), Unmatched)
    elsewhere = Request("POST", URL + "/other", (), b"{}")
    assert isinstance(match(elsewhere, recorded(never_sent, error=error), set()), Unmatched)
