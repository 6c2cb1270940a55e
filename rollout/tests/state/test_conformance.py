"""What every state promises, asked of all of them."""

import contextlib
import threading
import time

import pytest

from cutover_rollout.state import InvalidDecision, LeaseLost, StateError, VersionConflict, Versioned, open_state

DOCUMENT = {"version": 2, "salt": "s", "rules": [{"site": "chat", "provider": "near", "share": 0.05}]}


def test_a_state_that_was_never_written_has_version_0_and_no_history(state):
    assert (state.read().version, state.read().document) == (0, {})
    assert state.history() == ()


def test_reading_makes_nothing(shared_place):
    state = shared_place.open()
    assert [state.read().is_as(Versioned()) for _ in range(2)] == [True, True]


def test_a_decision_is_read_by_others(place):
    one, other = place.open(), place.open()
    written = one.write(DOCUMENT, expected=one.read(), by="ops", why="stage 1")
    assert (written.version, written.document) == (1, DOCUMENT)
    assert other.read() == written
    assert written.origin


def test_the_audit_has_each_decision_with_its_evidence(state):
    first = state.write({"n": 1}, expected=state.read(), by="ops", why="begin")
    second = state.write({"n": 2}, expected=first, by="controller", why="promote", evidence={"p": 0.01, "of": [1, 2]})
    told = state.history()
    assert [(each.version, each.by, each.why, each.evidence, each.document) for each in told] == [
        (1, "ops", "begin", {}, {"n": 1}),
        (2, "controller", "promote", {"p": 0.01, "of": [1, 2]}, {"n": 2}),
    ]
    assert 0 < told[0].at <= told[1].at
    assert state.history(after=1) == told[1:]
    assert state.history(most=1) == told[:1]
    assert second.origin == first.origin


def test_a_decision_on_an_old_version_is_refused_and_leaves_everything(state):
    first = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    second = state.write({"n": 2}, expected=first, by="a", why="w")
    with pytest.raises(VersionConflict) as caught:
        state.write({"n": 9}, expected=first, by="b", why="w")
    assert str(caught.value) == (
        f"state {state.where}: it has version 2, not the 1 that was read; read it again and decide anew"
    )
    assert (caught.value.expected, caught.value.found) == (1, 2)
    assert state.read() == second
    assert len(state.history()) == 2


def test_a_first_decision_where_there_is_one_is_refused(state):
    state.write({"n": 1}, expected=Versioned(), by="a", why="w")
    with pytest.raises(VersionConflict):
        state.write({"n": 2}, expected=Versioned(), by="b", why="w")


def test_the_same_version_of_another_beginning_is_no_match(state):
    state.write({"n": 1}, expected=state.read(), by="a", why="w")
    with pytest.raises(VersionConflict, match="its version 1 is of another beginning, not the 1 that was read"):
        state.write({"n": 2}, expected=Versioned(1, {}, "another"), by="b", why="w")
    assert state.read().document == {"n": 1}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"": None, "deep": [[[{"a": [True, False, 1.5, -0.25, 10**30]}]]]},
        {"text": "é 日本 🙂 \x00 \x7f \ud800 \\ \" ' {0} %s $1"},
        {"long": "x" * 200_000},
    ],
    ids=["empty", "deep", "strange", "long"],
)
def test_a_document_comes_back_as_it_was(state, document):
    state.write(document, expected=state.read(), by="é 'a' %s", why='"w" \n 日本', evidence=document)
    assert state.read().document == document
    (row,) = state.history()
    assert (row.document, row.evidence, row.by, row.why) == (document, document, "é 'a' %s", '"w" \n 日本')


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([1], "the document is list, not an object"),
        ({"a": float("nan")}, "the document cannot be written as JSON"),
        ({1: 2}, "the document is not what JSON gives back: keys that are no strings, or tuples"),
        ({"a": (1, 2)}, "the document is not what JSON gives back"),
        ({"a": {1}}, "the document cannot be written as JSON"),
        ({"a": "x" * 1_000_001}, "the document has 1000009 bytes, more than 1000000"),
    ],
)
def test_a_document_that_would_not_come_back_is_refused(state, document, reason):
    with pytest.raises(InvalidDecision) as caught:
        state.write(document, expected=state.read(), by="a", why="w")
    assert f"state {state.where}: nothing was written: {reason}" in str(caught.value)
    assert state.read().version == 0


@pytest.mark.parametrize("words", ["", "  ", "a\0b", "\ud800", "x" * 10_001, None])
def test_a_decision_says_who_and_why_in_words(state, words):
    with pytest.raises(InvalidDecision, match="by "):
        state.write({}, expected=state.read(), by=words, why="w")
    with pytest.raises(InvalidDecision, match="why "):
        state.write({}, expected=state.read(), by="a", why=words)


def test_a_lease_has_one_holder(place):
    one, other = place.open(), place.open()
    held = one.lease("controller", "host-1", 30)
    assert held is not None
    assert held.held
    assert other.lease("controller", "host-2", 30) is None
    assert other.lease("controller", "host-1", 30) is None
    assert other.lease("another", "host-2", 30) is not None


def test_a_released_lease_is_taken_at_once_with_a_greater_number(place):
    one, other = place.open(), place.open()
    with one.lease("controller", "host-1", 30) as first:
        pass
    second = other.lease("controller", "host-2", 30)
    assert second.fence > first.fence
    assert not first.held
    first.release()
    assert one.lease("controller", "host-1", 30) is None


def test_a_lease_that_ran_out_is_taken_by_another_and_cannot_be_renewed(place, until):
    one, other = place.open(), place.open()
    first = one.lease("controller", "host-1", 0.2)
    second = until(lambda: other.lease("controller", "host-2", 30))
    assert not first.held
    with pytest.raises(LeaseLost) as caught:
        first.renew()
    assert str(caught.value) == (
        f"state {one.where}: host-1 no longer holds the lease 'controller'; take it again before deciding"
    )
    assert second.held


def test_a_renewed_lease_lasts_from_its_renewal(place):
    one, other = place.open(), place.open()
    lease = one.lease("controller", "host-1", 2)
    lease.seconds = 30
    lease.renew()
    time.sleep(2.1)
    assert lease.held
    assert other.lease("controller", "host-2", 1) is None


def test_who_lost_the_lease_cannot_decide(place, until):
    one, other = place.open(), place.open()
    first = one.lease("controller", "host-1", 0.2)
    second = until(lambda: other.lease("controller", "host-2", 30))
    with pytest.raises(LeaseLost):
        one.write({"n": 1}, expected=one.read(), by="a", why="w", lease=first)
    assert one.history() == ()
    written = other.write({"n": 2}, expected=other.read(), by="b", why="w", lease=second)
    assert one.read() == written


def test_a_lease_before_the_first_decision_leaves_version_0(state):
    state.lease("controller", "host-1", 30)
    assert (state.read().version, state.read().document) == (0, {})


@pytest.mark.parametrize("seconds", [0, -1, 86_401, float("nan")])
def test_a_lease_lasts_up_to_a_day(state, seconds):
    with pytest.raises(InvalidDecision, match=r"a lease of .* seconds; it lasts up to a day"):
        state.lease("controller", "host-1", seconds)


def test_a_watch_gives_another_version_at_once(state):
    written = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    assert state.watch(None, 0) == written
    assert state.watch(Versioned(), 0) == written
    assert state.watch(written, 0) is None


def test_a_watch_wakes_for_a_decision_of_another(place):
    one, other = place.open(), place.open()
    seen = one.write({"n": 1}, expected=one.read(), by="a", why="w")
    told = []
    watcher = threading.Thread(target=lambda: told.append(one.watch(seen, 20)))
    watcher.start()
    time.sleep(0.1)
    written = other.write({"n": 2}, expected=seen, by="b", why="w")
    watcher.join(20)
    assert told == [written]


def test_a_watch_ends_without_a_decision(state):
    seen = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    assert state.watch(seen, 0.2) is None


def test_threads_share_an_opened_state(state):
    def decide():
        wanted = 5
        while wanted:
            seen = state.read()
            with contextlib.suppress(VersionConflict):
                state.write({"n": seen.document.get("n", 0) + 1}, expected=seen, by="a", why="w")
                wanted -= 1

    threads = [threading.Thread(target=decide) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.document["n"] for each in state.history()] == list(range(1, 16))


def test_a_closed_state_opens_again(state):
    written = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    state.watch(None, 0)
    state.close()
    assert state.read() == written
    state.close()
    state.close()


def test_names_keep_states_apart(shared_place):
    one, other = shared_place.open(), open_state(shared_place.url, name=shared_place.name + "-b")
    one.write({"n": 1}, expected=one.read(), by="a", why="w")
    one.lease("controller", "h", 30)
    assert other.read().version == 0
    assert other.history() == ()
    assert other.lease("controller", "h", 30) is not None
    seen = other.read()
    one.write({"n": 2}, expected=one.read(), by="a", why="w")
    assert other.watch(seen, 0.2) is None
    other.close()


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "é", "{a}", "a:b"])
def test_a_name_that_cannot_be_a_key_everywhere_is_refused(name):
    with pytest.raises(StateError, match="is no name of a state"):
        open_state("sqlite:///x.db", name=name)
