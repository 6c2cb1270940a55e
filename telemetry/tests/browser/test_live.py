"""The page while it is open: what is written arrives, filters are in the address, and it says when it is cut off."""

from playwright.sync_api import expect

PROVIDERS = "#providers-table tbody tr"


def attempts(page, provider):
    """The cell with the attempts of a provider."""
    return page.locator(f"{PROVIDERS}[data-key={provider}] > :nth-child(10)")


def alone(page, provider):
    """Wait until a provider is the only one that is shown."""
    expect(page.locator(f"{PROVIDERS}[data-key={provider}]:only-child")).to_have_count(1)


def put(traffic, times, provider="groq"):
    for _ in range(times):
        traffic.route(traffic.attempt(provider, ago=1))
    traffic.write()


def test_what_a_writer_adds_arrives_without_a_reload(open_page, serve, traffic):
    put(traffic, 3)
    page = open_page(serve(traffic.path).url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    page.evaluate("window.sameDocument = true")
    put(traffic, 4)
    expect(attempts(page, "groq")).to_have_text("7")
    put(traffic, 1, "mistral")
    expect(attempts(page, "mistral")).to_have_text("1")
    assert page.evaluate("window.sameDocument")


def test_a_store_that_comes_into_being_is_shown_by_the_open_page(open_page, serve, tmp_path, make_traffic):
    path = tmp_path / "later.db"
    page = open_page(serve(path).url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    put(make_traffic(path), 2)
    expect(attempts(page, "groq")).to_have_text("2")


def test_a_paused_page_stays_as_it_is_until_it_goes_on(open_page, serve, traffic):
    put(traffic, 1)
    page = open_page(serve(traffic.path).url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    page.get_by_role("button", name="Pause").click()
    assert page.locator("#live").inner_text() == "paused"
    put(traffic, 1)
    page.wait_for_timeout(1000)
    expect(attempts(page, "groq")).to_have_text("1")
    page.get_by_role("button", name="Go on").click()
    expect(attempts(page, "groq")).to_have_text("2")


def test_a_page_that_is_cut_off_says_so_and_comes_back_by_itself(open_page, serve, traffic):
    put(traffic, 1)
    server = serve(traffic.path)
    page = open_page(server.url, expected=["ERR_CONNECTION_REFUSED", "net::ERR_"])
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    server.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    assert page.locator("#live").inner_text().startswith("connection lost")
    assert page.locator("#providers-table tbody tr").count() == 1
    put(traffic, 2)
    serve(traffic.path, port=server.port)
    expect(attempts(page, "groq")).to_have_text("3")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_filters_are_in_the_address_and_survive_a_reload(open_page, known_page):
    page = open_page(known_page)
    page.locator("#filter-last").select_option("6h")
    page.locator("#filter-provider").select_option("mistral")
    expect(page.locator(PROVIDERS)).to_have_count(1)
    assert page.url == known_page + "/?last=6h&provider=mistral"
    page.reload()
    expect(page.locator("#filter-last")).to_have_value("6h")
    expect(page.locator("#filter-provider")).to_have_value("mistral")
    assert page.locator("#providers-table tbody tr").count() == 1


def test_back_and_forward_go_through_the_filters(open_page, known_page):
    page = open_page(known_page)
    page.locator("#filter-provider").select_option("near")
    alone(page, "near")
    page.locator("#filter-provider").select_option("groq")
    alone(page, "groq")
    page.go_back()
    alone(page, "near")
    expect(page.locator("#filter-provider")).to_have_value("near")
    page.go_back()
    expect(page.locator(PROVIDERS)).not_to_have_count(1)
    expect(page.locator("#filter-provider")).to_have_value("")
    page.go_forward()
    alone(page, "near")


def test_a_fresh_overview_leaves_open_what_was_open_and_focus_where_it_was(open_page, serve, traffic):
    put(traffic, 2)
    page = open_page(serve(traffic.path).url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    details = page.locator("#overhead details").first
    details.evaluate("it => it.open = true")
    link = page.locator("#providers-table a").first
    link.focus()
    put(traffic, 1)
    expect(attempts(page, "groq")).to_have_text("3")
    assert details.evaluate("it => it.open")
    assert link.evaluate("it => it === document.activeElement")


def test_a_question_that_makes_no_sense_is_answered_with_what_to_do(open_page, known_page):
    page = open_page(known_page + "/?last=soon", expected=["400 (Bad Request)"])
    assert "write one such as 15m, 1h or 7d" in page.locator("main").inner_text()


def test_without_a_script_the_page_says_the_same(open_page, known_page):
    page = open_page(known_page + "/?provider=mistral", java_script_enabled=False)
    assert page.locator("#providers-table tbody tr").get_attribute("data-key") == "mistral"
    page.locator("#filter-provider").select_option("groq")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#providers-table tbody tr").get_attribute("data-key") == "groq"
