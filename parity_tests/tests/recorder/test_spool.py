import logging
import os
import time

import pytest

from cutover_parity import Sampling


def urls(writer):
    return [route.request.url for route in writer.written]


def test_routes_are_handed_over_in_the_order_in_which_they_ended(spool, held, visit):
    ours = spool(held, settle=0)
    held.go.set()
    for number in range(50):
        ours.offer(visit(f"/{number}"))
    ours.close(10)
    assert urls(held) == [f"/{number}" for number in range(50)]
    assert (ours.recorded, dict(ours.drops)) == (50, {})


def test_a_stalled_disk_fills_the_queue_up_to_its_bytes_and_the_rest_is_dropped_and_counted(spool, held, visit):
    ours = spool(held, settle=0, queue_bytes=200_000)
    ours.offer(visit("/first"))
    assert held.stuck.wait(10)
    for _ in range(100):
        ours.offer(visit("/more", answer=b"x" * 10_000))
    assert 80 <= ours.drops["queue full"] <= 90
    held.go.set()
    ours.close(10)
    assert ours.recorded == 101 - ours.drops["queue full"]
    assert held.counts == {"queue full": ours.drops["queue full"]}


def test_room_comes_back_when_the_disk_does(spool, held, visit, eventually):
    ours = spool(held, settle=0, queue_bytes=50_000)
    for _ in range(10):
        ours.offer(visit(answer=b"x" * 20_000))
    assert ours.drops["queue full"] == 8
    held.go.set()
    eventually(lambda: ours.recorded == 2)
    ours.offer(visit(answer=b"x" * 20_000))
    ours.close(10)
    assert ours.recorded == 3


def test_closing_does_not_wait_for_a_disk_that_stalls_and_counts_what_is_left(spool, held, visit):
    ours = spool(held, settle=0)
    for _ in range(5):
        ours.offer(visit())
    assert held.stuck.wait(10)
    ours.close(0.05)
    assert ours.drops["closed"] == 4
    ours.offer(visit())
    assert ours.drops["closed"] == 5


def test_a_flush_says_whether_everything_went_out_in_time(spool, held, visit):
    ours = spool(held, settle=60)
    assert ours.flush(1)
    ours.offer(visit())
    assert not ours.flush(0.05)
    held.go.set()
    assert ours.flush(10)
    assert ours.recorded == 1


@pytest.mark.parametrize(
    ("error", "reason"), [(OSError(28, "No space left"), "not written"), (RuntimeError("odd"), "fault")]
)
def test_what_cannot_be_written_is_counted_and_said_less_and_less_often(spool, held, visit, caplog, error, reason):
    def write(route):
        raise error

    held.write = write
    ours = spool(held, settle=0)
    with caplog.at_level(logging.WARNING, "cutover_parity"):
        for _ in range(20):
            ours.offer(visit())
        ours.close(10)
    assert (ours.recorded, ours.drops[reason]) == (0, 20)
    assert [record.args[0] for record in caplog.records] == [1, 2, 4, 8, 16]
    assert str(error) in caplog.text


def test_a_visit_that_cannot_even_be_measured_is_counted_and_breaks_nothing(spool, held, visit):
    class Odd:
        @property
        def size(self):
            raise ValueError("odd")

    ours = spool(held, settle=0)
    ours.offer(Odd())
    assert ours.drops == {"fault": 1}


def test_a_route_waits_for_the_exchanges_that_it_left_open(spool, held, visit, eventually):
    held.go.set()
    ours = spool(held, settle=0, hold=60)
    busy = visit("/busy")
    opened = busy.tape.begin("httpx", "async")
    opened.asked("POST", "http://up/late", ())
    ours.offer(busy)
    ours.offer(visit("/other"))
    eventually(lambda: ours.recorded == 1)
    assert urls(held) == ["/other"]
    opened.answered(200, ())
    opened.chunk(b"late")
    opened.ended()
    eventually(lambda: ours.recorded == 2)
    assert held.written[1].exchanges[0].answer.body == b"late"


def test_an_exchange_that_never_ends_is_written_as_it_stands_when_its_time_is_over(spool, held, visit, eventually):
    held.go.set()
    ours = spool(held, settle=0, hold=0.05)
    busy = visit()
    busy.tape.begin("httpx", "async")
    ours.offer(busy)
    eventually(lambda: ours.recorded == 1)
    assert held.written[0].exchanges[0].error.type == "unfinished"


def test_an_exchange_that_begins_after_its_route_was_written_is_counted(spool, held, visit, eventually):
    held.go.set()
    ours = spool(held, settle=0)
    late = visit()
    ours.offer(late)
    eventually(lambda: ours.recorded == 1)
    late.tape.begin("httpx", "sync").chunk(b"unheard")
    assert ours.drops == {"exchanges too late or too many": 1}


def test_a_route_with_very_many_exchanges_keeps_the_first_thousand(visit):
    assert len(visit(exchanges=[("http://up/", 200)] * 1200).route().exchanges) == 1000


def test_what_is_over_the_quota_is_counted_as_such(spool, held, visit):
    held.go.set()
    ours = spool(held, settle=0, sampling=Sampling(rate=0, quota=3))
    for _ in range(10):
        ours.offer(visit())
    ours.close(10)
    assert (ours.recorded, ours.drops) == (3, {"not sampled": 7})


def test_a_forked_process_writes_its_own_routes_and_none_of_its_parents(spool, held, visit, tmp_path):
    ours = spool(held, settle=60)
    ours.offer(visit("/parent"))
    child = os.fork()
    if not child:
        held.go.set()
        ours.offer(visit("/child"))
        ours.close(10)
        (tmp_path / "child").write_text(f"{urls(held)} {held.left}")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "child").read_text() == "['/child'] 1"
    held.go.set()
    ours.close(10)
    assert urls(held) == ["/parent"]


def test_offering_takes_no_longer_while_the_disk_stalls(spool, held, visit):
    ours = spool(held, settle=0, queue_bytes=10_000)
    ours.offer(visit())
    assert held.stuck.wait(10)
    before = time.thread_time()
    for _ in range(1000):
        ours.offer(visit())
    assert ours.drops["queue full"] > 900
    assert time.thread_time() - before < 10
