"""Whom a server of ours lets in: this machine, and whoever has the token."""

import pytest

from cutover_telemetry.serving import Admission


def scope(client=("127.0.0.1", 1), host="localhost:4318", **headers):
    named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {"client": client, "headers": [(name.encode(), value.encode()) for name, value in named.items()]}


@pytest.mark.parametrize(
    "caller",
    [
        scope(),
        scope(host="127.0.0.1"),
        scope(host="127.8.8.8:80"),
        scope(client=("::1", 1), host="[::1]:4318"),
    ],
)
def test_this_machine_is_let_in_without_a_token(caller):
    assert Admission().refused(caller) is None
    assert Admission("a token").refused(caller) is None


ELSEWHERE = {
    "another machine": scope(client=("10.0.0.7", 1)),
    "a page that rebound its name": scope(host="evil.example"),
    "the far side of a proxy": scope(x_forwarded_for="1.2.3.4"),
    "the far side of another proxy": scope(forwarded="for=1.2.3.4"),
    "a socket without an address": scope(client=None),
    "no host": {"client": ("127.0.0.1", 1), "headers": []},
    "a host that is none": scope(host="[::1"),
    "a host that is no text": {"client": ("127.0.0.1", 1), "headers": [(b"host", b"\xff")]},
}


@pytest.mark.parametrize("caller", ELSEWHERE.values(), ids=ELSEWHERE)
def test_everybody_else_is_refused_without_the_token(caller):
    refusal = Admission().refused(caller)
    assert (refusal.status, refusal.headers) == (403, {})
    assert refusal.message == "only this machine is served; give the server a token to serve others"
    refusal = Admission("a token").refused(caller)
    assert (refusal.status, refusal.headers) == (401, {"WWW-Authenticate": "Bearer"})


@pytest.mark.parametrize("given", ["Bearer a token", "bearer a token", "BEARER  a token "])
def test_whoever_has_the_token_is_let_in(given):
    assert Admission("a token").refused(scope(client=("10.0.0.7", 1), authorization=given)) is None


@pytest.mark.parametrize("given", ["Bearer wrong", "a token", "Basic a token", "Bearer", "Bearer a toke", "Bearer é"])
def test_a_wrong_token_is_refused(given):
    assert Admission("a token").refused(scope(client=("10.0.0.7", 1), authorization=given)).status == 401


def test_an_empty_header_is_no_token_where_none_was_set():
    assert Admission().refused(scope(client=("10.0.0.7", 1), authorization="Bearer None")).status == 403
