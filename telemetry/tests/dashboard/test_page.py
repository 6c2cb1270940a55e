"""The page as the server gives it: figures in it before any script runs, filters, errors that are states."""

import json
import re
from html.parser import HTMLParser

import pytest

from cutover_telemetry.store import Store

ATTEMPTS = {"near": 3, "groq": 3, "xai": 37, "chutes": 0}


class Page(HTMLParser):
    """The text of each section, the elements, and every attribute."""

    def __init__(self, html):
        super().__init__()
        self.panels, self.tags, self.attributes, self.hidden = {}, [], [], set()
        self._panel, self._verbatim = None, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._verbatim = tag == "script"
        if tag == "section":
            self._panel = dict(attrs)["id"]
            self.panels[self._panel] = ""
            if "hidden" in dict(attrs):
                self.hidden.add(self._panel)

    def handle_endtag(self, tag):
        self._verbatim = False
        if tag == "section":
            self._panel = None

    def handle_data(self, data):
        if self._panel and not self._verbatim:
            self.panels[self._panel] += data + " "


@pytest.fixture
def shown(client):
    def get(path="/"):
        answer = client.get(path)
        assert answer.status_code == 200
        return Page(answer.text)

    return get


def test_the_figures_are_in_the_page_before_any_script_runs(shown):
    panels = shown().panels
    assert "1 thing wrong, 1 more to look at." in panels["headline"]
    assert "43 attempts, 93.0 % answered." in panels["headline"]
    assert re.search(r"near: its circuit has been open for 9\d\.\d s", panels["headline"])
    assert "near: 3 of 3 calls failed (100 %), most with 503 × 3" in panels["headline"]
    assert panels["providers"].index("near") < panels["providers"].index("xai")
    assert "3 failovers cost 6.00 s and saved 3 requests." in panels["failovers"]
    assert "failed over" in panels["routes"]
    assert re.search(r"less than (89|90)\.\d µs in our own code", panels["overhead"])
    assert "cutover rollout start" in panels["rollout"]
    assert "route" in shown().hidden


def test_a_provider_that_was_chosen_stands_alone_with_everything_that_is_known(shown):
    page = shown("/?provider=groq&last=15m")
    assert "xai" not in page.panels["providers"]
    assert "90 out" not in page.panels["providers"]
    assert "0 in, 270 out" in page.panels["providers"]
    assert "First chunk p50 25" in re.sub(r"\s+", " ", page.panels["providers"])
    assert "Outcomes are of all providers and sites" in page.panels["routes"]
    assert ("value", "groq") in page.attributes


def test_a_route_has_an_address_of_its_own(client, shown):
    name = next(each["id"] for each in client.get("/api/overview").json()["recent"] if each["attempts"] == 2)
    route = re.sub(r"\s+", " ", shown(f"/?route={name}").panels["route"])
    assert "2 attempts on arm legacy; 2.00 s lost in failed attempts; status 200" in route
    assert "passed over: circuit open" in route
    assert "they are the route" in route


def test_a_page_does_not_wait_for_the_judge_and_says_so(client, shown, listened, monkeypatch):
    monkeypatch.setattr("cutover_telemetry.dashboard._fresh.PATIENCE", 0)
    page = shown("/?last=45m")
    assert "Registry against legacy:  not judged yet" in page.panels["arms"]
    assert "The verdicts come in a moment" in page.panels["arms"]
    assert "near: 3 of 3 calls failed" in page.panels["headline"]
    with client.stream("GET", "/events?last=45m") as answer:
        _, parts = next(listened(answer))
    told = json.dumps(parts["panels"]["arms"])
    assert "cannot judge" in told
    assert "not judged yet" not in told


def test_nothing_is_called_well_before_it_is_judged(store, called, routed, opened, monkeypatch):
    monkeypatch.setattr("cutover_telemetry.dashboard._fresh.PATIENCE", 0)
    for arm in ("legacy", "registry"):
        store.writer().route(routed(called("xai", arm=arm)))
    assert store.writer().flush()
    headline = Page(opened(store).get("/").text).panels["headline"]
    assert "Nothing is wrong so far." in headline
    assert "The arms are still being judged." in headline


def test_a_route_that_is_gone_says_so(shown):
    assert "This route is not kept any more" in shown("/?route=99.1").panels["route"]


def test_names_are_text(store, called, routed, opened, hostile):
    bad = called(hostile, error_type="<b>503", model="<script>alert(2)</script>", site="</script><i>")
    store.writer().route(routed(bad, called(f"{hostile}2", number=2)))
    assert store.writer().flush()
    client = opened(store)
    name = client.get("/api/overview").json()["recent"][0]["id"]
    page = Page(client.get(f"/?route={name}").text)
    assert not {"img", "b", "i"} & set(page.tags)
    assert page.tags.count("script") == 2
    assert hostile in page.panels["providers"]
    assert hostile in page.panels["route"]
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]


def test_the_first_figures_of_the_charts_are_in_an_inert_block(client):
    (block,) = re.findall(r'<script type="application/json" id="overview">(.*?)</script>', client.get("/").text)
    assert "<" not in block
    assert set(json.loads(block)) == {"window", "failovers", "arms"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lst=1h", "there is no parameter &#x27;lst&#x27;; known are last, begin"),
        ("last=1h&last=2h", "last was given twice; give it once"),
        ("last=soon", "last=soon is no length of time; write one such as 15m, 1h or 7d"),
        ("begin=2&end=1", "begin 2 is not before end 1; exchange them"),
    ],
)
def test_a_wrong_question_is_refused_with_one_clear_message(query, said, client):
    answer = client.get(f"/?{query}")
    assert answer.status_code == 400
    assert said in answer.text or said[0].upper() + said[1:] in answer.text
    for path in ("/api/overview", "/api/page", "/events"):
        refused = client.get(f"{path}?{query}")
        assert refused.status_code == 400
        assert list(refused.json()) == ["error"]


def test_a_store_that_is_not_there_yet_is_no_error(opened, tmp_path):
    client = opened(tmp_path / "later.db")
    page = Page(client.get("/").text)
    assert "No traffic was recorded yet." in page.panels["headline"]
    assert "providers" in page.hidden
    missing = client.get("/api/overview")
    assert (missing.status_code, missing.headers["retry-after"]) == (503, "5")
    assert missing.json()["error"].startswith("there is no store at")
    assert not (tmp_path / "later.db").exists()


def test_an_empty_store_says_that_nothing_can_be_said(opened, store):
    panels = Page(opened(store).get("/").text).panels
    assert "No traffic in this time range, so nothing can be said of it." in panels["headline"]
    assert "No attempt in this time range." in panels["providers"]
    assert "0" not in panels["providers"]


def test_somebody_elses_file_is_left_alone(opened, tmp_path):
    foreign = tmp_path / "notes.db"
    foreign.write_text("my notes")
    client = opened(foreign)
    assert "This file cannot be shown." in Page(client.get("/").text).panels["headline"]
    assert client.get("/api/overview").status_code == 500
    assert foreign.read_text() == "my notes"


def test_the_overview_is_there_as_json(client):
    shown = client.get("/api/overview?last=15m").json()
    assert shown["version"] == 1
    assert {each["provider"]: each["attempts"] for each in shown["providers"]} == ATTEMPTS
    route = client.get(f"/api/route/{shown['recent'][0]['id']}").json()
    assert route["attempts"][0]["provider"] == shown["recent"][0]["providers"][0]


@pytest.mark.parametrize("name", ["99.1", "x", "1.999999", "%3Cb%3E"])
def test_a_route_that_is_not_kept_is_404(client, name):
    assert client.get(f"/api/route/{name}").status_code == 404


def test_what_was_computed_is_kept_until_the_store_changes(client, filled, called, routed):
    before = client.get("/api/overview").json()
    assert client.get("/api/overview").json() == before
    filled.writer().route(routed(called("fresh")))
    assert filled.writer().flush()
    assert "fresh" in client.get("/api/overview").json()["providers_known"]


def test_a_rollout_that_is_given_is_shown(opened, filled):
    rules = [{"site": "*", "provider": "*", "arm": "legacy"}, {"site": "chat", "provider": "near", "share": 0.05}]
    client = opened(filled, rollout=lambda: {"stage": "five per cent", "rules": rules})
    text = re.sub(r"\s+", " ", Page(client.get("/").text).panels["rollout"])
    assert "stage five per cent" in text
    assert text.index("near registry 5.00 %") < text.index("every one every one legacy")
    assert client.get("/api/overview").json()["rollout"]["stage"] == "five per cent"


METRIC = {
    "metric": "errors", "verdict": "worse", "candidate": [12, 300], "control": [3, 300], "margin": 0.005,
    "difference": {"estimate": 0.03, "low": 0.01, "high": 0.05},
}  # fmt: skip
ROLLOUT = {
    "phase": "hold", "waits": "a person promotes it", "stage": "<25 %>", "place": 2, "stages": 3, "share": 0.25,
    "since": 1_795_000_000.0, "why": "ready for all", "decision": 7, "killed": False, "quarantined": "near",
    "plan": [{"name": "5 %", "share": 0.05}, {"name": "<25 %>", "share": 0.25}, {"name": "all", "share": 1.0}],
    "rules": [{"site": "*", "provider": "*", "share": 0.25}],
    "now": {"verdict": "roll back", "why": "errors are worse", "evidence": {
        "subjects": [{"subject": "*", "metrics": [METRIC]}]}},
    "history": [{"decision": 7, "at": 1_795_000_000.0, "by": "ana", "what": "promote", "why": "<b>", "stage": None,
                 "share": None}],
}  # fmt: skip


def test_a_rollout_says_where_it_stands_what_the_judge_says_and_what_was_decided(opened, filled):
    page = Page(opened(filled, rollout=lambda: ROLLOUT).get("/").text)
    text = re.sub(r"\s+", " ", page.panels["rollout"])
    assert (
        "hold until a person promotes it, stage <25 %> (2 of 3), 25.0 % of the routes with a key, since 2026-11-18"
        in text
    )
    assert "The judge says: roll back errors are worse" in text
    assert "all together errors worse 4.00 % of 300 1.00 % of 300 +3.00 +1.00 to +5.00 +0.50" in text
    assert "5 % 5.00 % behind <25 %> 25.0 % here all 100 % to come" in text
    assert "7 2026-11-18" in text
    assert "quarantined near" in text


def test_a_kill_goes_before_whatever_a_rollout_says(opened, filled):
    killed = Page(opened(filled, rollout=lambda: {**ROLLOUT, "killed": True}).get("/").text).panels["rollout"]
    assert "killed" in re.sub(r"\s+", " ", killed)
    alone = Page(opened(filled, rollout=lambda: {"rules": [], "killed": True}).get("/").text).panels["rollout"]
    assert "Killed: everything is on the legacy arm." in re.sub(r"\s+", " ", alone)


def test_a_store_can_be_opened_by_its_path_alone(opened, filled):
    assert opened(str(filled.path)).get("/api/overview").json()["stored"]["attempts"] == 43
    assert Store.of(filled.path).query.account().attempts == 43
