import asyncio

import httpx
import pytest

from cutover_telemetry import CannotInstrument, TelemetryError, error_type


class WithStatus(Exception):
    def __init__(self, status_code):
        self.status_code = status_code


class WithResponse(Exception):
    def __init__(self, response):
        self.response = response


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (WithStatus(503), "503"),
        (WithResponse(httpx.Response(429)), "429"),
        (TimeoutError("a secret prompt"), "TimeoutError"),
        (httpx.ReadTimeout("a secret prompt"), "httpx.ReadTimeout"),
        (asyncio.CancelledError(), "asyncio.exceptions.CancelledError"),
    ],
)
def test_an_error_is_named_by_its_status_or_else_its_class_never_its_text(error, name):
    assert error_type(error) == name


class Spiteful(Exception):
    @property
    def status_code(self):
        raise RuntimeError("not set")

    response = status_code


def test_an_error_whose_properties_raise_is_named_by_its_class():
    assert error_type(Spiteful()).endswith("Spiteful")


@pytest.mark.parametrize("error", [WithStatus("503"), WithStatus(None), WithStatus(7), WithResponse(None)])
def test_what_is_no_http_status_is_not_taken_for_one(error):
    assert error_type(error).endswith(type(error).__qualname__)


def test_the_refusal_names_the_application_the_reason_and_what_to_do():
    error = CannotInstrument([], reason="it has started")
    assert isinstance(error, TelemetryError)
    assert str(error) == (
        "cannot add the route middleware to this list: it has started; call instrument(app) before it serves"
    )
