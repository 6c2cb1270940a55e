"""The switch file is followed by a running process: changes, damage, removal, forks."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cutover_registry import SwitchRule, SwitchSnapshot, fault_counts, use_registry, write_switch
from cutover_registry._watcher import WATCHER, SwitchWatcher

PATIENCE = 30.0
WORKER = """
import sys
from cutover_registry import ProviderRegistry, use_registry
registry = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": []}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"]}, "far": {"sites": ["chat"]}},
})
(CHAT,) = registry.bind(globals(), "chat")

def answer():
    print(" ".join(key for key in CHAT.keys() if use_registry(CHAT, key)) or "-", flush=True)
"""
SERVE = WORKER + "for line in sys.stdin:\n    answer()\n"
FORK = """
import os
answer()
sys.stdin.readline()
child = os.fork()
if child == 0:
    for line in sys.stdin:
        answer()
    os._exit(0)
os.waitpid(child, 0)
"""


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Worker:
    """A process that answers, for each line that it is given, which keys are on."""

    def __init__(self, source: str, cwd: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CUTOVER_")}
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(source)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def ask(self) -> str:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> str:
        return self.process.stdout.readline().strip()

    def stop(self) -> str:
        _, errors = self.process.communicate(timeout=PATIENCE)
        return errors


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    workers: list[Worker] = []

    def starting(source: str) -> Worker:
        workers.append(Worker(source, tmp_path))
        return workers[-1]

    yield starting
    for worker in workers:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.communicate()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".cutover" / "switch.json"


def rules(*chosen: tuple[str, str]) -> SwitchSnapshot:
    return SwitchSnapshot(tuple(SwitchRule("*", provider, arm) for provider, arm in chosen))


def test_a_running_worker_follows_the_file(start, file):
    worker = start(SERVE)
    assert worker.ask() == "-"
    write_switch(rules(("*", "registry")), file)
    assert eventually(lambda: worker.ask() == "near far")
    write_switch(rules(("*", "registry"), ("near", "legacy")), file)
    assert eventually(lambda: worker.ask() == "far")
    file.unlink()
    assert eventually(lambda: worker.ask() == "-")
    assert worker.stop() == ""


def test_a_running_worker_keeps_its_state_over_damage_and_says_so_once_for_each_change(start, file):
    write_switch(rules(("near", "registry")), file)
    worker = start(SERVE)
    assert worker.ask() == "near"
    damage = {
        "{damaged": "is not JSON",
        '{"version": 3, "rules": []}': "has version 3; this package reads versions 1 and 2",
    }
    for text, problem in damage.items():
        draft = file.with_name("draft")
        draft.write_text(text)
        draft.replace(file)
        said = worker.process.stderr.readline()
        assert said.startswith("the switch keeps its last state: ")
        assert problem in said
        assert worker.ask() == "near"
    write_switch(rules(("far", "registry")), file)
    assert eventually(lambda: worker.ask() == "far")
    assert worker.stop() == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_worker_follows_the_file_too(start, file):
    write_switch(rules(("near", "registry")), file)
    worker = start(WORKER + FORK)
    assert worker.read() == "near"
    worker.process.stdin.write("\n")
    assert worker.ask() == "near"
    write_switch(rules(("far", "registry")), file)
    assert eventually(lambda: worker.ask() == "far")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_fork_in_the_middle_of_registering_leaves_the_child_able_to_register(start):
    source = WORKER + (
        "import os, threading\n"
        "from cutover_registry import ProviderConfig\n"
        "stop = threading.Event()\n"
        "def register():\n"
        "    while not stop.is_set():\n"
        "        registry.register(ProviderConfig('x', sites=('chat',)), replace=True)\n"
        "thread = threading.Thread(target=register)\n"
        "thread.start()\n"
        "for turn in range(20):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        registry.register(ProviderConfig('y', sites=('chat',)))\n"
        "        os._exit(0 if 'y' in CHAT else 3)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "stop.set()\n"
        "thread.join()\n"
        "print('done')\n"
    )
    worker = start(source)
    assert worker.read() == "done", worker.stop()


def test_a_change_within_this_process_is_seen_by_its_sites(registry):
    (chat,) = registry.bind({}, "chat")
    write_switch(rules(("near", "registry")))
    assert eventually(lambda: use_registry(chat, "near"))
    assert not use_registry(chat, "huggingface")


def test_the_threads_are_daemons_and_there_is_one_of_each(registry):
    registry.bind({}, "chat")
    threads = WATCHER._threads
    registry.bind({}, "responses")
    assert WATCHER._threads is threads
    assert [thread.name for thread in threads] == ["cutover-switch", "cutover-kill"]
    assert all(thread.daemon for thread in threads)


def test_another_file_starts_from_no_rules(registry, monkeypatch, tmp_path):
    write_switch(rules(("*", "registry")))
    (chat,) = registry.bind({}, "chat")
    assert use_registry(chat, "near")
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path / "other.json"))
    registry.bind({}, "responses")
    assert not use_registry(chat, "near")


@pytest.fixture
def watcher() -> SwitchWatcher:
    return SwitchWatcher(interval=3600)


def test_looking_before_attaching_does_nothing(watcher, caplog):
    watcher.look()
    assert caplog.records == []


def test_an_unchanged_file_is_read_once(watcher, monkeypatch, caplog):
    Path(os.environ["CUTOVER_SWITCH_FILE"]).write_text("{damaged")
    for _ in range(3):
        watcher.attach()
    assert len(caplog.records) == 1


def test_a_path_that_cannot_be_looked_at_keeps_the_state(watcher, monkeypatch, tmp_path, caplog):
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path / "plain" / "switch.json"))
    watcher.attach()
    watcher.look()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["the switch keeps its last state"]


def test_a_folder_in_place_of_the_file_keeps_the_state(watcher, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(tmp_path))
    watcher.attach()
    assert "the switch keeps its last state" in caplog.text


def test_text_of_another_encoding_keeps_the_state(watcher, caplog):
    Path(os.environ["CUTOVER_SWITCH_FILE"]).write_bytes(b'{"version": 1, "rules": ["\xff"]}')
    watcher.attach()
    assert "the switch keeps its last state" in caplog.text


def test_a_fault_in_the_thread_is_counted_and_the_thread_goes_on(registry, monkeypatch):
    (chat,) = registry.bind({}, "chat")
    before = fault_counts().get("switch watcher", 0)
    with monkeypatch.context() as patches:
        patches.setattr("cutover_registry._watcher._fingerprint", lambda path: 1 / 0)
        assert eventually(lambda: fault_counts().get("switch watcher", 0) > before)
    write_switch(rules(("near", "registry")))
    assert eventually(lambda: use_registry(chat, "near"))


def test_restarting_without_a_start_does_nothing(watcher):
    watcher.restart()
    assert watcher._threads == ()
