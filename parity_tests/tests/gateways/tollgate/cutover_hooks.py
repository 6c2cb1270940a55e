"""What tollgate needs to run anywhere: a database in memory, a user with the key of the request, and no limits."""

import sqlite3
from contextlib import contextmanager
from unittest.mock import patch

DATABASE = sqlite3.connect(":memory:", check_same_thread=False)


def environment():
    return {"TOLLGATE_DATABASE": ":memory:"}


def after_import(app):
    from tollgate.database import session

    app.dependency_overrides[session] = lambda: DATABASE
    return patch("tollgate.guards.count_down")


@contextmanager
def route(request):
    DATABASE.executescript(
        "create table users (key text, name text); create table spent (name text, provider text, cost int);"
    )
    key = dict(request.headers).get("x-key")
    if key:
        DATABASE.execute("insert into users values (?, 'ada')", (key,))
    yield
    DATABASE.executescript("drop table users; drop table spent")


def state():
    return DATABASE.execute("select name, provider, cost from spent").fetchall()
