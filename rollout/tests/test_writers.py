"""Writers that are real processes: at the same time, and killed at any moment."""

import os
import random
import signal
import subprocess
import sys
import time

from cutover_rollout import Rule, history, set_arm, status

WRITER = """
import sys
from cutover_rollout import set_arm
path, provider, sites = sys.argv[1], sys.argv[2], int(sys.argv[3])
for n in range(sites):
    set_arm(path, "registry", site=f"site{n}", provider=provider)
"""

RESTLESS_WRITER = """
import sys
from cutover_rollout import set_arm
print("ready", flush=True)
while True:
    for arm in ("registry", "legacy"):
        for n in range(50):
            set_arm(sys.argv[1], arm, site=f"site{n}")
"""


def test_concurrent_writers_lose_no_rule_and_no_line_of_history(tmp_path):
    path = tmp_path / "switch.json"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"provider{n}", "10"]) for n in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    expected = {Rule(f"site{s}", f"provider{p}", "registry") for s in range(10) for p in range(4)}
    assert set(status(path).rules) == expected
    assert len(status(path).rules) == 40
    told = history(path)
    assert {change.rule for change in told} == expected
    assert [change.before for change in told[1:]] == [change.after for change in told[:-1]]


def test_a_killed_writer_leaves_a_valid_file_and_a_free_lock(tmp_path):
    path = tmp_path / "switch.json"
    seeded = random.Random(7)
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", RESTLESS_WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout.readline() == "ready\n"
            time.sleep(seeded.uniform(0.0, 0.05))
            os.kill(writer.pid, signal.SIGKILL)
        status(path)
        set_arm(path, "registry", site=f"after{_}")
        assert status(path).arm(f"after{_}", "near") == "registry"
        told = history(path)
        assert told[-1].after == status(path).rules
        assert [change.before for change in told[1:]] == [change.after for change in told[:-1]]
        assert sorted(os.listdir(tmp_path)) == ["switch-history.jsonl", "switch.json", "switch.json.lock"]
