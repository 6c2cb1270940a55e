"""The offline report in the browser, from a disk and without a network: the same panels; hostile names stay text."""

import pytest
from playwright.sync_api import expect

from cutover_telemetry.overview import View
from cutover_telemetry.report import report_of

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def report_file(known, tmp_path_factory):
    """The report of the known traffic."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report_of(known.store, View.last(3600)), encoding="utf-8")
    return file


@pytest.fixture
def report_page(open_page, report_file):
    """Open it without a network."""

    def start(**options):
        return open_page(report_file.as_uri(), offline=True, **options)

    return start


def test_it_shows_what_the_dashboard_shows(report_page, open_page, known_page):
    report, page = report_page(), open_page(known_page)
    for name in ("providers", "failovers", "outcomes", "verdicts"):
        inside = f"#{name}-table tbody tr"
        assert report.locator(inside).all_inner_texts() == page.locator(inside).all_inner_texts(), name


def test_its_charts_are_drawn_without_a_network(report_page):
    page = report_page()
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-state", "drawn")
        assert chart.locator("svg").count() > 0
    assert {url.partition(":")[0] for url in page.watched.asked} <= {"file", "data"}


def test_its_routes_unfold(report_page):
    page = report_page()
    folded = page.locator("#waterfalls details", has_text="near → openrouter").first
    expect(folded.get_by_text("they are the route")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.get_by_text("they are the route")).to_be_visible()


def test_its_tables_sort_and_its_theme_changes(report_page):
    page = report_page(color_scheme="light")
    page.locator("#providers-table").get_by_role("button", name="Provider").click()
    assert page.locator("#providers-table th[aria-sort]").count() == 1
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to the dark theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


def test_hostile_names_are_text_in_it_too(report_page):
    page = report_page()
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.get_by_text(MARKUP, exact=True).count() > 0
    assert page.locator("img, main script").count() == 0


def test_it_fits_on_a_phone(report_page):
    page = report_page(viewport={"width": 360, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-state", "drawn")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_scripts_its_tables_are_all_there(report_page):
    page = report_page(java_script_enabled=False)
    assert page.locator("#providers-table tbody tr").count() == 7
    assert page.locator("#arms-table, #verdicts-table").count() >= 1
