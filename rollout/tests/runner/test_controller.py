"""The controller: one leader, one decision at a version, everything in the audit, and what happens without a state."""

import threading

import pytest

from cutover_rollout.controller import Action, Phase, Verdict, pause, roll_back, rollout_from_document
from cutover_rollout.plan import Webhook
from cutover_rollout.runner import Controller, NoRollout, decide
from cutover_rollout.state import MemoryState, StateUnreachable, VersionConflict


def stands(state):
    return rollout_from_document(state.read().document)


def go_on(controller, clock, *, minutes):
    decisions = []
    for _ in range(minutes):
        clock.go_on(1)
        decisions.append(controller.step())
    return decisions


def test_without_a_rollout_nothing_is_decided(state, traffic, clock):
    with Controller(state, traffic, clock=clock) as controller:
        assert controller.step() is None
        assert controller.standing == "no rollout"
    assert state.read().version == 0
    with pytest.raises(NoRollout, match="no rollout was begun there; begin one with `cutover rollout start`"):
        decide(state, lambda rollout: pause(rollout, clock(), by="ana"))


def test_a_candidate_that_is_the_same_gets_to_all_traffic(state, start, traffic, clock):
    start(state)
    with Controller(state, traffic, clock=clock) as controller:
        go_on(controller, clock, minutes=240)
    assert stands(state).phase is Phase.AT_100
    [_, promoted] = [row for row in state.history() if row.evidence["action"] in {"begin", "promote"}]
    assert promoted.by == "controller"
    assert promoted.evidence["subjects"][0]["metrics"][0]["metric"] == "errors"
    assert state.read().document["rules"][-1] == {"site": "*", "provider": "*", "arm": "registry"}


def test_a_candidate_that_is_worse_is_taken_back_with_the_evidence(state, start, worse, clock):
    start(state)
    with Controller(state, worse, clock=clock) as controller:
        decisions = go_on(controller, clock, minutes=10)
    assert Verdict.ROLL_BACK in {each.verdict for each in decisions if each}
    assert stands(state).phase is Phase.ROLLED_BACK
    last = state.history()[-1]
    assert last.evidence["action"] == "roll back"
    assert last.why == stands(state).why
    assert "errors" in last.why


def test_looks_that_change_nothing_are_not_written(state, start, traffic, clock):
    start(state)
    with Controller(state, traffic, clock=clock) as controller:
        go_on(controller, clock, minutes=3)
        written = state.read().version
        for _ in range(20):
            controller.step()
    assert state.read().version == written <= 3


def test_another_that_takes_over_comes_to_the_same_decisions(start, traffic, clock):
    audits = []
    begun = clock()
    for restarts in (False, True):
        clock.go_on((begun - clock()) / 60)
        state = MemoryState()
        start(state)
        controller = Controller(state, traffic, clock=clock)
        for _ in range(120):
            clock.go_on(1)
            controller.step()
            if restarts:
                controller.close()
                controller = Controller(state, traffic, clock=clock)
        controller.close()
        audits.append([(row.evidence["action"], row.why) for row in state.history()])
    plain, restarted = ([each for each in audit if each[0] != "nothing"] for audit in audits)
    assert plain == restarted


def test_one_leads_and_the_other_takes_over(state, start, traffic, clock):
    start(state)
    first, second = (Controller(state, traffic, clock=clock, holder=name) for name in ("first", "second"))
    first.step()
    assert (first.standing, second.step(), second.standing) == ("leading", None, "another leads")
    first.close()
    second.step()
    assert second.standing == "leading"
    second.close()


def test_who_lost_the_lease_writes_nothing(state, start, worse, clock):
    start(state)
    first = Controller(state, worse, clock=clock, lease_seconds=0.3)
    first.step()
    held = first._lease
    first._lease.renew = lambda: None  # it was stopped between renewing and writing
    state.release_lease(held.name, mark=held.mark)
    other = state.lease("controller", "other", 30)
    written = state.read().version
    clock.go_on(10)
    assert first.step() is None
    assert state.read().version == written
    other.release()
    first.close()


def test_what_a_person_said_in_between_is_heeded(state, start, worse, clock):
    """A person writes after the controller has read and before it writes: it decides again, on what is there then."""
    start(state)

    class Between:
        said = False

        def since(self, rollout, at):
            if not self.said:
                self.said = True
                decide(state, lambda found: roll_back(found, clock(), by="ana", why="no"))
            return worse.since(rollout, at)

    with Controller(state, Between(), clock=clock) as controller:
        clock.go_on(10)
        controller.step()
    assert [(row.by, row.why) for row in state.history()][1:] == [("ana", "no")]


def test_no_evidence_promotes_nothing(state, start, traffic, clock):
    start(state)
    traffic.broken = True
    with Controller(state, traffic, clock=clock) as controller:
        decisions = go_on(controller, clock, minutes=60)
    assert {each.verdict for each in decisions[5:]} == {Verdict.CANNOT_JUDGE}
    assert stands(state).share == 0.5


def test_a_state_that_is_away_is_said_and_come_back_to(start, traffic, clock, until):
    class Away(MemoryState):
        away = False

        def _fetch(self, seen):
            if self.away:
                raise StateUnreachable(self.where, "it is off")
            return super()._fetch(seen)

    state, stop = Away(), threading.Event()
    start(state)
    controller = Controller(state, traffic, clock=clock, look_every=0.01)
    thread = threading.Thread(target=controller.run, args=(stop,))
    thread.start()
    try:
        until(lambda: controller.standing == "leading")
        state.away = True
        until(lambda: controller.standing == "state away")
        state.away = False
        until(lambda: controller.standing == "leading")
    finally:
        stop.set()
        thread.join()
        controller.close()


def test_a_rollout_that_is_not_understood_does_not_end_who_leads(start, traffic, clock, until, caplog):
    state, stop = MemoryState(), threading.Event()
    start(state)
    controller = Controller(state, traffic, clock=clock, look_every=0.01)
    thread = threading.Thread(target=controller.run, args=(stop,))
    thread.start()
    try:
        until(lambda: controller.standing == "leading")
        seen = state.read()
        later = state.write({**seen.document, "rollout": {"version": 99}}, expected=seen, by="later", why="a release")
        until(lambda: controller.standing == "cannot look")
        state.write(seen.document, expected=later, by="ana", why="back")
        until(lambda: controller.standing == "leading")
    finally:
        stop.set()
        thread.join()
        controller.close()
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("the stored rollout cannot be gone on with: it is of version 99")


def test_a_decision_stands_though_what_is_told_of_it_cannot_be_read(start, worse, clock):
    class Forgetful(MemoryState):
        def history(self, **asked):
            raise StateUnreachable(self.where, "it is off")

    state = Forgetful()
    start(state, webhooks=(Webhook("http://127.0.0.1:9/hook", "CUTOVER_SECRET"),))
    with Controller(state, worse, clock=clock) as controller:
        clock.go_on(6)
        assert controller.step().action is Action.ROLL_BACK
    assert state.read().version == 2


def test_a_person_is_tried_again_when_others_write(start, clock):
    state = MemoryState()
    start(state)
    plain, seen = state.write, []

    def busy(document, **options):
        if len(seen) < 3:
            seen.append(1)
            raise VersionConflict(state.where, expected=1, found=2)
        return plain(document, **options)

    state.write = busy
    outcome = decide(state, lambda rollout: pause(rollout, clock(), by="ana"))
    assert outcome.version.version == 2
    assert stands(state).phase is Phase.HOLD
