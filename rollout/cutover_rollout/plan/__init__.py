"""The plan of a rollout: its stages, how strictly is judged, and what happens to what is found.

from cutover_rollout.plan import default_plan, read_plan

plan = read_plan("rollout.toml")
"""

from cutover_rollout.plan._detect import Findable, Outlook, StageOutlook, detectability
from cutover_rollout.plan._errors import InvalidPlan, PlanError, UnreadablePlan
from cutover_rollout.plan._format import VERSION, plan_from_json, plan_to_json, read_plan
from cutover_rollout.plan._judging import judge_plan
from cutover_rollout.plan._records import RolloutPlan, Webhook, default_plan
from cutover_rollout.plan._stages import Stage
from cutover_rollout.plan._traffic import ProviderTraffic, SeenTraffic, read_traffic

__all__ = [
    "VERSION",
    "Findable",
    "InvalidPlan",
    "Outlook",
    "PlanError",
    "ProviderTraffic",
    "RolloutPlan",
    "SeenTraffic",
    "Stage",
    "StageOutlook",
    "UnreadablePlan",
    "Webhook",
    "default_plan",
    "detectability",
    "judge_plan",
    "plan_from_json",
    "plan_to_json",
    "read_plan",
    "read_traffic",
]
