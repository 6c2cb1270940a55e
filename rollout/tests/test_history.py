import json
import os
import pwd
from datetime import UTC, datetime

import pytest

from cutover_rollout import Change, Rule, history, set_arm, status
from cutover_rollout._format import format_state

REGISTRY = Rule("*", "*", "registry")
NEAR = Rule("*", "near", "legacy")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "switch.json"


def test_each_change_is_one_line_with_time_user_rule_before_and_after(path):
    begun = datetime.now(UTC)
    set_arm(path, "registry")
    set_arm(path, "legacy", provider="near")
    lines = (path.parent / "switch-history.jsonl").read_text().splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [["after", "before", "rule", "time", "who"]] * 2
    first, second = history(path)
    assert (first.rule, first.before, first.after) == (REGISTRY, (), (REGISTRY,))
    assert (second.rule, second.before, second.after) == (NEAR, (REGISTRY,), (REGISTRY, NEAR))
    assert first.who == pwd.getpwuid(os.getuid()).pw_name
    assert abs((datetime.fromisoformat(first.time) - begun).total_seconds()) < 60


def test_the_user_is_the_process_owner_whatever_the_environment_claims(path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    set_arm(path, "registry")
    assert history(path)[0].who == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_written_down_by_number(path, monkeypatch):
    def nameless(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nameless)
    set_arm(path, "registry")
    assert history(path)[0].who == str(os.getuid())


def test_nothing_is_recorded_where_nothing_changed(path):
    set_arm(path, "registry")
    set_arm(path, "registry")
    assert len(history(path)) == 1


def test_without_a_switch_there_is_no_history(path):
    assert history(path) == ()


def test_a_change_by_hand_gets_its_own_line_at_the_next_change(path):
    set_arm(path, "registry")
    path.write_text('{"version": 1, "rules": []}')
    set_arm(path, "legacy", provider="near")
    told = history(path)
    assert [(change.rule, change.before, change.after) for change in told] == [
        (REGISTRY, (), (REGISTRY,)),
        (None, (REGISTRY,), ()),
        (NEAR, (), (NEAR,)),
    ]
    assert told[1].who == "unknown"


def test_a_torn_last_line_is_passed_over_and_does_not_swallow_the_next(path):
    set_arm(path, "registry")
    target = path.parent / "switch-history.jsonl"
    whole = target.read_bytes()
    target.write_bytes(whole + b'{"time": "2026-')
    assert len(history(path)) == 1
    set_arm(path, "legacy")
    assert [change.rule for change in history(path)] == [REGISTRY, Rule("*", "*", "legacy")]
    assert target.read_bytes().startswith(whole + b'{"time": "2026-\n')


@pytest.mark.parametrize("line", ["7", "{}", '{"time": 1, "who": 2, "rule": {"x": 1}, "before": [], "after": []}'])
def test_a_line_that_is_no_change_is_passed_over(path, line):
    (path.parent / "switch-history.jsonl").write_text(line + "\n")
    assert history(path) == ()


def test_lines_are_only_ever_added(path):
    target = path.parent / "switch-history.jsonl"
    seen = b""
    for arm in ("registry", "legacy", "registry"):
        set_arm(path, arm)
        content = target.read_bytes()
        assert content.startswith(seen)
        assert len(content) > len(seen)
        seen = content


def test_a_history_that_cannot_be_written_does_not_make_a_turned_switch_look_unturned(path):
    (path.parent / "switch-history.jsonl").mkdir()
    outcome = set_arm(path, "registry")
    assert outcome.history_problem == "Is a directory"
    assert path.read_bytes() == format_state(outcome.after)
    assert status(path).rules == (REGISTRY,)


def test_the_history_of_a_linked_switch_is_beside_the_real_file(path, tmp_path):
    set_arm(path, "registry")
    link = tmp_path / "elsewhere.json"
    link.symlink_to(path)
    assert history(link) == history(path)
    assert isinstance(history(link)[0], Change)
