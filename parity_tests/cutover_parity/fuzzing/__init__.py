"""Fuzzing, beside the main door since it imports Hypothesis: `fuzz`, its seeds, and what it found."""

from cutover_parity.fuzzing._fuzz import FuzzReport, fuzz
from cutover_parity.fuzzing._fuzz_report import dump_fuzz, fuzz_lines, fuzz_to_json
from cutover_parity.fuzzing._hunt import Finding, Limits
from cutover_parity.fuzzing._openapi import openapi_seeds, seeds_from_openapi
from cutover_parity.fuzzing._past import read_findings, write_findings
from cutover_parity.fuzzing._probing import Probed, probe
from cutover_parity.fuzzing._seeds import Seed, read_seeds, recorded_seeds

__all__ = [
    "Finding",
    "FuzzReport",
    "Limits",
    "Probed",
    "Seed",
    "dump_fuzz",
    "fuzz",
    "fuzz_lines",
    "fuzz_to_json",
    "openapi_seeds",
    "probe",
    "read_findings",
    "read_seeds",
    "recorded_seeds",
    "seeds_from_openapi",
    "write_findings",
]
