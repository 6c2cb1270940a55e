"""The file of counts: several companions add to it, anybody reads it, and a foreign file is left as it is."""

import sqlite3
import time

import pytest

from cutover_rollout.shadow import ForeignCounts, NoCounts, ShadowMinute, shadow_pairs, shadow_status
from cutover_rollout.shadow._counts import Counts

NOW = int(time.time() // 60)


def fill(path, minute=NOW - 5, **met):
    counts = Counts(path)
    counts.pair(minute, "chat", "near", **{"candidate_only": False, "control_only": False, "differs": False} | met)
    counts.tally("taken")
    counts.save()


def test_two_companions_add_up(tmp_path):
    path = tmp_path / "counts.db"
    fill(path)
    fill(path, candidate_only=True, differs=True)
    assert shadow_pairs(path) == (ShadowMinute(NOW - 5, "chat", "near", 2, 1, 0, 1),)
    assert shadow_status(path).tallies == {"taken": 2}


def test_what_could_not_be_saved_is_added_the_next_time(tmp_path):
    path = tmp_path / "counts.db"
    counts = Counts(path)
    counts.tally("taken")
    counts.save()
    counts.save()
    assert shadow_status(path).tallies == {"taken": 1}


def test_minutes_that_may_still_grow_are_left_out(tmp_path):
    path = tmp_path / "counts.db"
    now = int(time.time() // 60)
    for minute in (now - 3, now, now + 1):
        fill(path, minute)
    assert [each.minute for each in shadow_pairs(path)] == [now - 3]
    assert [each.minute for each in shadow_pairs(path, since=now, until=now + 1)] == [now]
    assert shadow_pairs(path, provider="groq") == ()


def test_old_minutes_are_forgotten(tmp_path):
    path = tmp_path / "counts.db"
    fill(path, 5)
    fill(path)
    assert [each.minute for each in shadow_pairs(path)] == [NOW - 5]


def test_drops_and_notes_are_told(tmp_path):
    path = tmp_path / "counts.db"
    counts = Counts(path)
    counts.tally("dropped: the queue is full", 3)
    counts.tally("left out: no candidate", 2)
    counts.note("candidate", "importing app: ImportError")
    counts.save()
    status = shadow_status(path)
    assert (status.dropped, dict(status.notes)) == (3, {"candidate": "importing app: ImportError"})


def test_no_file_is_said(tmp_path):
    with pytest.raises(NoCounts) as refused:
        shadow_pairs(tmp_path / "none.db")
    assert str(refused.value).endswith("no shadow has counted here; is one running (`cutover run --shadow`)?")


def test_a_foreign_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE mine (a)")
    theirs.close()
    before = path.read_bytes()
    for use in (shadow_pairs, Counts):
        with pytest.raises(ForeignCounts) as refused:
            use(path)
        assert "it is somebody else's database" in str(refused.value)
    path.with_name("text.db").write_text("no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(ForeignCounts):
        shadow_pairs(path.with_name("text.db"))
    assert path.read_bytes() == before


def test_a_later_release_is_refused(tmp_path):
    path = tmp_path / "counts.db"
    fill(path)
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 9")
    later.close()
    with pytest.raises(ForeignCounts) as refused:
        shadow_status(path)
    assert "version 9, this release knows 1" in str(refused.value)
