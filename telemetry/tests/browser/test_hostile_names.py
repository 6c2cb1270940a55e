"""Names of providers, models, errors and routes are somebody else's words: on the page they are text."""

import pytest
from playwright.sync_api import expect

PROVIDERS = "#providers-table tbody tr"
MARKUP = "<img src=x onerror=alert(1)>"
NAMES = (
    "</script><script>alert(2)</script>",
    "\"'><svg onload=alert(3)>",
    "{{7*7}}${7*7}",
    "javascript:alert(4)",
    "a&amp;b&lt;c",
    "?provider=groq&x=#fragment",
)
REMEMBER = """
addEventListener("DOMContentLoaded", () => {
  window.first = document.querySelector("#providers-table tbody tr");
});
"""


def calm(page):
    """Nothing was made or run of a name."""
    assert page.locator("img, svg[onload], main script").count() == 0
    assert page.watched.dialogs == []


@pytest.mark.parametrize("address", ["/", f"/?provider={MARKUP}", "/?route=1.1", "/?last=24h&site=<b>x</b>"])
def test_a_name_of_markup_is_text_wherever_it_stands(open_page, known_page, address):
    page = open_page(known_page + address)
    for details in page.locator("details").all():
        details.evaluate("it => it.open = true")
    calm(page)
    assert page.locator("#providers").get_by_text(MARKUP, exact=True).count() >= ("<b>" not in address)


def test_the_link_of_such_a_name_narrows_the_page_to_it(open_page, known_page):
    page = open_page(known_page)
    page.locator("#providers").get_by_role("link", name=MARKUP).click()
    expect(page.locator(PROVIDERS)).to_have_count(1)
    expect(page.locator("#filter-provider")).to_have_value(MARKUP)
    assert page.locator("#providers-table tbody tr").get_attribute("data-key") == MARKUP
    calm(page)


def test_a_route_of_such_names_opens(open_page, known_page):
    page = open_page(known_page)
    row = page.locator("#recent-table tr", has_text=MARKUP).first
    row.get_by_role("link").click()
    page.locator("#waterfall-table").wait_for()
    assert MARKUP in page.locator("#waterfall-table").inner_text()
    calm(page)


def test_a_name_that_turns_the_text_or_is_endless_is_spelt_out_and_spoils_nothing_beside_it(open_page, known_page):
    page = open_page(known_page)
    row = page.locator("#providers-table tbody tr", has_text="longlong")
    assert row.locator("th").inner_text().startswith("\\u202emirror\\u200b\\u0000long")
    attempts = row.locator("td.number").nth(-2)
    assert attempts.inner_text() == "3"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", ["nul\x00", "line\r\nend", "bare\rcr", "per%00cent", "half\ud800"])
def test_no_name_has_its_row_made_anew_by_an_update(open_page, serve, traffic, name):
    traffic.route(traffic.attempt(name, ago=60))
    traffic.write()
    page = open_page()
    page.add_init_script(REMEMBER)
    page.goto(serve(traffic.path).url)
    traffic.route(traffic.attempt(name, ago=30))
    traffic.write()
    expect(page.locator(f"{PROVIDERS} > :nth-child(10)")).to_have_text("2")
    assert page.evaluate("window.first.isConnected")


def test_halves_of_characters_are_in_no_pages_way(open_page, serve, traffic):
    for ago in (60, 50):
        lost = traffic.attempt("half\ud800", ago=ago + 1, model="\udc00", error_type="\ud800")
        traffic.route(lost, traffic.attempt("groq", ago=ago, model="\udc00"), name="\ud800")
    traffic.write()
    page = open_page(serve(traffic.path).url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    assert page.locator(PROVIDERS, has_text="half\\ud800").count() == 1
    page.locator("#recent-table").get_by_role("link").first.click()
    expect(page.locator("#waterfall-table")).to_contain_text("\\udc00")


def test_names_that_look_like_code_are_shown_and_filtered_as_they_are(open_page, serve, traffic):
    for name in NAMES:
        traffic.route(traffic.attempt(name, ago=60, model=name, error_type=name), name=name)
    traffic.route(*(traffic.attempt(name, ago=50, error_type=None if name == NAMES[0] else "503") for name in NAMES))
    traffic.write()
    page = open_page(serve(traffic.path).url)
    keys = page.locator("#providers-table tbody tr").evaluate_all("rows => rows.map(row => row.dataset.key)")
    assert sorted(keys) == sorted(NAMES)
    page.locator("[data-chart=failovers]").scroll_into_view_if_needed()
    expect(page.locator("[data-chart=failovers]")).to_have_attribute("data-state", "drawn")
    for name in NAMES:
        page.locator("#filter-provider").select_option(value=name)
        expect(page.locator(PROVIDERS)).to_have_count(1)
        page.reload()
        assert page.locator("#providers-table tbody tr").get_attribute("data-key") == name
        page.locator("#filter-provider").select_option(value="")
        expect(page.locator(PROVIDERS)).not_to_have_count(1)
    calm(page)
