import json
import multiprocessing
import tracemalloc

import pytest

from cutover_parity import (
    Answer,
    Damage,
    DamagedRecording,
    NewerRecording,
    NotARecording,
    RecordingWriter,
    Request,
    Route,
    read_recording,
    read_routes,
    read_summary,
)

V1 = '{"format": "cutover-recording", "version": 1}\n'


def numbered(number, size=0):
    return Route(str(number), Request("POST", f"/{number}", (), b'{"n":1}' + b" " * size), Answer(200))


def ids(path):
    return [entry.id for entry in read_routes(path) if isinstance(entry, Route)]


def written(path, count, **options):
    with RecordingWriter(path, **options) as writer:
        for number in range(count):
            writer.write(numbered(number))
    return path


def append_some(path, name, start):
    start.wait()
    with RecordingWriter(path, segment_bytes=3000) as writer:
        for number in range(50):
            writer.write(numbered(f"{name}-{number}"))


def test_a_name_without_a_suffix_is_a_folder_of_segments_rotated_by_size(tmp_path):
    folder = written(tmp_path / "traffic", 30, segment_bytes=1000)
    names = sorted(file.name for file in folder.iterdir())
    assert names[:2] == ["000001.jsonl", "000002.jsonl"]
    assert len(names) > 3
    assert all(file.stat().st_size < 1500 for file in folder.iterdir())
    assert ids(folder) == [str(number) for number in range(30)]
    assert read_recording(folder).routes[29] == numbered(29)


def test_a_later_writer_goes_on_in_the_last_segment(tmp_path):
    folder = written(tmp_path / "traffic", 2)
    written(folder, 1)
    assert ids(folder) == ["0", "1", "0"]
    assert [file.name for file in folder.iterdir()] == ["000001.jsonl"]


def test_a_name_with_a_suffix_stays_one_file(tmp_path):
    path = written(tmp_path / "traffic.jsonl", 30, segment_bytes=1000)
    assert path.is_file()
    assert len(ids(path)) == 30


@pytest.mark.parametrize("name", ["traffic", "traffic.jsonl"])
def test_several_processes_append_to_one_recording_and_lose_nothing(tmp_path, name):
    spawn = multiprocessing.get_context("forkserver")
    start = spawn.Event()
    processes = [spawn.Process(target=append_some, args=(tmp_path / name, letter, start)) for letter in "abc"]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join()
    entries = ids(tmp_path / name)
    assert sorted(entries) == sorted(f"{letter}-{number}" for letter in "abc" for number in range(50))
    for letter in "abc":
        assert [entry for entry in entries if entry[0] == letter] == [f"{letter}-{number}" for number in range(50)]


def test_a_writer_that_was_forked_off_appends_beside_its_parent(tmp_path):
    path = tmp_path / "traffic.jsonl"
    with RecordingWriter(path) as writer:
        fork = multiprocessing.get_context("fork").Process(target=writer.write, args=(numbered("child"),))
        fork.start()
        fork.join()
        writer.write(numbered("parent"))
    assert ids(path) == ["child", "parent"]


def test_a_writer_cuts_off_what_another_that_crashed_left(tmp_path):
    path = written(tmp_path / "traffic.jsonl", 1)
    with RecordingWriter(path) as writer:
        with path.open("ab") as crashed:
            crashed.write(b'{"id": "half' + b"x" * 200_000)
        writer.write(numbered(1))
    assert ids(path) == ["0", "1"]


def test_a_recording_of_version_one_is_read_and_can_be_appended_to(tmp_path):
    path = tmp_path / "traffic.jsonl"
    path.write_text(V1 + json.dumps(numbered("old").to_json()) + "\n")
    assert ids(written(path, 1)) == ["old", "0"]
    assert path.read_text().startswith(V1)


def test_routes_are_read_one_at_a_time(tmp_path):
    path = tmp_path / "traffic"
    with RecordingWriter(path, segment_bytes=2_000_000) as writer:
        for number in range(60):
            writer.write(numbered(number, size=100_000))
    tracemalloc.start()
    count = sum(1 for _ in read_routes(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60
    assert peak < 3_000_000


BAD_LINES = [
    ("{oops", "not JSON"),
    ('{"id": "x"}', "a field is missing or of the wrong kind: 'request'"),
    ("7", "a field is missing or of the wrong kind"),
    ("", "not JSON"),
    ("[" * 100_000, "nested too deeply"),
    (json.dumps(numbered(1).to_json()).replace("200", '"200"'), "'200' should be a number"),
    (json.dumps(numbered(1).to_json()).replace('"POST"', "null"), "None should be a text"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_damaged_line_is_reported_at_its_place_and_the_rest_is_delivered(tmp_path, line, reason):
    path = written(tmp_path / "traffic.jsonl", 1)
    with path.open("a") as file:
        file.write(line + "\n")
    written(path, 1)
    first, damage, last = read_routes(path)
    assert (first.id, last.id) == ("0", "0")
    assert (damage.path, damage.line, damage.torn) == (path, 3, False)
    assert reason in damage.reason
    assert str(damage).startswith(f"{path}, line 3: not a recorded route (")
    with pytest.raises(DamagedRecording, match="line 3"):
        list(read_routes(path, strict=True))
    with pytest.raises(DamagedRecording, match="line 3"):
        read_recording(path)


def test_a_torn_last_line_is_reported_as_torn(tmp_path):
    path = written(tmp_path / "traffic.jsonl", 2)
    path.write_bytes(path.read_bytes()[:-9])
    first, damage = read_routes(path)
    assert first == numbered(0)
    assert damage == Damage(path, 3, "the line is cut off, as a crash leaves it", torn=True)
    with pytest.raises(DamagedRecording, match="line 3"):
        list(read_routes(path, strict=True))


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\x00\xff" * 5000, "is not a recording"), (V1.replace("1", "9").encode(), "version 9")]
)
def test_a_segment_that_is_none_does_not_hide_the_others(tmp_path, content, reason):
    folder = written(tmp_path / "traffic", 12, segment_bytes=600)
    (folder / "000002.jsonl").write_bytes(content)
    entries = list(read_routes(folder))
    (damage,) = (entry for entry in entries if isinstance(entry, Damage))
    assert (damage.path, damage.line) == (folder / "000002.jsonl", 1)
    assert reason in damage.reason
    assert entries[-1] == numbered(11)


@pytest.mark.parametrize(
    ("content", "error"), [(b"hello\n", NotARecording), (V1.replace("1", "9").encode(), NewerRecording)]
)
def test_a_file_that_cannot_be_read_at_all_is_refused_at_once(tmp_path, content, error):
    path = tmp_path / "traffic.jsonl"
    path.write_bytes(content)
    with pytest.raises(error):
        read_routes(path)


def test_a_folder_without_a_segment_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotARecording, match=r"it is a folder without a segment \(\*\.jsonl\)"):
        read_routes(tmp_path)


def test_counts_of_all_writers_are_added_up_and_are_no_routes(tmp_path):
    for dropped in (2, 3):
        with RecordingWriter(tmp_path / "traffic") as writer:
            writer.write(numbered(dropped))
            writer.summarise({"recorded": 1, "dropped: queue full": dropped})
    assert read_summary(tmp_path / "traffic") == {"recorded": 2, "dropped: queue full": 5}
    assert ids(tmp_path / "traffic") == ["2", "3"]


def test_a_text_that_is_no_unicode_is_written_and_comes_back(tmp_path):
    path = tmp_path / "traffic.jsonl"
    with RecordingWriter(path, content=["*"]) as writer:
        writer.write(Route("1", Request("GET", "/\udc80"), None))
    assert [entry.request.url for entry in read_routes(path)] == ["/\udc80"]
