import types

import aiohttp
import httpx
import httpx2
import openai
import pytest
import requests

from cutover_parity import Step
from cutover_parity.arms._library import error_in, library_of


def written_with(**names):
    """Make a provider function in a module that has these names."""
    return types.FunctionType((lambda: None).__code__, {"__name__": "a_client", "json": __import__("json"), **names})


@pytest.mark.parametrize(
    ("names", "library"),
    [
        ({"httpx": httpx}, "httpx"),
        ({"Client": httpx2.Client}, "httpx2"),
        ({"OpenAI": openai.OpenAI, "httpx": httpx}, "openai"),
        ({"post": requests.post}, "requests"),
        ({"session": requests.Session()}, "requests"),
        ({"aiohttp": aiohttp}, "aiohttp"),
        ({}, "httpx"),
    ],
)
def test_the_library_is_read_off_the_names_of_the_functions_module(names, library):
    assert library_of(written_with(**names)) == library


def test_what_is_no_function_has_the_usual_library():
    assert library_of(None) == library_of(len) == "httpx"


KINDS = ("timeout", "hang", "connect", "reset")


@pytest.mark.parametrize(
    ("library", "status", "others"),
    [
        ("httpx", httpx.HTTPStatusError, (httpx.ReadTimeout, httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError)),
        (
            "httpx2",
            httpx2.HTTPStatusError,
            (httpx2.ReadTimeout, httpx2.ReadTimeout, httpx2.ConnectError, httpx2.ReadError),
        ),
        (
            "requests",
            requests.HTTPError,
            (requests.ReadTimeout, requests.ReadTimeout, requests.ConnectionError, requests.ConnectionError),
        ),
        (
            "aiohttp",
            aiohttp.ClientResponseError,
            (
                aiohttp.SocketTimeoutError,
                aiohttp.SocketTimeoutError,
                aiohttp.ClientConnectionError,
                aiohttp.ClientOSError,
            ),
        ),
        (
            "openai",
            openai.RateLimitError,
            (openai.APITimeoutError, openai.APITimeoutError, openai.APIConnectionError, openai.APIConnectionError),
        ),
    ],
)
def test_a_failed_call_raises_what_its_library_raises(library, status, others):
    assert type(error_in(library, Step("status", 429), "provider://a/ask")) is status
    for kind, expected in zip(KINDS, others, strict=True):
        assert type(error_in(library, Step(kind), "provider://a/ask")) is expected


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests", "aiohttp", "openai"])
def test_a_status_can_be_read_off_the_error(library):
    error = error_in(library, Step("status", 503), "provider://a/ask")
    response = getattr(error, "response", None)
    assert getattr(error, "status", None) == 503 or response.status_code == 503
    assert "scripted status 503 for CALL provider://a/ask" in str(error)


@pytest.mark.parametrize("library", ["httpx2", "openai"])
def test_a_status_may_say_when_to_come_back(library):
    error = error_in(library, Step("status", 429, retry_after="7"), "provider://a/ask")
    assert error.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("library", ["requests", "openai", "not_imported"])
def test_steps_that_answer_or_fail_in_the_functions_own_code_are_the_same_everywhere(library):
    assert error_in(library, Step(), "provider://a/ask") is None
    assert error_in(library, Step("cut", 1), "provider://a/ask") is None
    assert type(error_in(library, Step("value"), "provider://a/ask")) is ValueError
