"""Each panel shows what was put into the store, as text, and so do the charts."""

import re

import pytest
from playwright.sync_api import expect

PROVIDERS = {
    "idle": {"Success": "– no data", "Circuit": "open", "Attempts": "0", "p50": "– no data"},
    "near": {"Success": "0 %", "Circuit": "half-open", "Errors": "httpx.ReadTimeout × 12", "Attempts": "12"},
    "mistral": {"Success": "75.0 %", "Errors": "503 × 200", "Attempts": "800"},
    "openrouter": {"Success": "100 %", "Errors": "none", "Tokens/s": "100", "Attempts": "12"},
    "groq": {"Success": "100 %", "Circuit": "– no data", "Attempts": "208"},
}
SECONDS = {
    ("openrouter", "p50"): 1.1,
    ("openrouter", "First chunk p95"): 0.1,
    ("groq", "p50"): 0.2,
    ("mistral", "p99"): 0.3,
}
CELLS = """table => [...table.querySelectorAll("thead tr, tbody tr")].map(row => [...row.children].map(cell =>
    [...cell.childNodes].map(node => node.textContent).join(" ").replace(/\\s+/g, " ").trim()))"""
UNITS = {"s": 1, "ms": 1e-3, "µs": 1e-6}


@pytest.fixture
def page(open_page, known_page):
    return open_page(known_page)


@pytest.fixture
def rows(page):
    """The rows of a table by what they are about, each as texts by column."""

    def read(table):
        heads, *found = page.locator(f"#{table}-table").evaluate(CELLS)
        return [dict(zip(heads, cells, strict=False)) for cells in found]

    return read


def in_seconds(shown):
    number, unit = shown.split()
    return float(number) * UNITS[unit]


def test_the_scorecard_has_what_was_put_in(rows):
    found = {row["Provider"]: row for row in rows("providers")}
    for provider, wanted in PROVIDERS.items():
        shown = {name: found[provider][name].replace("–no", "– no") for name in wanted}
        assert shown == wanted, provider
    for (provider, column), wanted in SECONDS.items():
        assert in_seconds(found[provider][column]) == pytest.approx(wanted, rel=0.011), (provider, column)


def test_the_worst_provider_stands_first(rows):
    assert [row["Provider"] for row in rows("providers")][:3] == ["idle", "near", "mistral"]


def test_the_headline_says_what_is_wrong_and_leads_there(page):
    found = page.locator("#headline .findings a")
    said = found.all_inner_texts()
    assert any(re.fullmatch(r"idle: its circuit has been open for .+", each) for each in said)
    assert any(each.startswith("mistral: the registry arm is worse than legacy: errors +50.0 points") for each in said)
    assert "202 of 1,030 requests got no answer from any provider" in said
    page.get_by_role("link", name="202 of 1,030 requests").click()
    assert page.url.endswith("#routes")


def test_the_failovers_have_their_cost_and_what_they_saved(page, rows):
    (row,) = rows("failovers")
    assert row == {"Away from": "near", "To": "openrouter", "Failovers": "12", "Time lost": "6.00 s",
                   "Requests saved": "12"}  # fmt: skip
    assert "12 failovers cost 6.00 s and saved 12 requests." in page.locator("#failovers").inner_text()


def test_the_circuits_that_were_not_closed_are_shown_over_time(rows):
    found = {row["Provider"]: row["Now"] for row in rows("circuits")}
    assert found == {"near": "half-open", "idle": "open"}


def test_the_arms_are_side_by_side_and_judged(page, rows):
    found = {row["Provider"]: row for row in rows("verdicts")}
    assert found["mistral"]["Verdict"] == "worse"
    assert found["mistral"]["Why"].startswith("errors +50.0 points (+45.0 points to +54.9 points)")
    assert (found["mistral"]["Attempts, legacy"], found["mistral"]["Attempts, registry"]) == ("400", "400")
    unjudged = {row["Provider"]: row for row in rows("unjudged")}
    assert unjudged["groq"]["Verdict"] == "cannot judge"
    assert "It would need" in unjudged["groq"]["Why"]
    assert "Registry against legacy: worse" in page.locator("#arms").inner_text()


def test_the_routes_are_counted_by_arm_and_outcome(rows):
    found = {(row["Arm"], row["Outcome"]): (row["Routes"], row["Attempts"]) for row in rows("outcomes")}
    assert found == {
        ("legacy", "exhausted"): ("2", "2"),
        ("legacy", "ok"): ("516", "516"),
        ("registry", "exhausted"): ("200", "200"),
        ("registry", "failed over"): ("12", "24"),
        ("registry", "ok"): ("300", "300"),
    }


def test_our_own_overhead_is_said_beside_the_routes(page):
    found = re.search(r"less than ([\d.]+) µs in our own code", page.locator("#overhead").inner_text())
    assert float(found[1]) == pytest.approx(100, rel=0.011)


def test_the_store_tells_what_it_has(page):
    page.locator("#overhead details").first.click()
    assert "1,042 attempts" in page.locator("#overhead").inner_text()


def test_a_route_opens_with_its_attempts_in_time(page, rows):
    page.locator("#recent-table tr", has_text="failed over").get_by_role("link").first.click()
    page.locator("#waterfall-table").wait_for()
    failed, answered = [row for row in rows("waterfall") if not row["Attempt"].startswith("gap")]
    assert (failed["Attempt"], failed["Ended"]) == ("1. near", "httpx.ReadTimeout")
    assert (answered["Attempt"], answered["Ended"]) == ("2. openrouter", "answered")
    assert (answered["Model"], answered["Arm"], answered["Tokens in, out"]) == ("m-2", "registry", "50, 100")
    assert in_seconds(failed["Took"]) == pytest.approx(0.5)
    assert in_seconds(answered["First chunk after"]) == pytest.approx(0.1)
    shown = page.locator("#route").inner_text()
    assert "they are the route" in shown
    assert "500 ms lost in failed attempts" in shown


@pytest.mark.parametrize("chart", ["arms", "failovers"])
def test_the_charts_are_drawn_and_say_what_they_show(page, chart):
    place = page.locator(f"[data-chart={chart}]")
    place.scroll_into_view_if_needed()
    expect(place).to_have_attribute("data-state", "drawn")
    assert place.locator("svg").count() > 0
    assert place.get_attribute("aria-label")


def test_a_sorted_table_stays_sorted(page):
    page.get_by_role("button", name="Attempts").first.click()
    page.get_by_role("button", name="Attempts").first.click()
    first = page.locator("#providers-table tbody tr").first
    assert first.get_attribute("data-key") in {"mistral", "idle"}
    assert page.locator("#providers-table th[aria-sort]:not([aria-sort=none])").count() == 1


def test_what_was_not_put_in_is_said_not_drawn_as_nothing(open_page, serve, tmp_path, traffic):
    empty = open_page(serve(traffic.path).url)
    assert "No traffic in this time range" in empty.locator("#headline").inner_text()
    missing = open_page(serve(tmp_path / "nowhere.db").url)
    assert "No traffic was recorded yet." in missing.locator("main").inner_text()
    assert "cutover run --" in missing.locator("main").inner_text()
