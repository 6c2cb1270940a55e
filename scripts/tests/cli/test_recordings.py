import json
from pathlib import Path

import pytest

from cutover_parity import (
    Answer,
    Exchange,
    Failure,
    RecordingWriter,
    Request,
    Route,
    Scrubber,
    read_recording,
    read_routes,
)

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "recordings.md"
TOKEN = "q7ZtW2mK9xVb4LpR8sYc3NdF6hJgT1aQ"


class Blind(Scrubber):
    def route(self, route):
        return route


def route(name="r1", **headers):
    up = (
        Exchange(Request("POST", "https://u.invalid/v1"), Answer(503)),
        Exchange(Request("POST", "https://v.invalid/v1"), error=Failure("httpx.ReadTimeout", "slow")),
    )
    return Route(name, Request("POST", "/v1/talk?a=1", tuple(headers.items())), Answer(200), up)


@pytest.fixture
def folder(tmp_path):
    with RecordingWriter(tmp_path / "traffic.jsonl") as writer:
        writer.write(route())
        writer.write(route("r2"))
        writer.summarise({"recorded": 2, "dropped: queue full": 3})
    return tmp_path


@pytest.fixture
def aside(folder):
    path = folder / "other.jsonl.unfinished"
    with RecordingWriter(path, scrubber=Blind(), allowed=["request.headers.x-build"]) as writer:
        writer.write(route(**{"x-build": TOKEN}))
    return path


def test_a_clean_recording_is_fine(cutover, folder):
    ran = cutover("recording", "check", "traffic.jsonl", cwd=folder)
    assert (ran.code, ran.out) == (0, "0 places that look like a secret, 0 damaged lines\n")


def test_what_looks_like_a_secret_is_named_by_its_place_and_never_shown(cutover, folder, aside):
    ran = cutover("recording", "check", aside.name, cwd=folder)
    assert ran.code == 1
    assert ran.out == (
        "other.jsonl.unfinished, line 2, request.headers.x-build: random characters\n"
        "1 places that look like a secret, 0 damaged lines\n"
    )
    assert TOKEN not in ran.out + ran.err


def test_a_recording_that_was_set_aside_is_finished_when_its_place_is_allowed(cutover, folder, aside):
    options = ("--allow", "request.headers.x-build", "--finish", "--json")
    assert cutover("recording", "check", aside.name, "--finish", cwd=folder).code == 1
    assert aside.exists()
    found = cutover("recording", "check", aside.name, *options, cwd=folder).data
    assert found == {"secrets": [], "damage": [], "finished": ["other.jsonl"]}
    assert len(read_recording(folder / "other.jsonl").routes) == 1
    refused = cutover("recording", "check", "other.jsonl", *options, cwd=folder).refused()
    assert refused == "other.jsonl cannot be finished: its name has no .unfinished; rename it yourself"


def test_damage_is_a_finding_with_its_place(cutover, folder):
    with (folder / "traffic.jsonl").open("a") as file:
        file.write("oops\n")
    ran = cutover("recording", "check", "traffic.jsonl", cwd=folder)
    assert ran.code == 1
    assert ran.out.startswith("traffic.jsonl, line 5: not a recorded route (not JSON: ")


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_file_that_is_no_recording_is_refused(cutover, folder, command):
    (folder / "notes.txt").write_text("hello\n")
    assert "notes.txt is not a recording" in cutover("recording", command, "notes.txt", cwd=folder).refused()
    assert "it cannot be read" in cutover("recording", command, "none.jsonl", cwd=folder).refused()


def test_show_counts_what_is_there(cutover, folder):
    (shown,) = cutover("recording", "show", "traffic.jsonl", "--json", cwd=folder).data
    assert shown == {
        "path": "traffic.jsonl",
        "routes": {"POST /v1/talk 200": 2},
        "upstream": {"u.invalid 503": 2, "v.invalid httpx.ReadTimeout": 2},
        "summary": {"recorded": 2, "dropped: queue full": 3},
        "damage": [],
    }
    text = cutover("recording", "show", "traffic.jsonl", cwd=folder).out
    assert "v.invalid httpx.ReadTimeout" in text


def test_a_cassette_is_imported_for_a_request(cutover, tmp_path):
    (tmp_path / "talk.yaml").write_text(
        "interactions:\n- request: {body: null, headers: {Authorization: [Bearer abcdef123456]}, method: GET, "
        "uri: 'http://u.invalid/a'}\n  response: {body: {string: hi}, headers: {}, status: {code: 200}}\nversion: 1\n"
    )
    (tmp_path / "body.json").write_text('{"model": "m"}')
    ran = cutover(
        "recording", "import", "talk.yaml", "-o", "out.jsonl", "--request", "POST /v1/talk", "--body", "body.json",
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert ran.data == {"routes": 1, "exchanges": 1, "recording": "out.jsonl"}
    (imported,) = read_recording(tmp_path / "out.jsonl").routes
    assert (imported.request.method, imported.request.url, imported.request.body) == (
        "POST",
        "/v1/talk",
        b'{"model": "m"}',
    )
    assert "abcdef123456" not in (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--request", "v1/talk"], "--request 'v1/talk': give a method and a path, 'POST /v1/chat/completions' say"),
        (["--body", "x.json"], "--body is the body of --request, which is missing"),
        (["--request", "POST /x", "--body", "none.json"], "none.json: No such file or directory"),
        ([], "x.har cannot be imported as HAR or VCR cassette: not JSON: "),
    ],
)
def test_an_import_that_cannot_be_done_says_why(cutover, tmp_path, options, said):
    (tmp_path / "x.har").write_text("{")
    assert cutover("recording", "import", "x.har", "-o", "out.jsonl", *options, cwd=tmp_path).refused().startswith(said)
    assert not (tmp_path / "out.jsonl").exists()


def test_the_recording_of_the_reference_page_is_one(tmp_path):
    (text,) = [part.split("```")[0] for part in REFERENCE.read_text().split("```json\n")[1:]]
    (tmp_path / "t.jsonl").write_text(text)
    (entry,) = read_routes(tmp_path / "t.jsonl", strict=True)
    assert entry.to_json().keys() == json.loads(text.splitlines()[1]).keys()
