"""What is somebody else's, or a later release's, is refused and left; an older form is brought to the present one."""

import sqlite3
import uuid
from urllib.parse import quote

import psycopg
import pytest

from cutover_rollout.state import (
    ForeignState,
    NewerState,
    StateRefused,
    StateUnreachable,
    Versioned,
    _postgresql_schema,
    _redis_scripts,
    _sqlite_schema,
    open_state,
)


def _everything_refused(state, error):
    """The one message of reading, deciding and leading."""
    seen = set()
    for step in (
        state.read,
        state.history,
        lambda: state.watch(None, 0),
        lambda: state.write({}, expected=Versioned(), by="a", why="w"),
        lambda: state.lease("l", "h", 1),
    ):
        with pytest.raises(error) as caught:
            step()
        seen.add(str(caught.value))
    state.close()
    (message,) = seen
    return message


def test_a_sqlite_file_of_somebody_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE users (id)")
    connection.close()
    before = path.read_bytes()
    message = _everything_refused(open_state(f"sqlite:///{path}"), ForeignState)
    assert message == (
        f"state sqlite:///{path}: it is not ours: a database with tables users; name another one, it was left as it is"
    )
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("milk, bread and a great many other things " * 100)
    before = path.read_bytes()
    assert "no SQLite database" in _everything_refused(open_state(f"sqlite:///{path}"), ForeignState)
    assert path.read_bytes() == before


def test_a_newer_sqlite_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "state.db"
    open_state(f"sqlite:///{path}").write({"n": 1}, expected=Versioned(), by="a", why="w")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    message = _everything_refused(open_state(f"sqlite:///{path}"), NewerState)
    assert message == (
        f"state sqlite:///{path}: it has form 9, this release knows those up to 1; upgrade provider-cutover"
    )


def test_a_place_that_cannot_hold_a_file_refuses(tmp_path):
    (tmp_path / "file").write_text("")
    state = open_state(f"sqlite:///{tmp_path}/file/state.db")
    with pytest.raises(StateRefused, match="it refuses: "):
        state.lease("l", "h", 1)
    with pytest.raises(StateRefused):
        open_state(f"sqlite:///{tmp_path}").lease("l", "h", 1)


def test_a_file_that_is_locked_for_long_is_unreachable(tmp_path, monkeypatch):
    monkeypatch.setattr("cutover_rollout.state._sqlite.BUSY", 0.05)
    path = tmp_path / "state.db"
    state = open_state(f"sqlite:///{path}")
    written = state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateUnreachable, match=r"another process has had it locked for 0\.05 seconds"):
        state.write({"n": 2}, expected=written, by="a", why="w")
    assert state.read() == written
    other.close()
    assert state.write({"n": 2}, expected=written, by="a", why="w").version == 2


def test_an_older_sqlite_file_is_read_as_it_is_and_brought_on_by_the_next_decision(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/state.db"
    written = open_state(url).write({"n": 1}, expected=Versioned(), by="a", why="w")
    more = (*_sqlite_schema.MIGRATIONS, ("CREATE TABLE more (n)",))
    monkeypatch.setattr(_sqlite_schema, "MIGRATIONS", more)
    assert open_state(url).read() == written
    assert len(open_state(url).history()) == 1
    connection = sqlite3.connect(tmp_path / "state.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert open_state(url).write({"n": 2}, expected=written, by="a", why="w").version == 2
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("SELECT count(*) FROM more").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("statement", ["UPDATE decisions SET why = 'better'", "DELETE FROM decisions"])
def test_the_audit_of_a_sqlite_file_cannot_be_edited(tmp_path, statement):
    path = tmp_path / "state.db"
    open_state(f"sqlite:///{path}").write({"n": 1}, expected=Versioned(), by="a", why="w")
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="decisions are never "):
        connection.execute(statement)
    connection.close()


@pytest.fixture
def database(postgresql):
    """A database of the test's own: its connection, and a state in it."""
    name, url = postgresql.database()
    state = open_state(url)
    with postgresql.connect(name) as connection:
        yield connection, state
    state.close()


def _tables(connection):
    asked = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    return sorted(connection.execute(asked).fetchall())


@pytest.mark.parametrize(
    "table", ["cutover.users (id int)", "cutover.form (a int)", "cutover.form (owner int, number text)"]
)
def test_a_schema_of_somebody_else_is_left_as_it_is(database, table):
    connection, state = database
    connection.execute("CREATE SCHEMA cutover")
    connection.execute(f"CREATE TABLE {table}")
    before = _tables(connection)
    message = _everything_refused(state, ForeignState)
    assert message.startswith(f"state {state.where}: it is not ours: a schema named cutover with tables ")
    assert _tables(connection) == before


def test_a_newer_schema_is_left_as_it_is(database):
    connection, state = database
    state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    connection.execute("UPDATE cutover.form SET number = 9")
    assert "it has form 9, this release knows those up to 1" in _everything_refused(state, NewerState)


def test_an_empty_schema_that_an_administrator_made_is_used(database):
    connection, state = database
    connection.execute("CREATE SCHEMA cutover")
    assert state.read().version == 0
    assert state.write({"n": 1}, expected=Versioned(), by="a", why="w").version == 1


def test_reading_makes_no_schema(database):
    connection, state = database
    assert state.read().version == 0
    assert state.history() == ()
    assert state.watch(None, 0).version == 0
    assert _tables(connection) == []


def test_an_older_schema_is_read_as_it_is_and_brought_on_by_the_next_decision(database, monkeypatch):
    connection, state = database
    written = state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    more = (*_postgresql_schema.MIGRATIONS, ("CREATE TABLE cutover.more (n int)",))
    monkeypatch.setattr(_postgresql_schema, "MIGRATIONS", more)
    assert state.read() == written
    assert len(state.history()) == 1
    assert connection.execute("SELECT number FROM cutover.form").fetchall() == [(1,)]
    assert state.lease("controller", "h", 1)
    assert ("cutover", "more") in _tables(connection)
    assert connection.execute("SELECT number FROM cutover.form").fetchall() == [(2,)]
    assert state.write({"n": 2}, expected=written, by="a", why="w").version == 2


@pytest.mark.parametrize(
    "statement",
    ["UPDATE cutover.decisions SET why = 'x'", "DELETE FROM cutover.decisions", "TRUNCATE cutover.decisions"],
)
def test_the_audit_of_a_schema_cannot_be_edited(database, statement):
    connection, state = database
    state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    with pytest.raises(psycopg.errors.RaiseException, match="decisions are never edited or removed"):
        connection.execute(statement)


def test_a_role_that_may_only_read_reads_and_is_refused_a_decision(database, postgresql, password):
    connection, owner = database
    written = owner.write({"n": 1}, expected=Versioned(), by="a", why="w")
    connection.execute("GRANT USAGE ON SCHEMA cutover TO locked")
    connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA cutover TO locked")
    url = owner.where.replace("postgres@", f"locked:{quote(password, safe='')}@")
    reader = open_state(url)
    assert reader.read() == written
    assert reader.watch(None, 0) == written
    with pytest.raises(StateRefused) as caught:
        reader.write({"n": 2}, expected=written, by="a", why="w")
    assert str(caught.value) == (
        f"state {owner.where.replace('postgres@', 'locked@')}: it refuses: permission denied for table states; "
        "look at its rights, its disk and whether it may be written"
    )
    reader.close()


def test_a_read_only_replica_refuses_a_decision(database):
    _, owner = database
    written = owner.write({"n": 1}, expected=Versioned(), by="a", why="w")
    replica = open_state(owner.where + "?options=-c%20default_transaction_read_only%3Don")
    assert replica.read() == written
    with pytest.raises(StateRefused, match="read-only transaction"):
        replica.write({"n": 2}, expected=written, by="a", why="w")
    replica.close()


@pytest.fixture
def keys(redis_server):
    """A client, the key of a state, and the state."""
    name = f"t{uuid.uuid4().hex[:12]}"
    state = open_state(redis_server.url, name=name)
    with redis_server.connect() as client:
        yield client, f"cutover:{{{name}}}", state
    state.close()


def test_keys_of_somebody_else_are_left_as_they_are(keys):
    client, key, state = keys
    client.set(key, "theirs")
    assert _everything_refused(state, ForeignState).startswith(
        f"state {state.where}: it is not ours: the key {key} is a string; name another one"
    )
    assert client.get(key) == "theirs"


@pytest.mark.parametrize("fields", [{"a": "b"}, {"form": "x"}])
def test_a_hash_of_somebody_else_is_left_as_it_is(keys, fields):
    client, key, state = keys
    client.hset(key, mapping=fields)
    assert f"the hash {key} has " in _everything_refused(state, ForeignState)
    assert client.hgetall(key) == fields


def test_newer_keys_are_left_as_they_are(keys):
    client, key, state = keys
    state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    client.hset(key, "form", 9)
    before = client.hgetall(key)
    assert "it has form 9, this release knows those up to 1" in _everything_refused(state, NewerState)
    assert client.hgetall(key) == before


def test_a_state_that_redis_dropped_while_its_decisions_are_there_is_not_begun_anew(keys):
    client, key, state = keys
    state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    client.delete(key)
    assert f"{key} is gone while its decisions are there" in _everything_refused(state, ForeignState)


def test_older_keys_are_read_as_they_are_and_brought_on_by_the_next_decision(keys, monkeypatch):
    client, key, state = keys
    written = state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    monkeypatch.setattr(_redis_scripts, "MIGRATIONS", ("", "redis.call('HSET', state, 'more', 'n')"))
    assert state.read() == written
    assert len(state.history()) == 1
    assert client.hmget(key, "form", "more") == ["1", None]
    assert state.write({"n": 2}, expected=written, by="a", why="w").version == 2
    assert client.hmget(key, "form", "more") == ["2", "n"]


def test_a_user_without_the_right_is_refused(keys, redis_server):
    client, _, state = keys
    client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "&*", "+get")
    url = redis_server.url.replace("redis://", "redis://reader:secret@")
    with pytest.raises(StateRefused, match="it refuses: this user has no permissions to run the 'eval' command"):
        open_state(url, name=state.name).read()


def test_a_user_with_the_rights_of_a_worker_follows_and_cannot_decide(keys, redis_server):
    client, _, state = keys
    written = state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    rights = ["+eval", "+type", "+hget", "+hmget", "+xrange", "+subscribe", "+unsubscribe"]
    client.execute_command(
        "ACL", "SETUSER", "worker", "on", ">secret", "~cutover:*", "resetchannels", "&cutover:*", *rights
    )
    worker = open_state(redis_server.url.replace("redis://", "redis://worker:secret@"), name=state.name)
    assert worker.watch(None, 0) == written
    assert len(worker.history()) == 1
    with pytest.raises(StateRefused):
        worker.write({"n": 2}, expected=written, by="a", why="w")
    assert state.read() == written
    worker.close()
