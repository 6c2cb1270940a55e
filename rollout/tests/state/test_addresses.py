"""From a URL to a state; passwords are shown nowhere, packages are loaded when they are needed."""

import logging
import traceback
from urllib.parse import quote

import pytest

from cutover_rollout.state import Follower, InvalidStateUrl, StateError, open_state

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("sqlite:////var/lib/state.db", "sqlite:////var/lib/state.db"),
        ("sqlite:////srv/a%20b@c/state.db", "sqlite:////srv/a b@c/state.db"),
        ("postgresql://ops@db/gateway", "postgresql://ops@db/gateway"),
        (f"postgresql://ops:{SECRET}@db:5432/gateway?sslmode=require", "postgresql://ops@db:5432/gateway"),
        (f"postgres://ops:{SECRET}@a:1,b:2/gateway", "postgres://ops@a:1,b:2/gateway"),
        (f"postgresql:///gateway?host=/run&password={SECRET}", "postgresql:///gateway"),
        (f"redis://:{SECRET}@cache:6379/0", "redis://cache:6379/0"),
        (f"rediss://ops:{SECRET}@cache/0", "rediss://ops@cache/0"),
        (f"redis://ops:{SECRET}@[::1]:6379/0", "redis://ops@[::1]:6379/0"),
        (f"unix:///run/redis.sock?password={SECRET}", "unix:///run/redis.sock"),
    ],
)
def test_an_address_is_shown_without_its_password_and_nothing_is_connected_to(url, where):
    state = open_state(url)
    assert state.where == where
    assert SECRET not in repr(vars(state))


def test_a_relative_file_is_under_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_state("sqlite:///.cutover/state.db").where == f"sqlite:///{tmp_path}/.cutover/state.db"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("state.db", "state (not a URL): there is no scheme in it; "),
        ("", "state (not a URL): "),
        (None, "state (not a URL): "),
        ("mysql://ops:hunter2@db/x", "state mysql://ops@db/x: the scheme 'mysql' is not known; "),
        ("sqlite://state.db", "it names no file (three slashes and a path, four for an absolute one); "),
        ("sqlite:///", "it names no file"),
        ("sqlite:///x.db?mode=ro", "it names no file"),
        ("postgresql://ops:hunter2/x@db/gateway", "state postgresql://***: its host cannot be told from its password"),
        ("postgresql://ops:hunter2#x@db/gateway", "state postgresql://***: its host cannot be told from its password"),
        ("redis://ops:hunter2", "state redis://***: its host cannot be told from its password"),
        ("redis://[ops:hunter2@cache", "state redis://***: its host cannot be told from its password"),
        ("postgresql://ops:hunter2@db/x?nonsense=hunter2", "state postgresql://ops@db/x: invalid URI query parameter"),
        ("postgresql://ops:%zzhunter2@db/x", 'state postgresql://ops@db/x: invalid percent-encoded token: "***"; '),
        ("redis://ops:hunter2@cache:99999/0", "state redis://ops@cache:99999/0: Port out of range"),
        ("redis://ops:hunter2@cache/0?socket_timeout=hunter2", "state redis://ops@cache/0: "),
    ],
)
def test_what_is_no_address_is_refused_without_showing_a_password(url, message):
    with pytest.raises(InvalidStateUrl) as caught:
        open_state(url)
    assert message in str(caught.value)
    assert "a state's URL is one of sqlite:///FILE, postgresql://USER@HOST/DATABASE, redis://HOST/0" in str(
        caught.value
    )
    assert SECRET not in _all_of(caught.value)


def _all_of(error):
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.fixture
def wrong(served_place):
    """A URL with a password that the server refuses, and that password."""
    secret = "s3cr3t@/%"
    return served_place.url.replace("postgres@", "").replace("://", f"://locked:{quote(secret, safe='')}@"), secret


def test_a_refused_password_is_in_no_message_and_in_no_log(wrong, caplog, until):
    url, secret = wrong
    state = open_state(url)
    for step in (state.read, lambda: state.watch(None, 0), lambda: state.lease("l", "h", 1)):
        with pytest.raises(StateError) as caught:
            step()
        assert not any(word in _all_of(caught.value) for word in (secret, quote(secret, safe="")))
    with caplog.at_level(logging.DEBUG), Follower(state, apply=lambda _: None) as follower:
        until(lambda: follower.now().standing == "lost")
        assert secret not in repr(follower.now())
    assert state.where in caplog.text
    assert secret not in caplog.text
    assert quote(secret, safe="") not in caplog.text
    state.close()


WITHOUT = """
import sys
sys.modules["psycopg"] = sys.modules["redis"] = None
from cutover_rollout.state import MissingExtra, open_state
open_state("sqlite:///x.db").read()
for url in sys.argv[1:]:
    try:
        open_state(url)
    except MissingExtra as error:
        print(error, error.extra)
"""
LOADED = """
import sys
from cutover_rollout.state import open_state
open_state("sqlite:///x.db").read()
print(sorted({"psycopg", "redis"} & set(sys.modules)))
open_state("redis://host/0")
print(sorted({"psycopg", "redis"} & set(sys.modules)))
"""


def test_a_missing_extra_is_named(python):
    told = python(WITHOUT, "postgresql://ops:hunter2@db/x", "redis://:hunter2@cache/0").communicate()[0].splitlines()
    assert told == [
        "state postgresql://ops@db/x: the packages for it cannot be loaded (import of psycopg halted; "
        "None in sys.modules); pip install 'provider-cutover[postgresql]' postgresql",
        "state redis://cache/0: the packages for it cannot be loaded (import of redis halted; "
        "None in sys.modules); pip install 'provider-cutover[redis]' redis",
    ]


def test_packages_are_loaded_for_their_own_url_only(python):
    assert python(LOADED).communicate()[0].splitlines() == ["[]", "['redis']"]
