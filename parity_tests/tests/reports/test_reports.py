import re
from xml.etree import ElementTree

import pytest

from cutover_parity import Case, Moment, Request, Script, Timeline, html_report, junit_report
from cutover_parity.reports._stream_svg import stream_svg
from cutover_parity.reports._style import STYLE

STREAM = """
import asyncio, json
from backends import ask_ash, ask_birch


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    asked = json.loads((await receive())["body"] or b"{}")
    key = asked.get("backend")
    said = (ask_birch if key == "birch" else ask_ash)(asked.get("text"))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for number in range(4):
        await asyncio.sleep(0.25)
        event = f"data: {json.dumps({'n': number, 'said': said['id']})}\\n\\n".encode()
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
"""
BACKENDS = "def ask_ash(text): ...\n\n\ndef ask_birch(text): ...\n"


@pytest.fixture
def replayed(tmp_path, plan, arm):
    """Replay a stream of which one arm gives other chunks, sends another answer, or refuses."""

    def run(old, new, count=4):
        registry = arm("registry", STREAM.replace(old, new))
        bodies = [b'{"backend": "%s", "text": "<b>\\u202e"}' % key for key in (b"ash", b"birch")] * count
        keys = ("ash", "birch") * count
        cases = [
            Case(f"<i>{number}", Request("POST", "/", (), body), Script(), "answer", key)
            for number, (body, key) in enumerate(zip(bodies, keys, strict=True))
        ]
        return replay_of(arm("legacy", STREAM), registry, cases, plan)

    return run


@pytest.fixture
def plan():
    from cutover_parity import plan_of

    callees = {f"ask_{name}": {"provider": name, "slot": "ask"} for name in ("ash", "birch")}
    return plan_of(
        {
            "sites": [{"name": "talk", "keys": ["ash", "birch"], "file": "app.py"}],
            "modules": [{"module": "app", "callees": callees}],
        }
    )


@pytest.fixture
def arm(tmp_path):
    from cutover_parity import ArmSpec

    def make(name, source):
        root = tmp_path / name
        root.mkdir()
        (root / "app.py").write_text(source)
        (root / "backends.py").write_text(BACKENDS)
        return ArmSpec(root, "app:app")

    return make


def replay_of(legacy, registry, cases, plan):
    from cutover_parity import replay

    return replay(legacy, registry, cases, plan=plan)


def test_the_page_stands_alone_and_shows_what_was_found(replayed):
    report = replayed(
        '"more_body": True})\n    await', '"more_body": number < 3})\n    await asyncio.sleep(0)\n    return\n    await'
    )
    page = html_report(report, title="<gateway>", version="0.1.0")
    assert "Parity of &lt;gateway&gt;" in page
    assert page.count("<html") == page.count("</html>") == 1
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://| on\w+=|style=", page)
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert STYLE in page


def test_a_stream_that_differs_is_drawn_with_its_edges(replayed):
    report = replayed("        event = f", "        event = b'' if number == 2 else f")
    page = html_report(report, title="gateway", version="0.1.0")
    assert "stream.events[*]" in page
    assert '<svg class="stream"' in page
    assert "0 to 1000 ms" in page
    assert "■ end" in page
    assert "&lt;b&gt;" in page
    assert "<b>\u202e" not in page


def test_the_page_of_equal_arms_says_so(replayed):
    page = html_report(replayed("import asyncio", "import asyncio"), title="gateway", version="0.1.0")
    assert "There are none." in page
    assert "0 mismatches in 8 replays" in page
    assert '<td class="generated">generated</td>' in page
    assert '<td class="nothing">nothing</td>' in page


def test_the_same_findings_give_the_same_page_and_the_same_xml(replayed, tmp_path):
    report = replayed('"n": number', '"n": number')
    assert html_report(report, title="g", version="1") == html_report(report, title="g", version="1")
    assert junit_report(report) == junit_report(report)


def test_junit_has_a_test_for_each_provider_and_each_cause(replayed):
    suite = ElementTree.fromstring(junit_report(replayed("'n': number", "'n': number + 1"), name="talk"))[0]
    assert suite.attrib == {"name": "cutover.parity.talk", "tests": "5", "failures": "2", "errors": "0", "skipped": "0"}
    names = [case.attrib["name"] for case in suite]
    assert names[:2] == ["provider ash", "provider birch"]
    assert names[-1] == "some case reaches a provider"
    failure = suite[2].find("failure")
    assert failure.attrib["message"] == "stream.events[0].data.n: legacy 0, registry 1"
    assert "request: POST / " in failure.text


def test_junit_of_equal_arms_has_no_failure(replayed):
    suite = ElementTree.fromstring(junit_report(replayed("import asyncio", "import asyncio")))[0]
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "0")
    assert "at most" in suite[0].find("system-out").text


@pytest.mark.parametrize("fault", ['raise ValueError("\\x00\\ud800 odd")', 'raise ValueError("]]> & <")'])
def test_junit_is_xml_whatever_was_said(replayed, fault):
    report = replayed("    key = asked", f"    {fault}\n    key = asked")
    assert ElementTree.fromstring(junit_report(report))[0].attrib["failures"] != "0"


def line(*sizes, finished=True, timed=False, error=""):
    chunks = tuple(Moment(number * 10.0, size, "text") for number, size in enumerate(sizes))
    return Timeline(200, chunks, finished, error, timed)


def test_edges_that_only_one_arm_has_are_marked():
    drawn = stream_svg(line(10, 10), line(5, 15))
    assert drawn.count('class="chunk"') == 4
    assert drawn.count('class="only"') == 2
    assert 'class="tick"' not in drawn


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (line(10, finished=False), "✕ cut"),
        (line(10, finished=False, error="ReadTimeout: x"), "✕ error"),
        (line(10), "■ end"),
    ],
)
def test_how_a_stream_ended_is_said_in_words(other, says):
    assert says in stream_svg(line(10), other)


def test_moments_are_drawn_where_they_are_known():
    assert stream_svg(line(10, 10, timed=True), line(10, 10, timed=True)).count('class="tick"') == 4
    assert stream_svg(line(), line()) == ""
