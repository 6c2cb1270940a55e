"""Runs a program on the virtual clock, in a process of its own, and gives what its `main` returned."""

import json
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import asyncio, concurrent.futures, faulthandler, json, queue, random, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
faulthandler.dump_traceback_later({limit}, exit=True)
from cutover_parity.clock import _waits
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.cases._script import Script
from cutover_parity.clock._virtual_clock import CLOCK
from cutover_parity.clock._virtual_time import begin_route, end_route, limited, real_waits, run_on_virtual_time
run_on_virtual_time()
began = time.monotonic()

def passed():
    return round(time.monotonic() - began, 3)

def compute(rounds=200_000):
    total = 0
    for number in range(rounds):
        total += number
    return total
"""


@pytest.fixture
def virtually():
    def run(body, limit=30):
        source = PRELUDE.format(limit=limit) + textwrap.dedent(body)
        source += "\nprint(json.dumps(asyncio.Runner().run(main())), flush=True)\nimport os; os._exit(0)\n"
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def busy_machine():
    spin = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(spin) as one, subprocess.Popen(spin) as two, subprocess.Popen(spin) as three:
        yield
        for process in (one, two, three):
            process.kill()
