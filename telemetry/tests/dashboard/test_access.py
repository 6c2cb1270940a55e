"""Who may look: this machine, and whoever knows the token; a browser says it once and gets a cookie."""

import httpx
import pytest

from cutover_telemetry.dashboard import dashboard
from cutover_telemetry.dashboard._access import LASTING, Access, Sender, sender

TOKEN = "a token of some length"
FROM_AFAR = {"X-Forwarded-For": "203.0.113.9"}
PAGE = {**FROM_AFAR, "Accept": "text/html"}
LOOKS = ["/", "/api/overview", "/api/page", "/api/route/1.1", "/events", "/nowhere"]


@pytest.fixture
def guarded(opened, filled):
    return opened(filled, token=TOKEN)


def said(client, **fields):
    return client.post("/sign-in", data=fields, headers=FROM_AFAR)


def scope(cookie=None, **headers):
    given = {**headers, **({} if cookie is None else {"cookie": f"cutover_session={cookie}"})}
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    return {"type": "http", "client": ("203.0.113.9", 1), "headers": [(b"host", b"board:8710"), *pairs]}


@pytest.mark.parametrize("path", LOOKS)
def test_nobody_from_elsewhere_sees_anything_without_the_token(path, guarded):
    answer = guarded.get(path, headers=FROM_AFAR)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("path", LOOKS)
def test_nobody_from_elsewhere_sees_anything_of_a_dashboard_without_a_token(path, client):
    assert client.get(path, headers=FROM_AFAR).status_code == 403
    page = client.get(path, headers=PAGE)
    assert page.status_code == 403
    assert "<form" not in page.text
    assert "only this machine is served" in page.text


def test_this_machine_needs_no_token(guarded):
    assert guarded.get("/").status_code == 200


def test_a_page_that_points_its_name_at_this_machine_is_refused(client):
    assert client.get("/api/overview", headers={"Host": "evil.example:8710"}).status_code == 403


def test_a_program_sends_the_token_as_a_header(guarded):
    right = {**FROM_AFAR, "Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/api/overview", headers=right).status_code == 200
    wrong = {**FROM_AFAR, "Authorization": f"Bearer {TOKEN}x"}
    assert guarded.get("/api/overview", headers=wrong).status_code == 401


def test_the_token_is_never_taken_from_an_address(guarded):
    assert guarded.get("/", params={"token": TOKEN}, headers=FROM_AFAR).status_code == 401


def test_a_browser_is_asked_to_sign_in_and_comes_back_to_where_it_was(guarded):
    asked = guarded.get("/?last=6h&provider=near", headers=PAGE)
    assert asked.status_code == 401
    assert 'name="wanted" value="/?last=6h&amp;provider=near"' in asked.text
    assert "near" not in asked.text.replace("provider=near", "")
    answer = said(guarded, token=TOKEN, wanted="/?last=6h&provider=near")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?last=6h&provider=near")
    assert guarded.get(answer.headers["location"], headers=PAGE).status_code == 200


def test_the_sign_in_page_has_its_styles_and_nothing_else_is_open(guarded):
    page = guarded.get("/sign-in", headers=PAGE)
    assert page.status_code == 200
    styles = [part.split('"')[0] for part in page.text.split('href="')[1:] if part.startswith("/assets/")]
    assert [guarded.get(path, headers=FROM_AFAR).status_code for path in styles] == [200] * 3
    assert guarded.get("/health", headers=FROM_AFAR).status_code == 200


def test_the_cookie_is_for_this_server_alone_and_does_not_have_the_token(guarded):
    cookie = said(guarded, token=f" {TOKEN}\n", wanted="/").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie


@pytest.mark.parametrize(
    "given", ["", "wrong", TOKEN[:-1], TOKEN.upper(), "ü", "\udcff".encode("utf-8", "surrogateescape")]
)
def test_a_wrong_token_is_refused(given, guarded):
    answer = said(guarded, token=given, wanted="/")
    assert answer.status_code == 401
    assert "That is not the token." in answer.text
    assert "set-cookie" not in answer.headers
    assert guarded.get("/", headers=FROM_AFAR).status_code == 401


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "javascript:alert(1)", "/\t/x"]
)
def test_signing_in_leads_to_no_other_host(wanted, guarded):
    assert said(guarded, token=TOKEN, wanted=wanted).headers["location"] == "/"


def test_another_page_cannot_sign_anybody_in(guarded):
    answer = guarded.post(
        "/sign-in", data={"token": TOKEN}, headers={**FROM_AFAR, "Origin": "https://evil.example"}
    )  # fmt: skip
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_body_that_is_too_large_is_not_read(guarded):
    assert said(guarded, token="x" * 20_000).status_code == 413


def test_signing_out_ends_the_session(guarded):
    said(guarded, token=TOKEN, wanted="/")
    assert guarded.get("/", headers=FROM_AFAR).status_code == 200
    guarded.post("/sign-out", headers=FROM_AFAR)
    assert guarded.get("/", headers=FROM_AFAR).status_code == 401


def test_a_session_ends_by_itself():
    times = [1000.0]
    access = Access(TOKEN, clock=lambda: times[0])
    cookie = access.session()
    assert access.may_not_look(scope(cookie)) is None
    times[0] += LASTING + 1
    assert access.may_not_look(scope(cookie)).status == 401


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        "9999999999",
        "9999999999.",
        "9999999999." + "0" * 64,
        "x.y",
        "-1.a",
        "٣.a",
        "9" * 40 + ".a",
        "9999999999.ü",
    ],
)
def test_a_forged_cookie_is_none(forged):
    assert Access(TOKEN).may_not_look(scope(forged)).status == 401


def test_a_cookie_of_another_token_or_another_end_is_none():
    cookie = Access("another").session()
    assert Access(TOKEN).may_not_look(scope(cookie)).status == 401
    ends, _, signature = Access(TOKEN).session().partition(".")
    assert Access(TOKEN).may_not_look(scope(f"{int(ends) + 1}.{signature}")).status == 401
    assert Access(None).may_not_look(scope(Access(TOKEN).session())).status == 403


@pytest.mark.parametrize(
    ("headers", "whose"),
    [
        ({}, Sender.UNKNOWN),
        ({"origin": "null"}, Sender.UNKNOWN),
        ({"origin": "http://board:8710"}, Sender.OURS),
        ({"origin": "https://board:8710", "sec_fetch_site": "same-origin"}, Sender.OURS),
        ({"origin": "http://board:9999"}, Sender.ANOTHER),
        ({"origin": "http://board:8710", "sec_fetch_site": "cross-site"}, Sender.ANOTHER),
        ({"origin": "http://board:8710.evil.example"}, Sender.ANOTHER),
        ({"origin": "board:8710"}, Sender.ANOTHER),
    ],
)
def test_whose_page_sent_a_request(headers, whose):
    assert sender(scope(**headers)) is whose


async def test_a_cookie_over_tls_is_for_tls_alone(filled):
    transport = httpx.ASGITransport(dashboard(filled.path, token=TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="https://board") as client:
        answer = await client.post("/sign-in", data={"token": TOKEN})
    assert "Secure" in answer.headers["set-cookie"].split("; ")
