"""Who is let in, by a browser that comes from this machine and by one that comes by another name."""

import httpx
import pytest
from playwright.sync_api import expect

TOKEN = "a long secret"
REFUSED = ["401 (Unauthorized)", "403 (Forbidden)", "Cross-Origin-Opener-Policy"]


@pytest.fixture
def done():
    return []


@pytest.fixture
def server(serve, known, done):
    return serve(known.path, token=TOKEN, rollout={"rules": []}, actions={"stop": lambda fields: done.append(fields)})


def sign_in(page, token):
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_without_a_token_another_name_for_this_machine_is_not_served(open_page, serve, known):
    page = open_page(serve(known.path).elsewhere, expected=REFUSED)
    assert "only this machine is served" in page.locator("main").inner_text()
    assert page.locator("#providers, form").count() == 0


def test_a_wrong_token_shows_nothing_and_the_right_one_what_was_asked_for(open_page, server):
    page = open_page(server.elsewhere + "/?provider=mistral", expected=REFUSED)
    assert page.locator("#providers-table").count() == 0
    sign_in(page, "wrong")
    assert "That is not the token" in page.get_by_role("alert").inner_text()
    assert page.locator("#providers-table").count() == 0
    sign_in(page, TOKEN)
    page.locator("#providers-table").wait_for()
    assert page.url == server.elsewhere + "/?provider=mistral"
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    assert TOKEN not in page.url + page.content() + page.evaluate("document.cookie")


def test_the_token_is_neither_in_the_cookie_nor_readable_by_scripts(open_page, server):
    page = open_page(server.elsewhere, expected=REFUSED)
    sign_in(page, TOKEN)
    page.locator("#providers-table").wait_for()
    (cookie,) = page.context.cookies()
    assert TOKEN not in cookie["value"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


@pytest.mark.parametrize("path", ["/api/overview", "/api/page", "/api/route/1.1", "/events"])
def test_data_needs_the_token_too(server, path):
    elsewhere = {"Host": server.elsewhere.removeprefix("http://")}
    assert httpx.get(server.url + path, headers=elsewhere).status_code == 401
    wrong = {**elsewhere, "Authorization": "Bearer wrong"}
    assert httpx.get(server.url + path, headers=wrong).status_code == 401
    with httpx.stream("GET", server.url + path, headers={**elsewhere, "Authorization": f"Bearer {TOKEN}"}) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.test"}, 403),
        ({"Authorization": f"Bearer {TOKEN}", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_an_action_needs_the_token_also_on_this_machine(server, done, headers, status):
    answer = httpx.post(server.url + "/api/actions/stop", json={"why": "test"}, headers=headers)
    assert (answer.status_code, done) == (status, [{"why": "test"}] if status == 200 else [])


def test_nothing_can_be_changed_where_no_token_was_given(serve, known, done):
    plain = serve(known.path, actions={"stop": lambda fields: done.append(fields)})
    answer = httpx.post(plain.url + "/api/actions/stop", json={})
    assert (answer.status_code, done) == (403, [])


def test_a_page_from_elsewhere_cannot_read_what_is_shown_here(open_page, server, known_page):
    page = open_page(known_page, expected=["Content Security Policy", "CORS", "net::ERR_"], bypass_csp=True)
    read = "address => fetch(address).then(answer => answer.text(), () => 'refused')"
    assert page.evaluate(read, server.url + "/api/overview") == "refused"
