"""`cutover report`: one file that opens by itself, or the numbers as JSON."""

import json
import time

import pytest

from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.store import Store

SECOND = 1_000_000_000


@pytest.fixture
def store(tmp_path):
    """A store in the usual place, with one attempt of each of two providers a minute ago and two hours ago."""
    (tmp_path / ".cutover").mkdir()
    made = Store.open(tmp_path / ".cutover/telemetry.db")
    for provider, ago in (("groq", 60), ("near", 7200)):
        ended = time.time_ns() - ago * SECOND
        call = (provider, "make_request", "make_request", "legacy", "chat", "m-1", None)
        attempt = AttemptRecord(*call, ended - SECOND, ended, error_type="\ud800" if provider == "near" else None)
        made.writer().route(RouteRecord(ended - SECOND, ended, (attempt,), name="POST /chat"))
    assert made.writer().close()
    return made.path


def test_a_report_is_written_and_its_size_is_said(cutover, store, tmp_path):
    done = cutover("report", "--out", "report.html", "--title", "<Monday>")
    assert (done.code, done.err) == (0, "")
    html = (tmp_path / "report.html").read_text()
    assert done.out == f"report.html: {(tmp_path / 'report.html').stat().st_size / 1e6:.1f} MB\n"
    assert html.startswith("<!doctype html>")
    assert "<title>&lt;Monday&gt;</title>" in html
    assert ('data-key="groq"' in html, 'data-key="near"' in html) == (True, False)


def test_it_is_narrowed_by_time_and_provider(cutover, store, tmp_path):
    done = cutover("report", store, "-o", "report.html", "--last", "3h", "--provider", "near", "--no-charts", "--json")
    shown = done.data
    assert [each["provider"] for each in shown["providers"]] == ["near"]
    assert shown["asked"]["end"] - shown["asked"]["begin"] == pytest.approx(3 * 3600)
    assert (tmp_path / "report.html").stat().st_size < 300_000


def test_json_alone_writes_nothing(cutover, store, tmp_path):
    done = cutover("report", "--json")
    assert json.loads(done.out)["version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [".cutover"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "where is it to go? name a file with --out report.html, or ask for --json"),
        (["nowhere.db", "--out", "x.html"], "there is no store at nowhere.db"),
        (["--out", "nowhere/x.html"], "nowhere/x.html: cannot be written (No such file or directory)"),
    ],
)
def test_what_cannot_be_done_is_said(cutover, store, arguments, said):
    assert said in cutover("report", *arguments).refused()


def test_a_stretch_of_time_that_is_none_is_refused(cutover, store):
    done = cutover("report", "--json", "--last", "soon")
    assert (done.code, done.out) == (2, "")
    assert "soon is no stretch of time; write 90s, 30m, 2h or 1d" in done.err
