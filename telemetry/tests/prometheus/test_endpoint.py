"""A scrape over real loopback HTTP, in the form and packing that is asked for, with a token for others."""

import httpx
import pytest

from cutover_telemetry.prometheus import OPEN_METRICS, PLAIN, Endpoint


@pytest.fixture
def address(own, routed, serve):
    own.route(routed)
    return serve(Endpoint(own.collect)) + "/metrics"


def test_a_scrape_is_text(address):
    answer = httpx.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, PLAIN)
    assert 'cutover_skips_total{cutover_reason="circuit_open",gen_ai_provider_name="xai"} 1.0' in answer.text


def test_a_scrape_can_be_openmetrics_and_packed(address):
    answer = httpx.get(address, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert (answer.headers["content-type"], answer.headers["content-encoding"]) == (OPEN_METRICS, "gzip")
    assert answer.text.endswith("# EOF\n")
    assert "content-encoding" not in httpx.get(address, headers={"Accept-Encoding": "identity"}).headers


def test_there_is_nothing_else(address):
    assert httpx.get(address + "/x").status_code == 404
    assert httpx.post(address).status_code == 405


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [(None, None, 403), ("t", None, 401), ("t", "Bearer wrong", 401), ("t", "Bearer t", 200)],
)
async def test_somebody_from_elsewhere_needs_the_token(own, token, given, status):
    transport = httpx.ASGITransport(Endpoint(own.collect, token=token), client=("10.0.0.7", 5))
    headers = {} if given is None else {"Authorization": given}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status


async def test_a_source_that_fails_is_no_failed_scrape():
    def broken():
        raise OSError

    transport = httpx.ASGITransport(Endpoint(broken))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics")
    assert (answer.status_code, answer.text) == (200, "")
