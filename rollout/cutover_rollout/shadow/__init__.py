"""The shadow: the registry arm runs beside the served legacy arm, where it cannot bill, write or slow anything.

from cutover_rollout.shadow import shadow_pairs

for minute in shadow_pairs(".cutover/shadow/counts.db"):
    print(minute.provider, minute.pairs, minute.candidate_only, minute.control_only)
"""

from cutover_rollout.shadow._budgets import FORMS, Budgets
from cutover_rollout.shadow._counts import ShadowMinute, ShadowStatus, shadow_pairs, shadow_status
from cutover_rollout.shadow._shadow import FOLDER, Shadow, start_shadow
from cutover_rollout.shadow.errors import ForeignCounts, InvalidBudget, NoCounts, ShadowError

__all__ = [
    "FOLDER",
    "FORMS",
    "Budgets",
    "ForeignCounts",
    "InvalidBudget",
    "NoCounts",
    "Shadow",
    "ShadowError",
    "ShadowMinute",
    "ShadowStatus",
    "shadow_pairs",
    "shadow_status",
    "start_shadow",
]
