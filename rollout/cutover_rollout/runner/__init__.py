"""The runner: looks at evidence, decides by `cutover_rollout.controller`, writes into the state, tells webhooks.

from cutover_rollout.controller import StoreEvidence
from cutover_rollout.runner import Controller
from cutover_rollout.state import open_state

with Controller(open_state("sqlite:///.cutover/state.db"), StoreEvidence([".cutover/telemetry.db"])) as controller:
    controller.step()
"""

from cutover_rollout.runner._announcer import Announcer
from cutover_rollout.runner._controller import Controller, EvidenceSource
from cutover_rollout.runner._courier import Courier, Message
from cutover_rollout.runner._deciding import Marked, Written, decide, decide_anyway
from cutover_rollout.runner._emergency import Halves, kill_all, quarantine_all, release_all
from cutover_rollout.runner._errors import NoRollout, RunnerError, TooManyWriters
from cutover_rollout.runner._messages import stands
from cutover_rollout.runner._signature import is_signed, signed

__all__ = [
    "Announcer",
    "Controller",
    "Courier",
    "EvidenceSource",
    "Halves",
    "Marked",
    "Message",
    "NoRollout",
    "RunnerError",
    "TooManyWriters",
    "Written",
    "decide",
    "decide_anyway",
    "is_signed",
    "kill_all",
    "quarantine_all",
    "release_all",
    "signed",
    "stands",
]
