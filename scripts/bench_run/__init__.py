"""The parts of ``scripts/bench_peers.py``: processes, rounds, figures, limits, and what people read.

What runs inside the measured processes is in `bench_worker`.
"""

from bench_run._contenders import ALL, OURS, PEERS, TRANSPORTS
from bench_run._figures import Figure, Spread, figures_of
from bench_run._imports import ImportFigure, import_figures
from bench_run._limits import Verdict, verdicts_of
from bench_run._machine import Machine
from bench_run._page import Result, page, tables
from bench_run._peers_venv import peers_python
from bench_run._processes import Failed, Server, Worker
from bench_run._rounds import Pace, Sample, measured

__all__ = [
    "ALL",
    "OURS",
    "PEERS",
    "TRANSPORTS",
    "Failed",
    "Figure",
    "ImportFigure",
    "Machine",
    "Pace",
    "Result",
    "Sample",
    "Server",
    "Spread",
    "Verdict",
    "Worker",
    "figures_of",
    "import_figures",
    "measured",
    "page",
    "peers_python",
    "tables",
    "verdicts_of",
]
