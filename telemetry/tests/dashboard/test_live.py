"""Server-sent events: what changed, signs of life, an end, and a bound."""

import threading

import httpx
import pytest

from cutover_telemetry.dashboard import Live
from cutover_telemetry.dashboard._events import changed
from cutover_telemetry.store import Store


def test_the_first_event_has_the_whole_page(client, listened):
    with client.stream("GET", "/events?last=15m") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name, parts = next(listened(answer))
    assert name == "parts"
    assert set(parts) == {"panels", "filters", "as_of", "charts"}
    assert parts["panels"]["providers"][0] == "section"


def test_what_is_written_arrives_and_only_what_changed(client, filled, called, routed, listened):
    with client.stream("GET", "/events") as answer:
        events = listened(answer)
        next(events)
        filled.writer().route(routed(called("fresh")))
        assert filled.writer().flush()
        name, parts = next(event for event in events if event[0] != "beat")
    assert name == "parts"
    assert "fresh" in str(parts["panels"]["providers"])
    assert "fresh" in str(parts["filters"])
    assert "circuits" not in parts["panels"] or "rollout" not in parts["panels"]


def test_while_nothing_changes_there_are_signs_of_life(client, listened):
    with client.stream("GET", "/events") as answer:
        events = listened(answer)
        next(events)
        assert next(events) == ("beat", None)


def test_a_store_that_appears_fills_the_page(opened, tmp_path, called, routed, listened):
    path = tmp_path / "later.db"
    with opened(path).stream("GET", "/events") as answer:
        events = listened(answer)
        assert "No traffic was recorded yet." in str(next(events))
        writer = Store.open(path).writer()
        writer.route(routed(called("near")))
        assert writer.close()
        assert next("near" in str(parts) for name, parts in events if name == "parts" and "near" in str(parts))


def test_only_so_many_listen_at_a_time(opened, filled, listened, eventually):
    live = Live(step=0.05, beat=0.1, most=2)
    client = opened(filled, live=live)
    with client.stream("GET", "/events") as one, client.stream("GET", "/events") as other:
        held = [listened(one), listened(other)]
        assert [next(events)[0] for events in held] == ["parts", "parts"]
        with client.stream("GET", "/events") as full:
            assert full.status_code == 503
            assert full.read().startswith(b'{"error":"2 pages are live already')
    eventually(lambda: live.readers == 0)
    with client.stream("GET", "/events") as again:
        assert next(listened(again))


def test_the_end_of_the_server_ends_every_stream(opened, filled, listened, eventually):
    client = opened(filled)
    ended = []

    def listen():
        with httpx.stream("GET", client.base_url.join("/events"), timeout=30) as answer:
            ended.extend(event[0] for event in listened(answer))
        ended.append("end")

    threads = [threading.Thread(target=listen) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually(lambda: ended.count("parts") == 3)
    client.app.state.live.end()
    for thread in threads:
        thread.join(10)
    assert ended.count("end") == 3


async def test_a_reader_that_never_read_takes_no_place():
    live = Live(most=1)
    with live.reader():
        pass
    with live.reader():
        assert live.readers == 1
    assert live.readers == 0


async def test_an_error_in_a_stream_gives_its_place_back():
    live = Live(most=1)
    with pytest.raises(ZeroDivisionError), live.reader():
        raise ZeroDivisionError
    assert live.readers == 0


def test_what_stayed_is_not_told_again():
    before = {"panels": {"a": ["p", {}], "b": ["p", {}]}, "filters": [1], "charts": None}
    now = {"panels": {"a": ["p", {}], "b": ["p", {}, "x"]}, "filters": [1], "charts": {"x": 1}}
    assert changed(before, now) == {"panels": {"b": ["p", {}, "x"]}, "filters": None, "charts": {"x": 1}}
    assert changed({}, now) == now
