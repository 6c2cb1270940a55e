"""The judge: whether a candidate arm is better, same or worse than the control that runs beside it.

from cutover_telemetry.judge import Counts, Judge, Metric, Minute, judgement

judge = Judge("groq")
judge.add(Minute(0, {Metric.ERRORS: (Counts(candidate=(4, 300), control=(3, 300)),)}, 300, 300, share=0.5))
judgement(judge).verdict
"""

from cutover_telemetry.judge._cells import Cell, Cells, Pair, beside, is_timeout
from cutover_telemetry.judge._collect import Seen, cells, moment, of_records, read_attempts
from cutover_telemetry.judge._compare import Comparing, Comparison, compare, minute_of, together
from cutover_telemetry.judge._counts import QUANTILES, Counts, Metric, Minute
from cutover_telemetry.judge._distribution import Distribution, Values, pooled_quantile
from cutover_telemetry.judge._effects import Effect, Estimate, effects
from cutover_telemetry.judge._errors import AlphaSpent, JudgeError, NotAState, NotAttempts, NotCounts
from cutover_telemetry.judge._evidence import Evidence, Found, Gate, Guard, Milestone
from cutover_telemetry.judge._interval import Interval, interval, minutes_until
from cutover_telemetry.judge._judge import Contest, Judge
from cutover_telemetry.judge._judgement import judgement
from cutover_telemetry.judge._ledger import ALPHA, Entry, Ledger, stage_weights
from cutover_telemetry.judge._outage import Outage
from cutover_telemetry.judge._pairs import Pairs
from cutover_telemetry.judge._plan import DEFAULT_METRICS, DEFAULT_MILESTONES, JudgePlan, MetricPlan
from cutover_telemetry.judge._split import Split
from cutover_telemetry.judge._state import judge_from_json, judge_to_json
from cutover_telemetry.judge._stored import sliced_cells, stored_cells
from cutover_telemetry.judge._thresholds import Thresholds
from cutover_telemetry.judge._verdicts import Judgement, MetricVerdict, Need, Rates, Verdict
from cutover_telemetry.judge._windows import WindowComparison, WindowJudgement, WindowVerdict, compare_windows

__all__ = [
    "ALPHA",
    "DEFAULT_METRICS",
    "DEFAULT_MILESTONES",
    "QUANTILES",
    "AlphaSpent",
    "Cell",
    "Cells",
    "Comparing",
    "Comparison",
    "Contest",
    "Counts",
    "Distribution",
    "Effect",
    "Entry",
    "Estimate",
    "Evidence",
    "Found",
    "Gate",
    "Guard",
    "Interval",
    "Judge",
    "JudgeError",
    "JudgePlan",
    "Judgement",
    "Ledger",
    "Metric",
    "MetricPlan",
    "MetricVerdict",
    "Milestone",
    "Minute",
    "Need",
    "NotAState",
    "NotAttempts",
    "NotCounts",
    "Outage",
    "Pair",
    "Pairs",
    "Rates",
    "Seen",
    "Split",
    "Thresholds",
    "Values",
    "Verdict",
    "WindowComparison",
    "WindowJudgement",
    "WindowVerdict",
    "beside",
    "cells",
    "compare",
    "compare_windows",
    "effects",
    "interval",
    "is_timeout",
    "judge_from_json",
    "judge_to_json",
    "judgement",
    "minute_of",
    "minutes_until",
    "moment",
    "of_records",
    "pooled_quantile",
    "read_attempts",
    "sliced_cells",
    "stage_weights",
    "stored_cells",
    "together",
]
