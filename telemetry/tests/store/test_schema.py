import sqlite3

import pytest

from cutover_telemetry.store import BusyStore, ForeignFile, NewerStore, NoStore, Store, UnusableStore, Window
from cutover_telemetry.store import _connection as connection_module
from cutover_telemetry.store._schema import APPLICATION_ID, VERSION


def altered(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_store_is_made_with_its_folder_and_marked_as_ours(tmp_path):
    store = Store.open(tmp_path / "deep" / "telemetry.db")
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_opening_again_changes_nothing(tmp_path, attempt):
    store = Store.open(tmp_path / "telemetry.db")
    store.writer().attempt(attempt())
    assert store.writer().close()
    assert Store.open(store.path).query.account().attempts == 1


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "telemetry.db"
    path.touch()
    assert Store.open(path).query.account().attempts == 0


@pytest.mark.parametrize(
    "content", [b"just some text, long enough to be read as a header of a file" * 4, b"\x00" * 4096]
)
def test_a_file_that_is_no_database_is_refused_and_keeps_every_byte(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    for ask in (lambda: Store.open(path), lambda: Store.of(path).query.account()):
        with pytest.raises(ForeignFile) as refused:
            ask()
        assert str(refused.value) == (
            f"{path} is not a telemetry store: file is not a database; name another file, it was left as it is"
        )
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "shop.db"
    altered(path, "CREATE TABLE orders (id)", "CREATE TABLE customers (id)")
    kept = path.read_bytes()
    with pytest.raises(ForeignFile, match="it is a database with tables customers, orders; name another file"):
        Store.open(path)
    assert path.read_bytes() == kept
    assert [each.name for each in tmp_path.iterdir()] == ["shop.db"]


def test_a_newer_form_is_refused_by_writers_and_readers(tmp_path):
    store = Store.open(tmp_path / "telemetry.db")
    altered(store.path, f"PRAGMA user_version = {VERSION + 4}")
    for ask in (lambda: Store.open(store.path), lambda: store.query.scorecard(Window.everything())):
        with pytest.raises(NewerStore) as refused:
            ask()
        assert str(refused.value) == (
            f"{store.path} has schema {VERSION + 4} and this release knows those up to {VERSION}; "
            "use the release that wrote it, or name another file"
        )


def test_a_question_before_the_first_write_says_that_there_is_nothing(tmp_path):
    path = tmp_path / "telemetry.db"
    with pytest.raises(NoStore) as refused:
        Store.of(path).query.account()
    assert str(refused.value) == (f"there is no store at {path}; it is made by the first process that writes into it")
    assert not path.exists()


def test_a_reader_changes_nothing(tmp_path):
    path = tmp_path / "telemetry.db"
    path.touch()
    with pytest.raises(NoStore):
        Store.of(path).query.account()
    assert path.read_bytes() == b""


def test_a_file_that_stays_locked_is_said_to_be_busy(tmp_path, monkeypatch):
    path = tmp_path / "telemetry.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(connection_module, "OPENING", 0.05)
    with pytest.raises(BusyStore, match=r"was locked by another process for 0\.05 s; try again when it is done"):
        Store.open(path)
    holder.close()


def test_a_place_where_no_file_can_be_is_said_to_be_unusable(tmp_path):
    for ask in (lambda: Store.open(tmp_path), lambda: Store.of(tmp_path).query.account()):
        with pytest.raises(UnusableStore, match=r"cannot be used: .*; look at its folder's rights and its disk"):
            ask()


def test_a_damaged_file_is_said_to_be_unusable_and_not_to_be_somebody_elses(tmp_path, attempt):
    store = Store.open(tmp_path / "telemetry.db")
    store.writer().attempt(attempt())
    assert store.writer().close()
    content = bytearray(store.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    store.path.write_bytes(content)
    with pytest.raises(UnusableStore, match="malformed"):
        store.query.scorecard(Window.everything())


def test_many_processes_make_the_same_store_at_once(script, tmp_path):
    code = "Store.open(store.path).writer().attempt(attempt(1)); print(store.path.exists())"
    processes = [script(code, wait=False) for _ in range(6)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out.strip()) == (0, "True"), err
    assert Store.of(tmp_path / "telemetry.db").query.account().attempts == 6
