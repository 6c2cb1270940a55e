import json
import os

import pytest

from cutover_parity import (
    Answer,
    DamagedRecording,
    Exchange,
    Failure,
    NewerRecording,
    NotARecording,
    RecordingWriter,
    Request,
    read_recording,
)

HEADER = '{"format": "cutover-recording", "version": 2}\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "traffic.jsonl"


def write(path, *routes):
    with RecordingWriter(path, content=["*"]) as writer:
        for route in routes:
            writer.write(route)


def test_a_route_comes_back_as_it_was_written(path, route):
    asked = Request("POST", "https://upstream.invalid/v1", (("accept", "*/*"),), b'{"stream":true}')
    streamed = Answer(200, (("x", "y"),), (b"data: \xc3", b"\xa9\n\n"), (0.5, 12.25), Failure("httpx.ReadError", "cut"))
    exchanges = Exchange(asked, streamed), Exchange(asked, error=Failure("httpx.ReadTimeout", "slow"), client="async")
    written = route({"model": "m"}, *exchanges)
    write(path, written)
    assert read_recording(path).routes == (written,)


def test_the_first_line_says_what_the_file_is_and_each_record_stands_alone(path, route):
    write(path, route({"n": 1}), route({"n": 2}))
    header, *records = path.read_text().splitlines()
    assert header + "\n" == HEADER
    assert [json.loads(record)["request"]["body"] for record in records] == ['{"n": 1}', '{"n": 2}']


def test_a_later_writer_appends(path, route):
    write(path, route({"n": 1}))
    write(path, route({"n": 2}))
    assert [entry.request.body for entry in read_recording(path).routes] == [b'{"n": 1}', b'{"n": 2}']
    assert path.read_text().count("cutover-recording") == 1


def test_only_its_owner_may_read_a_recording(path, route):
    write(path, route())
    assert path.stat().st_mode & 0o077 == 0


def test_a_record_that_does_not_fit_on_the_disk_leaves_no_half_line(path, route, monkeypatch):
    write(path, route({"n": 1}))
    whole = path.read_bytes()
    real_write = os.write
    with RecordingWriter(path) as writer:
        monkeypatch.setattr(os, "write", lambda file, data: real_write(file, data[:20]))
        with pytest.raises(OSError, match="No space left"):
            writer.write(route({"n": 2}))
        monkeypatch.undo()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_torn_last_line_is_dropped_and_the_rest_is_read(path, route, cut):
    write(path, route({"n": 1}), route({"n": 2}))
    path.write_bytes(path.read_bytes()[:-cut])
    recording = read_recording(path)
    assert recording.torn
    assert [entry.request.body for entry in recording.routes] == [b'{"n": 1}']


def test_appending_after_a_crash_cuts_the_torn_line_off(path, route):
    write(path, route({"n": 1}), route({"n": 2}))
    path.write_bytes(path.read_bytes()[:-30])
    write(path, route({"n": 3}))
    recording = read_recording(path)
    assert not recording.torn
    assert [entry.request.body for entry in recording.routes] == [b'{"n": 1}', b'{"n": 3}']


def test_a_recording_without_routes_is_one(path):
    write(path)
    assert read_recording(path).routes == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "it is empty"),
        ("hello\n", "it is not JSON"),
        ('{"log": {"version": "1.2"}}\n', 'it is {"log": {"version": "1.2"}}'),
        ("[1, 2]\n", "it is [1, 2]"),
    ],
)
def test_a_foreign_file_is_refused_for_reading_and_for_writing(path, content, found):
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(NotARecording) as refused:
        read_recording(path)
    assert str(refused.value) == (
        f'{path} is not a recording: line 1 should be a header with "format": "cutover-recording", but {found}; '
        "make one with `cutover record`"
    )
    if content:
        with pytest.raises(NotARecording):
            RecordingWriter(path)
        assert path.read_text() == content


def test_a_file_that_is_not_there_is_refused(path):
    with pytest.raises(NotARecording, match=r"it cannot be read \(No such file or directory\)"):
        read_recording(path)


@pytest.mark.parametrize("version", [3, "1", None])
def test_a_newer_recording_is_refused(path, version):
    path.parent.mkdir()
    path.write_text(json.dumps({"format": "cutover-recording", "version": version}) + "\n")
    with pytest.raises(NewerRecording) as refused:
        read_recording(path)
    assert str(refused.value) == (
        f"{path}, line 1: the recording has version {version}, this provider-cutover reads up to version 2; "
        "upgrade it, or record again"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{oops", "not JSON"), ('{"id": "x"}', "a field is missing or of the wrong kind: 'request'"), ("7", "a field is")],
)
def test_a_damaged_line_is_refused_with_its_number(path, route, line, reason):
    write(path, route({"n": 1}))
    with path.open("a") as file:
        file.write(line + "\n")
    write(path, route({"n": 2}))
    with pytest.raises(DamagedRecording, match="line 3: not a recorded route") as refused:
        read_recording(path)
    assert reason in str(refused.value)
    assert refused.value.line == 3
