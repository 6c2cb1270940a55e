import fcntl
import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_registry import InvalidSwitch, SwitchSnapshot, switch_file
from cutover_rollout import (
    AlreadySo,
    DamagedSwitchFile,
    ForeignSwitchFile,
    NewerSwitchFile,
    Rule,
    Switched,
    SwitchFileBusy,
    SwitchFileError,
    SwitchState,
    SwitchStatus,
    UnknownArm,
    UnknownName,
    UnreadableSwitchFile,
    set_arm,
    status,
    switch_file_path,
)
from cutover_rollout._durable import exclusive, replace_bytes
from cutover_rollout._format import format_state, parse_state

WORDS = st.text(min_size=1).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
RULES = st.builds(Rule, WORDS, WORDS, st.sampled_from(("legacy", "registry")))


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".cutover" / "switch.json"


def test_without_a_file_the_status_is_legacy_everywhere(path):
    assert status(path) == SwitchStatus(path, False, SwitchState())
    assert status(path).arm("chat", "near") == "legacy"
    assert not path.parent.exists()


def test_setting_an_arm_writes_the_document_that_workers_read(path):
    outcome = set_arm(path, "registry", site="chat")
    rule = Rule("chat", "*", "registry")
    assert outcome == Switched(path, rule, SwitchState(), SwitchState((rule,)))
    assert json.loads(path.read_bytes()) == {
        "version": 1,
        "rules": [{"site": "chat", "provider": "*", "arm": "registry"}],
    }
    assert status(path) == SwitchStatus(path, True, SwitchState((rule,)))


def test_an_arm_for_everything_is_the_default_and_takes_the_other_rules_away(path):
    set_arm(path, "registry", site="chat", provider="near")
    set_arm(path, "legacy")
    assert status(path).rules == (Rule("*", "*", "legacy"),)


def test_setting_what_is_set_writes_nothing(path):
    set_arm(path, "registry")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert set_arm(path, "registry", provider="near") == AlreadySo(
        path, Rule("*", "near", "registry"), SwitchState((Rule("*", "*", "registry"),))
    )
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_nothing_but_the_switch_its_lock_and_its_history_is_left_in_the_folder(path):
    set_arm(path, "registry")
    set_arm(path, "legacy")
    assert sorted(os.listdir(path.parent)) == ["switch-history.jsonl", "switch.json", "switch.json.lock"]


@pytest.mark.parametrize(
    ("arm", "names", "error"),
    [
        ("canary", {}, UnknownArm),
        ("legacy", {"site": "caht", "known_sites": ["chat"]}, UnknownName),
        ("legacy", {"provider": "neer", "known_providers": ["near"]}, UnknownName),
    ],
)
def test_a_refused_name_leaves_no_file_behind(path, arm, names, error):
    with pytest.raises(error):
        set_arm(path, arm, **names)
    assert not path.parent.exists()


REFUSED = [
    (b"", DamagedSwitchFile, "it is not JSON (Expecting value: line 1 column 1 (char 0))"),
    (b'{"version": 1, "rul', DamagedSwitchFile, "it is not JSON (Unterminated string starting at: line 1 column 16"),
    (b"\xff\xfe{}", DamagedSwitchFile, "it is not JSON ('utf-8' codec can't decode byte 0xff in position 0"),
    (b"[" * 100_000, DamagedSwitchFile, "it is not JSON ("),
    (b"[]", ForeignSwitchFile, 'it is JSON without the fields "version" and "rules" of a switch file'),
    (b'{"version": 1}', ForeignSwitchFile, 'it is JSON without the fields "version" and "rules" of a switch file'),
    (b'{"version": "1", "rules": []}', ForeignSwitchFile, "its \"version\" is '1', not a version of a switch file"),
    (b'{"version": true, "rules": []}', ForeignSwitchFile, 'its "version" is True, not a version of a switch file'),
    (b'{"version": 0, "rules": []}', ForeignSwitchFile, 'its "version" is 0, not a version of a switch file'),
    (b'{"version": 3, "rules": 7}', NewerSwitchFile, "it has version 3, this release knows versions up to 2"),
    (b'{"version": 1, "rules": {}}', DamagedSwitchFile, '"rules" is dict, not a list'),
    (b'{"version": 1, "rules": [], "x": 1}', DamagedSwitchFile, "it has the unknown field 'x'"),
    (b'{"version": 1, "rules": [7]}', DamagedSwitchFile, "rule 1 is int, not an object"),
    (
        b'{"version": 1, "rules": [{"site": "*", "provider": "*", "arm": "registry", "share": 5}]}',
        DamagedSwitchFile,
        "rule 1 has the unknown field 'share'",
    ),
    (b'{"version": 1, "rules": [{"site": "*", "arm": "legacy"}]}', DamagedSwitchFile, 'has None as "provider"'),
    (
        b'{"version": 1, "rules": [{"site": "", "provider": "*", "arm": "legacy"}]}',
        DamagedSwitchFile,
        "rule 1 has '' as \"site\"",
    ),
    (
        b'{"version": 1, "rules": [{"site": "*", "provider": "*", "arm": "canary"}]}',
        DamagedSwitchFile,
        "rule 1 has the unknown arm 'canary'",
    ),
]


@pytest.mark.parametrize(("content", "error", "problem"), REFUSED)
def test_a_file_that_is_not_ours_or_not_whole_is_refused_and_left_as_it_is(path, content, error, problem):
    path.parent.mkdir()
    path.write_bytes(content)
    for use in (lambda: status(path), lambda: set_arm(path, "registry")):
        with pytest.raises(error) as caught:
            use()
        assert str(caught.value).startswith(f"switch file {path}: ")
        assert problem in str(caught.value)
        assert caught.value.path == path
    assert path.read_bytes() == content
    assert not (path.parent / "switch-history.jsonl").exists()


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (DamagedSwitchFile(None, "x"), "repair it, or remove it to begin again with every site on legacy"),
        (ForeignSwitchFile(None, "x"), "name the switch file (CUTOVER_SWITCH_FILE), it was left as it is"),
        (NewerSwitchFile(None, 2, supported=1), "upgrade provider-cutover"),
        (UnreadableSwitchFile(None, "x"), "check the path and its permissions"),
    ],
)
def test_each_refusal_says_what_to_do(error, remedy):
    assert isinstance(error, SwitchFileError)
    assert str(error).endswith(f"; {remedy}")
    assert error.remedy == remedy


def test_a_folder_in_the_place_of_the_file_is_refused(path):
    path.mkdir(parents=True)
    with pytest.raises(UnreadableSwitchFile) as caught:
        status(path)
    assert str(caught.value) == (
        f"switch file {path}: it cannot be read (Is a directory); check the path and its permissions"
    )


def test_a_place_where_no_file_can_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableSwitchFile) as caught:
        set_arm(tmp_path / "file" / "switch.json", "registry")
    assert "it cannot be written (" in str(caught.value)


def test_a_lock_that_is_held_for_too_long_is_reported(path):
    with exclusive(path), pytest.raises(SwitchFileBusy) as caught, exclusive(path, wait=0.02):
        pass
    assert str(caught.value) == (
        f"switch file {path}: another writer has held its lock for 0.02 s; see who has switch.json.lock open"
    )


def test_the_lock_is_free_again_after_an_error_inside_it(path):
    with pytest.raises(KeyError), exclusive(path):
        raise KeyError
    with exclusive(path, wait=0), open(f"{path}.lock", "rb") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_new_file_can_be_read_by_workers_of_another_user_and_an_old_mode_is_kept(path):
    set_arm(path, "registry")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o640)
    set_arm(path, "legacy")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one_and_the_file_behind_it_is_turned(tmp_path):
    real = tmp_path / "shared" / "switch.json"
    set_arm(real, "registry")
    link = tmp_path / "switch.json"
    link.symlink_to(real)
    set_arm(link, "legacy")
    assert link.is_symlink()
    assert status(real).rules == (Rule("*", "*", "legacy"),)


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_one(path, monkeypatch):
    set_arm(path, "registry")
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnreadableSwitchFile) as caught:
        set_arm(path, "legacy")
    assert "it cannot be written (No space left on device)" in str(caught.value)
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == ["switch-history.jsonl", "switch.json", "switch.json.lock"]


def test_an_interrupted_replace_removes_its_temporary_file_even_after_the_rename(path, monkeypatch):
    path.parent.mkdir()
    rename = os.replace

    def interrupted(source, target):
        rename(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_bytes(path, b"new")
    assert os.listdir(path.parent) == ["switch.json"]


def test_the_path_is_the_variable_else_the_dot_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("CUTOVER_SWITCH_FILE", raising=False)
    assert str(switch_file_path()) == ".cutover/switch.json"
    assert switch_file_path(tmp_path) == tmp_path / ".cutover" / "switch.json"
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", "/run/switch.json")
    assert str(switch_file_path(tmp_path)) == "/run/switch.json"


@given(st.lists(RULES, max_size=5))
def test_what_is_written_is_what_is_read(rules):
    state = SwitchState(tuple(rules))
    assert parse_state(format_state(state), path=None) == state


def test_the_file_has_one_rule_a_line():
    text = format_state(SwitchState((Rule("*", "*", "registry"), Rule("chat", "né", "legacy")))).decode()
    assert text == (
        '{"version": 1, "rules": [\n'
        '  {"site": "*", "provider": "*", "arm": "registry"},\n'
        '  {"site": "chat", "provider": "né", "arm": "legacy"}\n'
        "]}\n"
    )
    assert format_state(SwitchState()) == b'{"version": 1, "rules": []}\n'


@given(st.lists(RULES, max_size=5))
def test_the_registry_reads_the_file_as_we_do(rules):
    state = SwitchState(tuple(rules))
    snapshot = SwitchSnapshot.from_text(format_state(state).decode())
    places = {(rule.site, rule.provider) for rule in rules} | {("chat", "near")}
    assert all(snapshot.arm(*place) == state.arm(*place) for place in places)


MAY_PASS_THE_REGISTRY = (b'"x": 1', b'"site": ""')


@pytest.mark.parametrize(
    "content", [content for content, *_ in REFUSED if not any(part in content for part in MAY_PASS_THE_REGISTRY)]
)
def test_what_we_refuse_the_registry_does_not_act_on_either(content):
    with pytest.raises((InvalidSwitch, UnicodeDecodeError, RecursionError)):
        SwitchSnapshot.from_text(content.decode())


@pytest.mark.parametrize("variable", [None, "elsewhere/switch.json"])
def test_the_registry_looks_where_we_write(variable, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTOVER_SWITCH_FILE", raising=False)
    if variable:
        monkeypatch.setenv("CUTOVER_SWITCH_FILE", variable)
    assert switch_file_path().absolute() == switch_file()
