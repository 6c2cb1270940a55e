"""What several processes store is counted once, from when the tail began."""

import multiprocessing

import pytest

from cutover_telemetry import BreakerRecord
from cutover_telemetry.names import V1_41
from cutover_telemetry.prometheus import Scrape, StoreTail
from cutover_telemetry.store import Store

DURATIONS = "gen_ai_client_operation_duration_seconds"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "telemetry.db"


@pytest.fixture
def tail(path):
    return StoreTail(path, V1_41)


def count(tail, name=DURATIONS):
    families = {family.name: family for family in Scrape(tail.collected).families()}
    values = [value for _, value in families[name].series] if name in families else []
    return sum(getattr(value, "count", value) for value in values)


def store(path, *routes, breakers=()):
    writer = Store.open(path).writer()
    for route in routes:
        writer.route(route)
    for breaker in breakers:
        writer.breaker(breaker)
    assert writer.close()


def test_what_is_stored_after_the_tail_began_is_counted_once(path, tail, routed):
    assert count(tail) == 0
    store(path, routed, routed)
    assert (count(tail), count(tail)) == (4, 4)
    store(path, routed)
    assert count(tail) == 6
    assert count(tail, "cutover_failovers_total") == 3
    assert count(tail, "cutover_telemetry_overhead_seconds_total") == pytest.approx(15e-6)


def test_what_was_stored_before_is_not_counted(path, routed):
    store(path, routed)
    tail = StoreTail(path, V1_41)
    assert count(tail) == 0
    store(path, routed)
    assert count(tail) == 2


def test_attempts_of_no_route_are_counted(path, tail, attempted):
    writer = Store.open(path).writer()
    writer.attempt(attempted("near", 0, 5))
    assert writer.close()
    assert count(tail) == 1


def test_the_state_of_a_circuit_is_known_from_the_beginning(path, turned):
    store(
        path, breakers=[BreakerRecord("near", "open", "closed", 1), turned, BreakerRecord("groq", "closed", "open", 2)]
    )
    tail = StoreTail(path, V1_41)
    families = {family.name: family for family in Scrape(tail.collected).families()}
    state = families["cutover_circuit_state"]
    assert {dict(labels)["gen_ai_provider_name"]: value for labels, value in state.series} == {"near": 2, "groq": 2}
    store(path, breakers=[BreakerRecord("near", "open", "half-open", 3)])
    families = {family.name: family for family in Scrape(tail.collected).families()}
    values = {dict(labels)["gen_ai_provider_name"]: value for labels, value in families[state.name].series}
    assert values == {"near": 1, "groq": 2}


def test_several_writing_processes_are_counted_together(path, tail, routed):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=store, args=(path, *[routed] * 50)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert count(tail) == 200 == Store.of(path).query.account().attempts


def test_a_file_that_was_put_there_anew_is_read_from_its_start(path, tail, routed):
    for _ in range(3):
        store(path, routed)
    assert count(tail) == 6
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    store(path, routed)
    assert count(tail) == 8


def test_a_file_that_is_no_store_leaves_the_scrape_alive(path, tail):
    path.write_bytes(b"something else" * 1000)
    assert count(tail) == 0
