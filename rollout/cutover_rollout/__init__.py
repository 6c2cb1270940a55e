"""Rollout of the registry arm: the switch that says which arm serves which site and provider.

from cutover_rollout import set_arm, status

set_arm(".cutover/switch.json", "registry", provider="near")
status(".cutover/switch.json").arm("chat", "near")
"""

from cutover_rollout._errors import (
    DamagedSwitchFile,
    ForeignSwitchFile,
    InvalidRule,
    NewerSwitchFile,
    RolloutError,
    SwitchFileBusy,
    SwitchFileError,
    UnknownArm,
    UnknownName,
    UnreadableSwitchFile,
    UnusableMark,
    UnwritableKillFile,
    UnwritableQuarantineFile,
)
from cutover_rollout._history import Change, history
from cutover_rollout._kill_file import end_kill, kill
from cutover_rollout._quarantine_file import end_quarantine, quarantine
from cutover_rollout._rules import ARMS, Rule, SwitchState
from cutover_rollout._started import Started, mark_started, started_here
from cutover_rollout._switch_file import (
    AlreadySo,
    SaidHere,
    Switched,
    SwitchStatus,
    said_here,
    set_arm,
    set_share,
    status,
    switch_file_path,
)

__all__ = [
    "ARMS",
    "AlreadySo",
    "Change",
    "DamagedSwitchFile",
    "ForeignSwitchFile",
    "InvalidRule",
    "NewerSwitchFile",
    "RolloutError",
    "Rule",
    "SaidHere",
    "Started",
    "SwitchFileBusy",
    "SwitchFileError",
    "SwitchState",
    "SwitchStatus",
    "Switched",
    "UnknownArm",
    "UnknownName",
    "UnreadableSwitchFile",
    "UnusableMark",
    "UnwritableKillFile",
    "UnwritableQuarantineFile",
    "end_kill",
    "end_quarantine",
    "history",
    "kill",
    "mark_started",
    "quarantine",
    "said_here",
    "set_arm",
    "set_share",
    "started_here",
    "status",
    "switch_file_path",
]
