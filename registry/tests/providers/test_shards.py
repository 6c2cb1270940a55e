"""Places in several small pools: the first with a place, a new one, the one with the fewest calls."""

import threading

from cutover_registry.providers import _shards
from cutover_registry.providers._shards import AT_ONCE, MOST_SHARDS, Shards


def made(shards, count):
    return [shards.take() for _ in range(count)]


def test_a_few_calls_share_one_pool():
    assert len({id(place.transport) for place in made(Shards(list), AT_ONCE)}) == 1


def test_one_call_more_gets_a_pool_of_its_own():
    assert len({id(place.transport) for place in made(Shards(list), AT_ONCE + 1)}) == 2


def test_a_place_that_was_given_back_is_taken_first():
    shards = Shards(list)
    places = made(shards, AT_ONCE + 1)
    places[3].give_back()
    assert shards.take().transport is places[3].transport


def test_giving_back_twice_frees_one_place():
    shards = Shards(list)
    places = made(shards, AT_ONCE)
    for _ in range(2):
        places[0].give_back()
    assert shards.take().transport is places[0].transport
    assert shards.take().transport is not places[0].transport


def test_there_are_no_more_pools_than_so_many():
    places = made(Shards(list), AT_ONCE * MOST_SHARDS + 5)
    assert len({id(place.transport) for place in places}) == MOST_SHARDS


def test_the_only_pool_is_always_needed():
    shards = Shards(list)
    shards.take().give_back()
    assert shards.unneeded(0) is None


def test_a_pool_that_nobody_took_for_a_while_is_handed_out_once(monkeypatch):
    now = 100.0
    monkeypatch.setattr(_shards.time, "monotonic", lambda: now)
    shards = Shards(list)
    places = made(shards, AT_ONCE + 1)
    now += 31
    assert shards.unneeded(30) is None
    places[-1].give_back()
    assert shards.unneeded(32) is None
    assert shards.unneeded(30) is places[-1].transport
    assert shards.unneeded(30) is None


def test_after_all_were_handed_out_new_ones_are_made():
    shards = Shards(list)
    (place,) = made(shards, 1)
    assert shards.all() == [place.transport]
    assert shards.take().transport is not place.transport
    place.give_back()
    assert shards.all() != []


def test_threads_lose_no_place():
    shards = Shards(list)

    def work():
        for _ in range(2000):
            shards.take().give_back()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(place.transport) for place in made(shards, AT_ONCE)}) == 1
