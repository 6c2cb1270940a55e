"""What lies below an httpx pool: how long a read may take, and when an idle connection is asked about again."""

import importlib
import time

import pytest

from cutover_registry.providers._httpx_network import Stream, headers_within, put_below


class Connection:
    """A connection that remembers with which limit it was read, and how often it was asked whether it is readable."""

    def __init__(self, readable=False):
        self.limits, self.asked, self.readable = [], 0, readable

    def read(self, max_bytes, timeout=None):
        self.limits.append(timeout)
        return b"x"

    def get_extra_info(self, info):
        if info != "is_readable":
            return info
        self.asked += 1
        return self.readable


class Reader:
    seconds = 3.0


def test_a_read_has_the_limit_of_whoever_reads():
    connection = Connection()
    stream = Stream(connection)
    stream.read(1, timeout=9)
    stream.reader = Reader()
    stream.read(1, timeout=9)
    with headers_within(0.5):
        stream.read(1, timeout=9)
    with headers_within(None):
        stream.read(1, timeout=9)
    own, body, headers, without = connection.limits
    assert (own, body, without) == (9, 3.0, 3.0)
    assert 0 < headers <= 0.5


def test_headers_that_are_late_already_are_still_asked_for_once():
    connection = Connection()
    with headers_within(-1.0):
        Stream(connection).read(1)
    assert connection.limits == [0.001]


def test_a_connection_that_is_idle_for_a_while_is_not_asked_about_at_every_call():
    connection = Connection()
    stream = Stream(connection)
    assert [stream.get_extra_info("is_readable") for _ in range(20)] == [False] * 20
    assert connection.asked < 20
    before = connection.asked
    time.sleep(0.011)
    stream.get_extra_info("is_readable")
    assert connection.asked == before + 1


def test_a_connection_that_was_just_used_is_asked_about_each_time():
    connection = Connection()
    stream = Stream(connection)
    stream.get_extra_info("is_readable")
    stream.read(1)
    connection.readable = True
    assert stream.get_extra_info("is_readable") is True
    assert stream.get_extra_info("socket") == "socket"


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_both_libraries_have_the_place_for_it(library):
    module = importlib.import_module(library)
    for transport in (module.HTTPTransport(), module.AsyncHTTPTransport()):
        put_below(transport)
        assert type(transport._pool._network_backend).__module__.endswith("_httpx_network")


def test_a_transport_without_that_place_stays_as_it_is():
    transport = importlib.import_module("httpx2").MockTransport(lambda request: None)
    put_below(transport)
    assert not hasattr(transport, "_pool")
