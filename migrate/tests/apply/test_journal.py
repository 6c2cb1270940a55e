"""The journal: what is read back, and what is refused because it is damaged, foreign or newer."""

import json

import pytest

from cutover_migrate.apply import (
    FileChange,
    JournalDamaged,
    JournalMissing,
    JournalTooNew,
    commit,
    read_journal,
    undo,
)

SHA = "0" * 64
FILE = {"path": "a.py", "created": False, "before_sha256": SHA, "after_sha256": SHA, "mode": 420}
GOOD = {"version": 1, "state": "applied", "files": [FILE], "folders": [], "switch": False, "sites": [], "modules": []}


@pytest.fixture
def write(root, put):
    """Write a journal as JSON or as it is."""

    def run(journal):
        put({".cutover/journal.json": journal if isinstance(journal, bytes) else json.dumps(journal).encode()})
        return root

    return run


def test_what_was_committed_is_read_back(root):
    details = {
        "sites": [{"name": "chat"}],
        "modules": [{"module": "src.routes.chat"}],
        "generated": {"config": "src/config/providers.py"},
        "plan": "extra",
    }
    commit(root, [FileChange("src/config/providers.py", None, b"x")], journal=details)
    journal = read_journal(str(root))
    assert journal.sites == details["sites"]
    assert journal.modules == details["modules"]
    assert journal.generated == details["generated"]
    assert journal.details == details
    assert journal.folders == ("src", "src/config")
    assert journal.file("src/config/providers.py").created


def test_parts_that_were_not_given_are_empty(root):
    commit(root, [], journal={})
    journal = read_journal(root)
    assert (list(journal.sites), list(journal.modules), dict(journal.generated)) == ([], [], {})


def test_a_caller_cannot_write_over_the_parts_of_this_package(root):
    commit(root, [FileChange("a.py", None, b"a")], journal={"version": 7, "state": "finished", "files": []})
    assert read_journal(root).state == "applied"
    assert [file.path for file in read_journal(root).files] == ["a.py"]


def test_no_journal_is_told(root):
    with pytest.raises(JournalMissing, match="nothing was applied here"):
        read_journal(root)


def test_a_newer_journal_is_told_with_both_versions(write):
    with pytest.raises(JournalTooNew) as caught:
        read_journal(write({**GOOD, "version": 2}))
    assert str(caught.value) == (".cutover/journal.json: has version 2, this program knows 1; upgrade provider-cutover")


@pytest.mark.parametrize("version", [None, "1", 0, True, 1.5])
def test_a_journal_without_a_version_is_foreign(write, version):
    with pytest.raises(JournalDamaged, match="it has no version"):
        read_journal(write({**GOOD, "version": version}))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"null"])
def test_what_is_no_journal_at_all_is_damaged(write, data):
    with pytest.raises(JournalDamaged, match=r"journal\.json: damaged, or not written by cutover"):
        read_journal(write(data))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "half"},
        {"state": ["applied"]},
        {"files": [FILE, FILE]},
        {"files": ["a.py"]},
        {"files": [{"path": "a.py"}]},
        {"files": None},
        {"folders": [1]},
        {"folders": ["../x"]},
        {"switch": "no"},
        {"sites": {}},
        {"modules": "x"},
        {"generated": []},
        *(
            {"files": [{**FILE, **part}]}
            for part in (
                {"path": "../a.py"},
                {"path": "/a.py"},
                {"path": ""},
                {"path": ".cutover/journal.json"},
                {"created": "no"},
                {"created": True},
                {"before_sha256": "x"},
                {"before_sha256": 1},
                {"before_sha256": None, "after_sha256": None, "created": True},
                {"mode": "rw"},
            )
        ),
    ],
    ids=str,
)
def test_a_part_of_the_wrong_shape_is_damaged(write, change, snapshot):
    root = write({**GOOD, **change})
    before = snapshot(root)
    for command in (read_journal, undo):
        with pytest.raises(JournalDamaged):
            command(root)
    with pytest.raises(JournalDamaged):
        commit(root, [], journal={})
    assert snapshot(root) == before
