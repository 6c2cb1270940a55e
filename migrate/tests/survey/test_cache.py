"""What is remembered between runs: used only where it still holds, and never in the way."""

import json
import random
import sqlite3

import pytest

from cutover_migrate.find import Outline
from cutover_migrate.survey import FileSurvey, SurveyCache, _cache, _tree, _workers
from cutover_migrate.survey._cache import survey_key


@pytest.fixture(autouse=True)
def database(cache_home):
    """The cache's file."""
    return cache_home / "provider-cutover" / "surveys.sqlite3"


@pytest.fixture
def surveyed(monkeypatch):
    """The paths that are really surveyed from now on."""
    paths = []
    real = _tree.survey_file

    def noted(source, *rest):
        paths.append(source.path)
        return real(source, *rest)

    monkeypatch.setattr(_tree, "survey_file", noted)
    return paths


def scan_again(said, project, surveyed):
    surveyed.clear()
    return said(project, jobs=1)


def test_a_second_scan_surveys_nothing(project, said, surveyed, database):
    whole = said(project, jobs=1)
    assert len(surveyed) == 9
    assert database.is_file()
    assert scan_again(said, project, surveyed) == whole
    assert surveyed == []


def test_without_the_cache_all_is_surveyed_and_nothing_written(project, said, surveyed, database):
    said(project, jobs=1, cache=False)
    said(project, jobs=1, cache=False)
    assert len(surveyed) == 18
    assert not database.exists()


def test_a_small_tree_is_not_remembered(project, said, database):
    said(project)
    assert not database.exists()


def test_only_a_file_that_changed_is_surveyed_again(project, said, surveyed):
    said(project, jobs=1)
    file = project / "desk" / "plain.py"
    file.write_text(file.read_text() + "\nX = 1\n")
    whole = scan_again(said, project, surveyed)
    assert surveyed == ["desk/plain.py"]
    assert whole == said(project)


@pytest.mark.parametrize(
    ("old", "new", "decision"),
    [
        ('NEAR = "near"', 'NEAR = "close"', "template"),
        ("(str, Enum)", "(Enum)", None),
        ('FAR = "far"', "FAR = 3", None),
    ],
)
def test_a_file_is_surveyed_again_when_a_constant_of_it_changed_elsewhere(project, said, surveyed, old, new, decision):
    before = said(project, jobs=1)
    file = project / "desk" / "names.py"
    file.write_text(file.read_text().replace(old, new))
    after = scan_again(said, project, surveyed)
    assert {"desk/names.py", "desk/chat.py"} <= set(surveyed) <= {"desk/names.py", "desk/chat.py", "desk/later.py"}
    assert after == said(project)
    assert after != before
    assert scan_again(said, project, surveyed) == after
    assert surveyed == []
    if decision:
        assert after["sites"][0]["keys"][0] == "close"


def test_a_file_is_surveyed_again_when_a_module_appears_or_goes(project, said, surveyed):
    before = said(project, jobs=1)
    home = project / "desk" / "names.py"
    moved = project / "desk" / "names" / "__init__.py"
    moved.parent.mkdir()
    home.rename(moved)
    assert scan_again(said, project, surveyed)["sites"][0]["keys"] == before["sites"][0]["keys"]
    moved.unlink()
    assert scan_again(said, project, surveyed) == said(project) != before


def test_another_import_root_is_another_entry(project, said, surveyed):
    said(project, jobs=1)
    surveyed.clear()
    assert said(project, jobs=1, import_root="desk") == said(project, import_root="desk")
    assert surveyed


def test_a_key_tells_path_content_and_root_apart():
    keys = {survey_key(path, digest, root) for path in ("a", "b") for digest in ("c", "d") for root in ("", "e")}
    assert len(keys) == 8


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_cache_changes_nothing(project, said, database, seed):
    whole = said(project, jobs=1)
    data = bytearray(database.read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.choice([1, 5, 200])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    database.write_bytes(bytes(data[: chance.choice([len(data), len(data) // 2, 50])]))
    assert said(project, jobs=1) == whole
    assert said(project, jobs=1) == whole


@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" + b"x" * 5000])
def test_a_cache_that_is_none_is_made_anew(project, said, surveyed, database, data):
    database.parent.mkdir(parents=True)
    database.write_bytes(data)
    whole = said(project, jobs=1)
    assert scan_again(said, project, surveyed) == whole
    assert surveyed == [] or data.startswith(b"SQLite")


def test_entries_of_another_shape_are_ignored(project, said, surveyed, database):
    whole = said(project, jobs=1)
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT key, value FROM surveys").fetchall()
        texts = [b"{}", b"[]", b"null", b'{"outline": 3}', b"\xff", json.dumps({"outline": {}, "sites": 1}).encode()]
        for number, (key, _) in enumerate(rows):
            text = texts[number % len(texts)]
            connection.execute("UPDATE surveys SET value = ? WHERE key = ?", (_cache._seal(key, text) + text, key))
    connection.close()
    assert scan_again(said, project, surveyed) == whole
    assert len(surveyed) == 9


@pytest.mark.parametrize("in_the_way", ["file", "folder"])
def test_a_cache_that_cannot_be_written_is_no_matter(project, said, database, in_the_way):
    if in_the_way == "file":
        database.parent.parent.mkdir()
        database.parent.write_text("in the way")
    else:
        database.mkdir(parents=True)
    whole = said(project)
    assert said(project, jobs=1) == whole
    assert said(project, jobs=1) == whole


def test_a_locked_cache_is_no_matter(project, said, database):
    whole = said(project, jobs=1)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    assert said(project, jobs=1) == whole
    connection.close()


def test_the_cache_is_never_inside_of_the_project(project, said, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "caches"))
    assert SurveyCache.open(project) is None
    said(project, jobs=1)
    assert not (project / "caches").exists()


def test_a_folder_that_is_not_absolute_is_not_taken(project, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cache = SurveyCache.open(project)
    cache.put({b"k": FileSurvey()})
    assert cache.get([b"k"]) == {b"k": FileSurvey()}
    assert (tmp_path / "home" / ".cache" / "provider-cutover" / "surveys.sqlite3").is_file()


def test_the_cache_keeps_to_its_size(cache_home, project, monkeypatch):
    monkeypatch.setattr(_cache, "LARGEST", 200_000)
    cache = SurveyCache.open(project)
    large = FileSurvey(Outline(defines=("x" * 5000,)))
    for number in range(30):
        cache.put({f"{number}.{place}".encode(): large for place in range(10)})
    assert (cache_home / "provider-cutover" / "surveys.sqlite3").stat().st_size < 600_000
    assert cache.get([b"29.3"]) == {b"29.3": large}
    assert cache.get([b"0.3"]) == {}


def test_what_was_used_long_ago_goes_first(cache_home, project, monkeypatch):
    cache = SurveyCache.open(project)
    monkeypatch.setattr(_cache.time, "time", lambda: 1_000_000)
    cache.put({b"old": FileSurvey(), b"used": FileSurvey()})
    monkeypatch.setattr(_cache.time, "time", lambda: 9_000_000)
    assert cache.get([b"used"])
    monkeypatch.setattr(_cache, "LARGEST", 0)
    cache.put({b"new": FileSurvey(), b"newer": FileSurvey()})
    assert set(cache.get([b"old", b"used", b"new", b"newer"])) < {b"used", b"new", b"newer"}


def test_no_process_is_started_where_all_is_known(project, said, monkeypatch):
    whole = said(project, jobs=2)
    monkeypatch.setattr(_workers, "command", lambda: pytest.fail("a process was started"))
    assert said(project, jobs=2) == whole
