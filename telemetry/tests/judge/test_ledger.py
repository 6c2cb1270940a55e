import json

import pytest

from cutover_telemetry.judge import AlphaSpent, Ledger, NotAState, stage_weights


def test_stages_share_one_error_probability():
    ledger = Ledger()
    for number, weight in enumerate(stage_weights((0.01, 0.05, 0.25, 0.5))):
        ledger, _ = ledger.take(f"stage {number}", weight=weight)
    assert sum(entry.alpha for entry in ledger.entries) == pytest.approx(0.05)
    assert ledger.left == pytest.approx(0)


def test_a_stage_that_begins_again_gets_what_it_had_and_no_more():
    first, part = Ledger().take("chat 50 %", weight=0.4)
    again, same = first.take("chat 50 %", weight=0.9)
    assert (again, same) == (first, part)


def test_more_than_is_left_is_refused():
    ledger, _ = Ledger().take("chat 25 %", weight=0.8)
    with pytest.raises(AlphaSpent) as refused:
        ledger.take("chat 50 %", weight=0.5)
    assert str(refused.value).startswith("'chat 50 %' asks for 0.025 of the error probability, and 0.01 is left")


def test_a_stored_ledger_comes_back():
    ledger, _ = Ledger().take("chat 1 %", weight=0.1)
    ledger = ledger.close("chat 1 %", e_value=0.7)
    assert Ledger.from_json(json.loads(json.dumps(ledger.to_json()))) == ledger


@pytest.mark.parametrize("data", [{}, {"version": 2}, {"version": 1, "alpha": 0.05, "entries": [{"name": "a"}]}])
def test_what_is_no_ledger_is_refused(data):
    with pytest.raises(NotAState):
        Ledger.from_json(data)


def test_stages_in_which_more_is_seen_have_more_of_it():
    weights = stage_weights((0.01, 0.05, 0.25, 0.5, 1.0))
    assert weights[0] < weights[1] < weights[2] < weights[3]
    assert weights[4] == 0
    assert stage_weights((1.0,)) == (0.0,)
