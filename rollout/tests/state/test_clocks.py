"""A lease when the clock that it was counted on went back: nobody waits for more than its seconds once more."""

import sqlite3
from pathlib import Path

import pytest

from cutover_rollout.state import LeaseLost

AHEAD = 3600


def _set_ahead(place):
    """Make every lease one that a clock took which is an hour behind by now."""
    if place.kind == "sqlite":
        with sqlite3.connect(Path(place.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("UPDATE leases SET until = until + ?", (AHEAD,))
        connection.close()
        return
    with place.server.connect() as connection:
        if "redis" in place.kind:
            key = f"cutover:{{{place.name}}}:leases"
            moved = (
                "local held = cjson.decode(redis.call('HGET', KEYS[1], 'controller')) held.ends = held.ends + ARGV[1]"
            )
            connection.eval(f"{moved} redis.call('HSET', KEYS[1], 'controller', cjson.encode(held))", 1, key, AHEAD)
        else:
            connection.execute(
                "UPDATE cutover.leases SET until = until + make_interval(secs => %s) WHERE state = %s",
                (AHEAD, place.name),
            )


def test_a_lease_of_a_clock_that_went_back_lasts_its_seconds_once_more_and_no_longer(shared_place, until):
    state, other = shared_place.open(), shared_place.open()
    first = state.lease("controller", "host-1", 0.5)
    _set_ahead(shared_place)
    assert other.lease("controller", "host-2", 30) is None
    second = until(lambda: other.lease("controller", "host-2", 30))
    assert second.fence == first.fence + 1
    with pytest.raises(LeaseLost):
        first.renew()


def test_a_holder_renews_whatever_the_clock_did_and_keeps_it_from_others(shared_place):
    state, other = shared_place.open(), shared_place.open()
    lease = state.lease("controller", "host-1", 30)
    _set_ahead(shared_place)
    lease.renew()
    assert other.lease("controller", "host-2", 30) is None
    assert lease.held
    lease.release()
    assert other.lease("controller", "host-2", 30).fence == lease.fence + 1
