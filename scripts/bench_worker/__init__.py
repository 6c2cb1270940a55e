"""What runs in the processes that are measured: the loopback server, and one client library each.

These processes may run in another venv than this project's: nothing here is imported before it is needed, and this door
imports the names of the scenarios alone.
"""

from bench_worker._scenario import CHUNKS, KINDS, SCENARIOS, TEXT, Scenario

__all__ = ["CHUNKS", "KINDS", "SCENARIOS", "TEXT", "Scenario"]
