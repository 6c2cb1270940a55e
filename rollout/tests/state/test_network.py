"""The server is killed, or the network to it is cut or swallows everything."""

import pytest

from cutover_rollout.state import StateUnreachable, UncertainWrite, open_state

SENT = {"postgresql": b"COMMIT\0", "redis": b"XADD"}


@pytest.fixture
def wire(served_place, relay):
    return relay(served_place.server.port)


@pytest.fixture
def far(served_place, wire):
    """The state at the other end of the wire."""
    state = open_state(served_place.through(wire.port), name=served_place.name)
    served_place.opened.append(state)
    return state


def test_a_cut_network_is_told_and_a_mended_one_is_used_again(far, wire):
    written = far.write({"n": 1}, expected=far.read(), by="a", why="w")
    wire.cut()
    with pytest.raises(StateUnreachable) as caught:
        far.read()
    assert str(caught.value).startswith(f"state {far.where}: no answer: ")
    assert str(caught.value).endswith("workers keep their last state, see that it runs and is reachable")
    with pytest.raises(StateUnreachable):
        far.watch(written, 5)
    wire.mend()
    assert far.read() == written
    assert far.watch(None, 0) == written


def test_a_network_that_swallows_everything_is_not_waited_for(far, wire):
    written = far.write({"n": 1}, expected=far.read(), by="a", why="w")
    far.watch(None, 0)
    wire.hold()
    with pytest.raises(StateUnreachable):
        far.watch(written, 0.1)
    with pytest.raises(StateUnreachable) as caught:
        far.write({"n": 2}, expected=written, by="a", why="w")
    assert not isinstance(caught.value, UncertainWrite)
    wire.mend()
    assert far.read() == written


def test_a_host_that_never_answers_is_not_waited_for(served_place, wire):
    wire.hold()
    state = open_state(served_place.through(wire.port), name=served_place.name)
    with pytest.raises(StateUnreachable):
        state.read()


def test_a_decision_whose_answer_is_swallowed_is_uncertain(served_place, far, wire):
    seen = far.write({"n": 1}, expected=far.read(), by="a", why="w")
    wire.lose_answer_to(SENT[served_place.kind], held=True)
    with pytest.raises(UncertainWrite) as caught:
        far.write({"n": 2}, expected=seen, by="a", why="w")
    assert "(the decision may have been written or not; read before deciding again)" in str(caught.value)


def test_a_decision_whose_connection_breaks_is_written_once_or_said_to_be_uncertain(served_place, far, wire):
    seen = far.write({"n": 1}, expected=far.read(), by="a", why="w")
    wire.lose_answer_to(SENT[served_place.kind], held=False)
    try:
        assert far.write({"n": 2}, expected=seen, by="a", why="w").version == 2
    except UncertainWrite:
        assert served_place.kind == "redis"
    assert len(far.history()) == far.read().version <= 2


def test_a_killed_server_is_told_and_a_started_one_has_what_it_had(served_place):
    state = served_place.open()
    written = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    lease = state.lease("controller", "h", 60)
    state.watch(None, 0)
    served_place.server.kill()
    try:
        with pytest.raises(StateUnreachable):
            state.read()
        with pytest.raises(StateUnreachable):
            state.watch(written, 5)
        with pytest.raises(StateUnreachable):
            state.write({"n": 2}, expected=written, by="a", why="w")
        with pytest.raises(StateUnreachable):
            state.lease("other", "h", 5)
    finally:
        served_place.server.start()
    assert state.read() == written
    lease.renew()
    assert state.write({"n": 2}, expected=written, by="a", why="w", lease=lease).version == 2
    assert len(state.history()) == 2


def test_a_connection_that_the_server_closed_is_opened_again(served_place):
    state = served_place.open()
    written = state.write({"n": 1}, expected=state.read(), by="a", why="w")
    served_place.server.kill()
    served_place.server.start()
    assert state.write({"n": 2}, expected=written, by="a", why="w").version == 2
