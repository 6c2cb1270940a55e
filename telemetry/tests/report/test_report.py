"""The report as text: whole, with nothing from elsewhere, and nothing in it that its data could have made."""

import json
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from cutover_telemetry.dashboard import TITLES
from cutover_telemetry.overview import View, overview, to_json
from cutover_telemetry.report import report, report_of
from cutover_telemetry.store import NoStore, Store

MADE = 1_790_000_000.0
ADDRESSES = {"src", "href", "action", "data", "poster", "srcset"}


class Seen(HTMLParser):
    """The elements of a page with their attributes, and the text in scripts and styles."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.inside, self.text = [], {}, ""
        self._open = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            kind = dict(attrs).get("type") if tag == "script" else "style"
            self._open = self.inside.setdefault(kind, [])
            self._open.append("")

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self._open = None

    def handle_data(self, data):
        if self._open is None:
            self.text += data
        else:
            self._open[-1] += data

    def named(self, *names):
        return [attributes for tag, attributes in self.elements if tag in names]


@pytest.fixture
def view():
    return View.last(3600)


@pytest.fixture
def made(filled, view):
    return report_of(filled, view, made=MADE)


@pytest.fixture
def seen(made):
    return Seen(made)


def test_every_panel_is_in_it(seen):
    sections = {each["id"]: each for each in seen.named("section")}
    assert sections.keys() >= TITLES.keys()
    hidden = {name for name, attributes in sections.items() if "hidden" in attributes}
    assert hidden == {"route"}


def test_it_says_when_it_was_made_and_of_what(filled):
    shown = Seen(report_of(filled, View.last(3600, provider="near", now=2 * 10**18), title="a <title>", made=MADE)).text
    assert "2033-05-18 02:33:20 UTC to 2033-05-18 03:33:20 UTC, provider near" in shown
    assert "made 2026-09-21 14:13:20 UTC, not live" in shown
    assert "a <title>" in shown


def test_the_routes_that_lost_time_are_told_whole_the_costliest_first(seen):
    assert [each["id"][:6] for each in seen.named("details") if each.get("id", "").startswith("route-")] == [
        "route-"
    ] * 3
    lost = [
        "exhausted after 0.50 s, 0.50 s lost",
        "failed over after 1.50 s, 0.50 s lost",
        "0.25 s lost: near → openrouter",
    ]
    places = [seen.text.index(words) for words in lost]
    assert places[2] > max(places[:2])
    assert "groq" not in seen.text[places[0] :]


def test_no_id_is_there_twice(seen):
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))


def test_nothing_in_it_is_fetched(seen):
    addresses = [value for _, attributes in seen.elements for name, value in attributes.items() if name in ADDRESSES]
    assert all(value.startswith(("#", "data:")) for value in addresses)


def test_its_policy_lets_in_what_is_in_it_and_nothing_else(seen):
    (content,) = [each["content"] for each in seen.named("meta") if "http-equiv" in each]
    rules = {name: values for name, *values in (rule.split() for rule in content.split("; "))}
    runs = [*seen.inside[None], *seen.inside["module"]]
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == [hashed(text) for text in runs]
    assert rules["style-src"] == [*(hashed(text) for text in seen.inside["style"]), hashed("")]
    assert "unsafe" not in content
    assert not [name for _, attributes in seen.elements for name in attributes if name == "style" or name[:2] == "on"]


def hashed(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_a_name_that_ends_a_script_ends_none(seen, made, hostile):
    assert hostile in seen.text
    assert hostile not in made
    assert seen.named("img") == []
    assert len(seen.named("script")) == 3


def test_the_numbers_are_in_it_as_the_dashboard_has_them(filled, hostile):
    shown = overview(filled, View.last(3600))
    (text,) = Seen(report(shown, made=MADE)).inside["application/json"]
    assert json.loads(text) == json.loads(json.dumps(to_json(shown)))
    assert hostile in json.loads(text)["providers_known"]


def test_without_charts_it_is_small_and_says_the_same(filled, view, made, seen):
    small = report_of(filled, view, charts=False, made=MADE)
    assert len(small) < 300_000 < len(made)
    assert None not in Seen(small).inside
    assert Seen(small).text.replace(" ", "") == seen.text.replace(" ", "")


def test_where_nothing_could_be_drawn_the_library_is_left_out(store):
    empty = report_of(store, View.last(3600), made=MADE)
    assert len(empty) < 100_000
    assert "No traffic in this time range" in Seen(empty).text


def test_a_report_of_the_same_is_the_same(filled, view, made):
    assert report_of(filled, view, made=MADE) == made


def test_a_store_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NoStore, match="there is no store at"):
        report_of(Store.of(tmp_path / "nowhere.db"), View.last(60))
