"""Rollout of the registry arm: the switch that says which arm serves which site and provider.

from cutover_rollout import set_arm, status

set_arm(".cutover/switch.json", "registry", provider="near")
status(".cutover/switch.json").arm("chat", "near")
"""

from cutover_rollout._errors import (
    DamagedSwitchFile,
    ForeignSwitchFile,
    NewerSwitchFile,
    RolloutError,
    SwitchFileBusy,
    SwitchFileError,
    UnknownArm,
    UnknownName,
    UnreadableSwitchFile,
)
from cutover_rollout._history import Change, history
from cutover_rollout._rules import ARMS, Rule, SwitchState
from cutover_rollout._switch_file import AlreadySo, Switched, SwitchStatus, set_arm, status, switch_file_path

__all__ = [
    "ARMS",
    "AlreadySo",
    "Change",
    "DamagedSwitchFile",
    "ForeignSwitchFile",
    "NewerSwitchFile",
    "RolloutError",
    "Rule",
    "SwitchFileBusy",
    "SwitchFileError",
    "SwitchState",
    "SwitchStatus",
    "Switched",
    "UnknownArm",
    "UnknownName",
    "UnreadableSwitchFile",
    "history",
    "set_arm",
    "status",
    "switch_file_path",
]
