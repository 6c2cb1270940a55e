"""A name server that does not answer is waited for no longer than a state that does not."""

import socket
import threading

import pytest

from cutover_rollout.state import StateUnreachable, _lookup, _postgresql_connection, _redis, open_state

URLS = ["postgresql://ops@db.example.invalid/gateway", "redis://db.example.invalid/0"]


@pytest.fixture
def name_server(monkeypatch):
    """Says nothing until this is set; what was asked of it."""
    asked, goes_on, real = [], threading.Event(), socket.getaddrinfo

    def getaddrinfo(host, *words, **more):
        asked.append(host)
        goes_on.wait(30)
        return real("127.0.0.1", *words, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for module in (_postgresql_connection, _redis):
        monkeypatch.setattr(module, "PATIENCE", 0.05)
    yield asked
    goes_on.set()
    for thread in _lookup._under_way.values():
        thread.join()
    _lookup._under_way.clear()


@pytest.mark.parametrize("url", URLS)
def test_a_name_that_is_looked_up_for_long_is_no_answer_and_asked_for_once(url, name_server):
    state = open_state(url)
    for ask in (state.read, lambda: state.watch(None, 5), state.read):
        with pytest.raises(StateUnreachable) as caught:
            ask()
        assert caught.value.where == url
    assert name_server == ["db.example.invalid"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "/run/postgresql", ""])
def test_what_is_no_name_is_not_looked_up(host, name_server):
    assert not _lookup.is_slow(host, 0.01)
    assert name_server == []


@pytest.mark.parametrize("url", URLS)
def test_a_name_that_nobody_has_is_said_to_be_so(url):
    with pytest.raises(StateUnreachable) as caught:
        open_state(url).read()
    assert "looked up" not in str(caught.value)
