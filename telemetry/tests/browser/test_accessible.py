"""For everybody: an audit in both themes and on a phone, the keyboard alone, and no page wider than its screen."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
REFUSED = ["401 (Unauthorized)", "403 (Forbidden)", "Cross-Origin-Opener-Policy"]
SEVERE = {"serious", "critical"}
PHONE = {"viewport": {"width": 360, "height": 740}}
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light", "has_touch": True},
    "dark phone": {**PHONE, "color_scheme": "dark", "has_touch": True},
}


@pytest.fixture
def faults(open_page):
    """What the audit finds on a page, with everything unfolded and drawn; the policy is set aside for the auditor."""

    def audit(url, look, expected=()):
        page = open_page(url, bypass_csp=True, expected=expected, reduced_motion="reduce", **LOOKS[look])
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for chart in page.locator("[data-chart]").all():
            chart.scroll_into_view_if_needed()
        expect(page.locator("[data-chart]:not([data-state=drawn])")).to_have_count(0)
        page.add_script_tag(path=AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3])
            for each in found["violations"]
            if each["impact"] in SEVERE
        ]

    return audit


@pytest.mark.parametrize("look", LOOKS)
def test_the_audit_finds_nothing_serious(faults, known_page, look):
    assert faults(known_page, look) == []


@pytest.mark.parametrize("look", ["light", "dark phone"])
def test_nor_does_it_with_a_route_open_or_one_provider_alone(faults, known_page, look):
    assert faults(known_page + "/?provider=near", look) == []
    assert faults(known_page + "/?route=1.1", look) == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_nor_where_there_is_nothing_to_show_or_a_token_to_give(faults, serve, tmp_path, known, look):
    assert faults(serve(tmp_path / "nowhere.db").url, look) == []
    assert faults(serve(known.path, token="secret").elsewhere, look, REFUSED) == []
    assert faults(serve(known.path).elsewhere, look, REFUSED) == []


@pytest.mark.parametrize("address", ["/", "/?route=1.1", "/?provider=near"])
def test_no_page_is_wider_than_a_phone(open_page, known_page, address):
    page = open_page(known_page + address, **PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
    expect(page.locator("[data-chart]:not([data-state=drawn])")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_keyboard_alone_skips_to_the_figures_and_opens_a_route(open_page, known_page):
    page = open_page(known_page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hasAttribute('data-route')"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline not in {"none", ""}
    page.keyboard.press("Enter")
    page.locator("#waterfall-table").wait_for()
    assert page.evaluate("document.activeElement.id") == "route"
    assert "route=" in page.url


def test_the_theme_is_the_readers_choice_and_is_kept(open_page, known_page):
    page = open_page(known_page, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch to the dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
