import asyncio
import socket
from pathlib import Path

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from cutover_parity import Exchange, Failure, Request
from cutover_parity._faults import FAULTS, httpx_name, kind_of, neutral_type
from cutover_parity._messages import qualified
from cutover_parity.cases._script import step_of


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_every_name_of_the_table_is_a_type_of_its_library(fault):
    for library, names in [
        (httpx, (fault.httpx,)),
        (httpx2, (fault.httpx,)),
        (aiohttp, fault.aiohttp),
        (urllib3.exceptions, fault.urllib3),
        (requests.exceptions, fault.requests),
    ]:
        for name in names:
            kind = getattr(library, name)
            assert issubclass(kind, Exception)
            assert kind_of(Failure(qualified(kind), "")) == fault.kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), "connect"),
        (socket.gaierror(), "connect"),
        (TimeoutError(), "read timeout"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "write"),
        (asyncio.CancelledError(), "other"),
        (ValueError(), "other"),
    ],
)
def test_what_sockets_raise_has_a_kind_too(error, kind):
    assert kind_of(Failure.of(error)) == kind


def test_a_timeout_of_an_unknown_library_is_a_timeout():
    assert kind_of(Failure("some.ConnectionTimeoutExceeded", "")) == "read timeout"
    assert httpx_name("other") == "ReadError"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (httpx.ReadTimeout, httpx2.ReadTimeout),
        (httpx.HTTPStatusError, httpx2.HTTPStatusError),
        (httpx.Response, httpx2.Response),
        (httpx.ReadTimeout, requests.exceptions.ReadTimeout),
        (httpx.ConnectError, requests.exceptions.ConnectionError),
        (httpx.ConnectError, aiohttp.ClientConnectorError),
        (httpx.RemoteProtocolError, aiohttp.ClientPayloadError),
        (httpx.HTTPStatusError, requests.exceptions.HTTPError),
        (httpx.HTTPStatusError, aiohttp.ClientResponseError),
    ],
)
def test_types_of_two_libraries_are_comparable(one, other):
    assert neutral_type(qualified(one)) == neutral_type(qualified(other)) == qualified(one)


@pytest.mark.parametrize(
    "kind", [ValueError, KeyError, urllib3.exceptions.ReadTimeoutError, requests.exceptions.MissingSchema, TimeoutError]
)
def test_types_that_no_other_library_has_stay_as_they_are(kind):
    assert neutral_type(qualified(kind)) == qualified(kind)


def test_types_that_one_application_may_confuse_stay_different():
    names = [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError, TimeoutError]
    names += [requests.exceptions.InvalidURL, urllib3.exceptions.ReadTimeoutError]
    assert len({neutral_type(qualified(kind)) for kind in names}) == len(names)


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (Failure("unfinished", ""), "hang"),
        (Failure("asyncio.exceptions.CancelledError", ""), "hang"),
        (Failure("urllib3.exceptions.ReadTimeoutError", ""), "timeout"),
        (Failure("httpx2.ConnectTimeout", ""), "timeout"),
        (Failure("aiohttp.client_exceptions.ClientOSError", ""), "reset"),
        (Failure("urllib3.exceptions.NewConnectionError", ""), "connect"),
        (Failure("somewhere.Else", ""), "connect"),
    ],
)
def test_a_recorded_failure_stands_for_a_step(error, step):
    assert str(step_of(Exchange(Request("GET", "https://u.invalid"), error=error))) == step


def test_the_page_shows_the_table():
    page = (Path(__file__).parents[3] / "docs/reference/client-libraries.md").read_text()
    shown = page.partition("faults: begin -->\n")[2].partition("<!-- faults: end")[0].splitlines()[2:]
    rows = [(fault.kind, (fault.httpx,), fault.aiohttp, fault.requests, sockets(fault)) for fault in FAULTS]
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in shown] == [
        [kind, *(", ".join(f"`{name}`" for name in names) for names in columns)] for kind, *columns in rows
    ]


def sockets(fault):
    return tuple(dict.fromkeys((*fault.urllib3, *fault.plain)))
