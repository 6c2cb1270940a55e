"""Forking while the follower is in the middle of something: no child inherits a lock that nobody will release."""

import pytest

FORKING = """
import os, sys, threading, time
from cutover_registry import SwitchSnapshot
from cutover_rollout.state import Follower, MemoryState

lock, inside = threading.Lock(), threading.Event()

def busy():
    with lock:
        inside.set()
        time.sleep(0.3)

class Reading(MemoryState):
    def _fetch(self, seen):
        found = super()._fetch(seen)
        if sys.argv[1] == "reading" and not inside.is_set():
            busy()
        return found

def apply(switch):
    if sys.argv[1] == "taking" and threading.current_thread().name == "cutover-follower" and not inside.is_set():
        busy()

follower = Follower(Reading(), apply=apply).start()
inside.wait(20)
child = os.fork()
if not child:
    os._exit(0 if lock.acquire(timeout=1) else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
follower.stop()
"""


@pytest.mark.parametrize("doing", ["reading", "taking"])
def test_a_fork_waits_until_the_follower_only_waits(doing, python):
    assert python(FORKING, doing).communicate(timeout=60)[0] == "0\n"
