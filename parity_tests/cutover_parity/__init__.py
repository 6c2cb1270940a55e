"""Parity harness: record an application's traffic, replay it through two arms, and say where they differ."""

from cutover_parity._arm import ArmSpec
from cutover_parity._cases import Case, cases_from
from cutover_parity._compare import Difference, Ignored, Match, Mismatch, Verdict, compare
from cutover_parity._coverage import Cell, Coverage
from cutover_parity._messages import Answer, Exchange, Failure, Request, Route
from cutover_parity._plan import ReplayPlan, SitePlan, plan_of, read_plan
from cutover_parity._record_server import record, recording_server
from cutover_parity._recorder import Recorder
from cutover_parity._recording import Recording, RecordingWriter, read_recording
from cutover_parity._replay import CaseError, Pair, ReplayReport, replay
from cutover_parity._report import coverage_lines, dump_report, report_text, report_to_json
from cutover_parity._script import Script, Step
from cutover_parity._secrets import Scrubber
from cutover_parity.errors import (
    AppNotLoaded,
    ArmError,
    DamagedRecording,
    NewerRecording,
    NoSeed,
    NotARecording,
    ParityError,
    PlanError,
    RecordingError,
    UnknownArm,
    WorkerDied,
)

__all__ = [
    "Answer",
    "AppNotLoaded",
    "ArmError",
    "ArmSpec",
    "Case",
    "CaseError",
    "Cell",
    "Coverage",
    "DamagedRecording",
    "Difference",
    "Exchange",
    "Failure",
    "Ignored",
    "Match",
    "Mismatch",
    "NewerRecording",
    "NoSeed",
    "NotARecording",
    "Pair",
    "ParityError",
    "PlanError",
    "Recorder",
    "Recording",
    "RecordingError",
    "RecordingWriter",
    "ReplayPlan",
    "ReplayReport",
    "Request",
    "Route",
    "Script",
    "Scrubber",
    "SitePlan",
    "Step",
    "UnknownArm",
    "Verdict",
    "WorkerDied",
    "cases_from",
    "compare",
    "coverage_lines",
    "dump_report",
    "plan_of",
    "read_plan",
    "read_recording",
    "record",
    "recording_server",
    "replay",
    "report_text",
    "report_to_json",
]
