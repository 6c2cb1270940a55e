"""What is said on one machine, by a file or a signal, beats every state of the switch."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutover_registry import SwitchRule, SwitchSnapshot, hold_arm, use_registry, write_switch
from cutover_registry._site import STATE
from cutover_registry._watcher import SwitchWatcher

ALL_ON = SwitchSnapshot((SwitchRule(arm="registry"),))
WORKER = """
import os, signal, sys
from cutover_registry import ProviderRegistry, use_registry
registry = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": []}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"]}, "far": {"sites": ["chat"]}},
})
(CHAT,) = registry.bind(globals(), "chat")

def answer():
    print(" ".join(key for key in CHAT.keys() if use_registry(CHAT, key)) or "-", flush=True)

for line in sys.stdin:
    answer()
"""


class Worker:
    """A process that answers, for each line that it is given, which keys are on."""

    def __init__(self, folder: Path, source: str = WORKER, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CUTOVER_")}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(source)],
            cwd=folder,
            env={**kept, **environment},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def on(self) -> str:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[type]:
    workers: list[Worker] = []

    def starting(**environment: str) -> Worker:
        workers.append(Worker(tmp_path, **environment))
        return workers[-1]

    yield starting
    for worker in workers:
        worker.process.kill()
        worker.process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_switch(ALL_ON, tmp_path / ".cutover" / "switch.json")
    return tmp_path / ".cutover"


@pytest.mark.parametrize("content", ["", "killed by the night shift, see the incident\n", "false"])
def test_a_kill_file_kills_whatever_is_in_it_and_its_removal_gives_back(content, start, folder, eventually):
    worker = start()
    assert worker.on() == "near far"
    (folder / "kill").write_text(content)
    assert eventually(lambda: worker.on() == "-")
    (folder / "kill").unlink()
    assert eventually(lambda: worker.on() == "near far")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere")], ids=["a folder", "a dead link"])
def test_whatever_has_the_name_of_a_kill_file_kills(make, start, folder):
    make(folder / "kill")
    assert start().on() == "-"


def test_a_kill_file_beats_the_arm_of_the_environment(start, folder, eventually):
    worker = start(CUTOVER_ARM="registry")
    assert worker.on() == "near far"
    (folder / "kill").touch()
    assert eventually(lambda: worker.on() == "-")


def test_a_kill_file_kills_from_the_first_request_on_and_over_a_damaged_switch(start, folder, eventually):
    (folder / "kill").touch()
    assert start().on() == "-"
    (folder / "kill").unlink()
    worker = start()
    assert worker.on() == "near far"
    (folder / "switch.json").write_text("{damaged")
    (folder / "kill").touch()
    assert eventually(lambda: worker.on() == "-")


def test_the_kill_file_is_beside_the_switch_file_that_the_worker_reads(start, folder, tmp_path, eventually):
    elsewhere = tmp_path / "elsewhere" / "state.json"
    write_switch(ALL_ON, elsewhere)
    worker = start(CUTOVER_SWITCH_FILE=str(elsewhere))
    (elsewhere.parent / "kill").touch()
    assert eventually(lambda: worker.on() == "-")


def test_a_quarantine_file_takes_its_providers_back_and_no_other(start, folder, eventually):
    worker = start()
    (folder / "quarantine").write_text("near\n\n nobody \n")
    assert eventually(lambda: worker.on() == "far")
    (folder / "quarantine").write_text("far")
    assert eventually(lambda: worker.on() == "near")
    (folder / "quarantine").unlink()
    assert eventually(lambda: worker.on() == "near far")


def test_a_kill_and_a_quarantine_of_the_state_act_too(start, folder, eventually):
    worker = start()
    write_switch(SwitchSnapshot(ALL_ON.rules, quarantined=frozenset({"near"})), folder / "switch.json")
    assert eventually(lambda: worker.on() == "far")
    write_switch(SwitchSnapshot(ALL_ON.rules, kill=True), folder / "switch.json")
    assert eventually(lambda: worker.on() == "-")


def test_a_change_is_logged_once(start, folder, eventually):
    worker = start()
    (folder / "kill").touch()
    assert eventually(lambda: worker.on() == "-")
    (folder / "kill").unlink()
    assert eventually(lambda: worker.on() == "near far")
    _, logged = worker.process.communicate()
    assert logged.splitlines() == [
        "the switch on this machine: killed, every site is on the legacy arm; quarantined: none",
        "the switch on this machine: not killed; quarantined: none",
    ]


@pytest.mark.parametrize("name", ["SIGUSR2", str(int(signal.SIGUSR1))])
def test_a_signal_kills_until_the_process_ends(name, start, folder, eventually):
    worker = start(CUTOVER_KILL_SIGNAL=name)
    assert worker.on() == "near far"
    worker.process.send_signal(int(name) if name.isdecimal() else signal.Signals[name])
    assert eventually(lambda: worker.on() == "-")
    write_switch(ALL_ON, folder / "switch.json")
    assert worker.on() == "-"


def test_what_handled_the_signal_before_is_called_too(folder, tmp_path, eventually):
    source = (
        "import signal\nheard = []\nsignal.signal(signal.SIGUSR2, lambda *_: print('before', flush=True))\n" + WORKER
    )
    worker = Worker(tmp_path, source, CUTOVER_KILL_SIGNAL="SIGUSR2")
    try:
        assert worker.on() == "near far"
        worker.process.send_signal(signal.SIGUSR2)
        assert worker.process.stdout.readline() == "before\n"
        assert eventually(lambda: worker.on() == "-")
    finally:
        worker.process.kill()
        worker.process.communicate()


def test_a_forked_child_of_a_killed_process_is_killed_too(folder, tmp_path):
    source = WORKER.partition("for line")[0] + textwrap.dedent(
        """
        import os, signal, time
        os.kill(os.getpid(), signal.SIGUSR2)
        while use_registry(CHAT, "near"):
            time.sleep(0.02)
        child = os.fork()
        if child == 0:
            answer()
            os._exit(0)
        os.waitpid(child, 0)
        """
    )
    worker = Worker(tmp_path, source, CUTOVER_KILL_SIGNAL="SIGUSR2")
    output, _ = worker.process.communicate(timeout=30)
    assert output == "-\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("SIGNOTHING", "has 'SIGNOTHING'; write the name of a signal, such as SIGUSR2"),
        ("raise_signal", "has 'raise_signal'; write the name of a signal, such as SIGUSR2"),
        ("SIG_DFL", "has 'SIG_DFL'; write the name of a signal, such as SIGUSR2"),
        ("9999", "has '9999'; write the name of a signal, such as SIGUSR2"),
        ("SIGKILL", "has 'SIGKILL', which cannot be caught (Invalid argument)"),
    ],
)
def test_a_signal_that_is_none_is_refused_at_bind(name, problem, start, folder):
    worker = start(CUTOVER_KILL_SIGNAL=name)
    _, said = worker.process.communicate(timeout=30)
    assert said.splitlines()[-1] == f"cutover_registry.errors.InvalidSwitch: CUTOVER_KILL_SIGNAL: {problem}"


def test_outside_of_the_main_thread_the_signal_is_not_heard_and_that_is_logged(folder, tmp_path):
    bound = WORKER.partition("(CHAT,)")[0] + textwrap.dedent(
        """
        import threading
        thread = threading.Thread(target=lambda: registry.bind(globals(), "chat"))
        thread.start()
        thread.join()
        """
    )
    worker = Worker(tmp_path, bound, CUTOVER_KILL_SIGNAL="SIGUSR2")
    _, said = worker.process.communicate(timeout=30)
    assert said == "CUTOVER_KILL_SIGNAL is not heard: the switch was not attached in the main thread\n"


@pytest.fixture
def watcher(tmp_path, monkeypatch) -> Iterator[SwitchWatcher]:
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path / "switch.json"))
    watcher = SwitchWatcher(interval=3600)
    watcher.attach()
    yield watcher
    for name in ("kill", "quarantine"):
        (tmp_path / name).unlink(missing_ok=True)
    watcher.look()


def test_files_that_cannot_be_looked_at_change_nothing(watcher, tmp_path, monkeypatch):
    (tmp_path / "kill").touch()
    (tmp_path / "quarantine").write_text("near")
    watcher.look()
    before = STATE.local
    assert (before.kill, before.quarantined) == (True, {"near"})

    def failing(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", failing)
        patched.setattr("builtins.open", failing)
        watcher.look()
    assert STATE.local is before
    (tmp_path / "quarantine").write_bytes(b"\xff\xfe")
    watcher.look()
    assert STATE.local is before


def test_kill_goes_before_what_is_followed_and_behind_what_code_holds(watcher, tmp_path, say, chat):
    say(SwitchRule(arm="registry"))
    assert use_registry(chat, "near")
    (tmp_path / "kill").touch()
    watcher.look()
    assert not use_registry(chat, "near")
    say(SwitchRule(arm="registry"))
    assert not use_registry(chat, "near")
    with hold_arm("registry"):
        assert use_registry(chat, "near")
    assert not use_registry(chat, "near")


def test_what_is_followed_goes_before_the_file_until_it_is_given_up(watcher, tmp_path, say, chat):
    write_switch(ALL_ON, tmp_path / "switch.json")
    watcher.look()
    assert use_registry(chat, "near")
    say(SwitchRule(arm="legacy"))
    assert not use_registry(chat, "near")
    write_switch(SwitchSnapshot((SwitchRule("chat", "near", "registry"),)), tmp_path / "switch.json")
    watcher.look()
    assert not use_registry(chat, "near")
    from cutover_registry import follow_switch

    follow_switch(None)
    assert use_registry(chat, "near")
    assert not use_registry(chat, "far")


def test_a_damaged_file_leaves_shares_kill_and_quarantine_as_they_were(watcher, tmp_path):
    said = {"version": 2, "salt": "s", "rules": [{"site": "*", "provider": "*", "share": 0.5}], "quarantined": ["far"]}
    (tmp_path / "switch.json").write_text(json.dumps(said))
    watcher.look()
    before = STATE.filed
    for damage in ("{", json.dumps({**said, "version": 3}), json.dumps({**said, "stage": 1})):
        (tmp_path / "switch.json").write_text(damage)
        watcher.look()
        assert STATE.filed is before


HANGING = """
import os, sys
from cutover_registry import ProviderRegistry, SwitchRule, SwitchSnapshot, follow_switch, use_registry
registry = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": []}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"]}},
})
(CHAT,) = registry.bind(globals(), "chat")
ON = SwitchSnapshot((SwitchRule(arm="registry"),))
follow_switch(ON)
for line in sys.stdin:
    if line == "state\\n":
        follow_switch(SwitchSnapshot(ON.rules, kill=True))
    print("near" if use_registry(CHAT, "near") else "-", flush=True)
"""


@pytest.fixture
def hanging(folder, eventually):
    """A worker whose reading of the switch file has begun, and will not end while this pipe is open."""
    worker = Worker(folder.parent, HANGING, CUTOVER_KILL_SIGNAL="SIGUSR2")
    assert worker.on() == "near"
    os.mkfifo(folder / "pipe")
    (folder / "pipe").rename(folder / "switch.json")
    held = []

    def has_a_reader() -> bool:
        with contextlib.suppress(OSError):
            held.append(os.open(folder / "switch.json", os.O_WRONLY | os.O_NONBLOCK))
        return bool(held)

    assert eventually(has_a_reader)
    yield worker
    worker.process.kill()
    worker.process.communicate()
    os.close(held[0])


@pytest.mark.parametrize("way", ["the state", "the kill file", "the signal"])
def test_a_switch_file_that_hangs_keeps_no_kill_waiting(way, hanging, folder, eventually):
    if way == "the state":
        hanging.process.stdin.write("state\n")
        hanging.process.stdin.flush()
        assert hanging.process.stdout.readline() == "-\n"
    elif way == "the kill file":
        (folder / "kill").touch()
    else:
        hanging.process.send_signal(signal.SIGUSR2)
    assert eventually(lambda: hanging.on() == "-")
