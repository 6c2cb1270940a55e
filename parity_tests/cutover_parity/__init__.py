"""Parity harness: record an application's traffic, replay it through two arms, and say where they differ."""

from cutover_parity._messages import Answer, Exchange, Failure, Request, Route
from cutover_parity.arms._arm import ArmSetup, ArmSpec
from cutover_parity.arms._hooks import find_hooks
from cutover_parity.arms._http_stubs import Depth
from cutover_parity.arms._plan import ReplayPlan, SitePlan, plan_of, read_plan
from cutover_parity.arms._revisions import RevisionTree, revision_tree, uncommitted
from cutover_parity.autorecord import run_recorded
from cutover_parity.cases._case_stream import CaseStream, cases_from
from cutover_parity.cases._cases import Case
from cutover_parity.cases._places import place_of
from cutover_parity.cases._script import Script, Step
from cutover_parity.compare._clusters import Cluster, Representative
from cutover_parity.compare._compare import Comparer, Difference, Ignored, Match, Mismatch, Verdict, compare
from cutover_parity.compare._signature import Signature
from cutover_parity.errors import (
    AppNotLoaded,
    ArmError,
    CommandNotStarted,
    DamagedRecording,
    EngineError,
    ExpiredNoise,
    HookFailed,
    HooksRefused,
    NewerRecording,
    NoOpenApi,
    NoSeed,
    NotACertificate,
    NotARecording,
    NotFinding,
    NotFinishable,
    NotImportable,
    NotNoiseRules,
    NotSeeds,
    ParityError,
    PlanError,
    RecordingError,
    RevisionRefused,
    SecretLeft,
    UnknownArm,
    UnknownRequirement,
    WorkerDied,
)
from cutover_parity.imports import import_routes
from cutover_parity.noise._noise import NoiseRule, NoiseRules, read_noise, write_noise
from cutover_parity.noise._noise_learnt import learn_noise
from cutover_parity.noise._noise_trial import learn_noise_of
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._record_server import record, recording_server
from cutover_parity.recorder._recorded_run import RecordedRun
from cutover_parity.recorder._recorder import Recorder
from cutover_parity.recorder._sampling import Sampling
from cutover_parity.recorder._wsgi_recorder import WsgiRecorder
from cutover_parity.recordings._recording import (
    Damage,
    Recording,
    RecordingWriter,
    SecretFound,
    check_recording,
    finish_recording,
    read_recording,
    read_routes,
    read_summary,
)
from cutover_parity.replay._certificate import (
    Certificate,
    Invalid,
    Valid,
    Validity,
    certificate_of,
    read_certificate,
    valid_for,
    write_certificate,
)
from cutover_parity.replay._counterexample import write_counterexample
from cutover_parity.replay._coverage import Cell, Coverage, Edge, coverage_to_json
from cutover_parity.replay._duel import Duel
from cutover_parity.replay._examples import shrunk, write_counterexamples
from cutover_parity.replay._findings import CaseError, Pair
from cutover_parity.replay._lanes import Job
from cutover_parity.replay._replay import ReplayReport, job_of, replay, run_job
from cutover_parity.replay._report import coverage_lines, dump_report, report_text, report_to_json, statement_lines
from cutover_parity.replay._requirement import Enough, Judgement, Lacking, check_requirement, judged
from cutover_parity.replay._shrink import shrink
from cutover_parity.replay._tally import Count, Tally
from cutover_parity.replay._timelines import Moment, Timeline
from cutover_parity.replay._tree_hash import Tree, tree_of
from cutover_parity.reports import coverage_page, html_report, junit_report
from cutover_parity.secrets._secrets import Scrubber

__all__ = [
    "Answer",
    "AppNotLoaded",
    "ArmError",
    "ArmSetup",
    "ArmSpec",
    "Case",
    "CaseError",
    "CaseStream",
    "Cell",
    "Certificate",
    "Cluster",
    "CommandNotStarted",
    "Comparer",
    "Count",
    "Coverage",
    "Damage",
    "DamagedRecording",
    "Depth",
    "Difference",
    "Duel",
    "Edge",
    "EngineError",
    "Enough",
    "Exchange",
    "ExpiredNoise",
    "Failure",
    "HookFailed",
    "HooksRefused",
    "Ignored",
    "Invalid",
    "Job",
    "Judgement",
    "Lacking",
    "Match",
    "Mismatch",
    "Moment",
    "NewerRecording",
    "NoOpenApi",
    "NoSeed",
    "NoiseRule",
    "NoiseRules",
    "NotACertificate",
    "NotARecording",
    "NotFinding",
    "NotFinishable",
    "NotImportable",
    "NotNoiseRules",
    "NotSeeds",
    "Pair",
    "ParityError",
    "PlanError",
    "RecordedRun",
    "Recorder",
    "RecorderOptions",
    "Recording",
    "RecordingError",
    "RecordingWriter",
    "ReplayPlan",
    "ReplayReport",
    "Representative",
    "Request",
    "RevisionRefused",
    "RevisionTree",
    "Route",
    "Sampling",
    "Script",
    "Scrubber",
    "SecretFound",
    "SecretLeft",
    "Signature",
    "SitePlan",
    "Step",
    "Tally",
    "Timeline",
    "Tree",
    "UnknownArm",
    "UnknownRequirement",
    "Valid",
    "Validity",
    "Verdict",
    "WorkerDied",
    "WsgiRecorder",
    "cases_from",
    "certificate_of",
    "check_recording",
    "check_requirement",
    "compare",
    "coverage_lines",
    "coverage_page",
    "coverage_to_json",
    "dump_report",
    "find_hooks",
    "finish_recording",
    "html_report",
    "import_routes",
    "job_of",
    "judged",
    "junit_report",
    "learn_noise",
    "learn_noise_of",
    "place_of",
    "plan_of",
    "read_certificate",
    "read_noise",
    "read_plan",
    "read_recording",
    "read_routes",
    "read_summary",
    "record",
    "recording_server",
    "replay",
    "report_text",
    "report_to_json",
    "revision_tree",
    "run_job",
    "run_recorded",
    "shrink",
    "shrunk",
    "statement_lines",
    "tree_of",
    "uncommitted",
    "valid_for",
    "write_certificate",
    "write_counterexample",
    "write_counterexamples",
    "write_noise",
]
