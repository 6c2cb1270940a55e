"""A kill run: workers of a gateway under load, a store that is killed and cut off, and how soon all are on legacy.

Example: ``figures = run(Postgresql, turns=5)``; each `Outcome` says what was measured and whether it held. The servers
and the networks are those of the tests, too.
"""

from kill_run._fleet import Fleet, Size, now
from kill_run._load import Answer
from kill_run._network import Network, Relay, may_lay
from kill_run._reckon import Outcome, Turn, climbed, doubled, raised, returned, turn_of
from kill_run._run import Kind, Report, run
from kill_run._scenarios import SCENARIOS
from kill_run._scene import KILLED, ON, Scene, shared
from kill_run._servers import PASSWORD, Postgresql, Redis, Server, system_program, until

__all__ = [
    "KILLED",
    "ON",
    "PASSWORD",
    "SCENARIOS",
    "Answer",
    "Fleet",
    "Kind",
    "Network",
    "Outcome",
    "Postgresql",
    "Redis",
    "Relay",
    "Report",
    "Scene",
    "Server",
    "Size",
    "Turn",
    "climbed",
    "doubled",
    "may_lay",
    "now",
    "raised",
    "returned",
    "run",
    "shared",
    "system_program",
    "turn_of",
    "until",
]
