"""A served gateway: real uvicorn, real loopback sockets, a client that hangs up."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from cutover_telemetry import CannotInstrument, instrument


def test_both_plain_and_streamed_requests_over_a_socket_are_routes(serve, telemetry, gateway, eventually):
    address = serve(telemetry.app)
    gateway.behaviour.TABLE["alpha"] = "503"
    with httpx.Client(base_url=address) as client:
        for path in ("chat", "chat_async", "chat_stream", "chat_stream_async"):
            assert client.post(f"/{path}?providers=alpha,beta").status_code == 200
        assert client.get("/health").status_code == 200
    eventually(lambda: len(telemetry.routes()) == 4)
    assert [route.outcome for route in telemetry.routes()] == ["failed_over"] * 4
    assert [one.provider for one in telemetry.attempts()] == ["alpha", "beta"] * 4


def test_a_client_that_hangs_up_in_mid_stream_ends_the_route_and_is_no_failure(serve, telemetry, gateway, eventually):
    gateway.behaviour.TABLE["alpha"] = "slow"
    address = urlsplit(serve(telemetry.app))
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(b"POST /chat_stream_async?providers=alpha HTTP/1.1\r\nHost: gateway\r\n\r\n")
        received = b""
        while b"alpha:m-1" not in received:
            received += connection.recv(4096)
    eventually(telemetry.routes)
    (route,) = telemetry.routes()
    (attempt,) = route.attempts
    assert (route.outcome, route.disconnected, route.error_type) == ("ok", True, None)
    assert (attempt.cancelled, attempt.failed, attempt.first_chunk is not None) == (True, False, True)
    eventually(lambda: len(telemetry.spans()) == 2)
    assert telemetry.spans()[-1].attributes["cutover.route.disconnected"] is True
    assert [span.status.status_code.name for span in telemetry.spans()] == ["UNSET", "UNSET"]


def test_an_application_instrumented_while_it_serves_is_refused(serve, telemetry, gateway):
    app = gateway.make_app()
    httpx.get(f"{serve(app)}/health")
    with pytest.raises(CannotInstrument) as caught:
        instrument(app)
    assert str(caught.value) == (
        "cannot add the route middleware to this Starlette: Cannot add middleware after an application has started; "
        "call instrument(app) before it serves"
    )


def test_synchronous_endpoints_of_fastapi_behind_other_middleware_join_their_route(
    serve, gateway, provider, eventually
):
    app = FastAPI()

    @app.middleware("http")
    async def passing(request, call_next):
        return await call_next(request)

    @app.get("/sync")
    def sync():
        return gateway.call("alpha", "m-1")

    telemetry = instrument(app, tracer_provider=provider)
    assert telemetry.app is app
    with httpx.Client(base_url=serve(app)) as client:
        assert client.get("/sync").json() == "alpha:m-1"
    eventually(telemetry.routes)
    telemetry.uninstrument()
    (route,) = telemetry.routes()
    assert [(one.provider, one.number) for one in route.attempts] == [("alpha", 1)]
