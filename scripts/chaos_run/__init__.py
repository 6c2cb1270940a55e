"""A chaos run: the migrated example gateway in several processes, an upstream that fails in every way, and a reckoning.

Example: ``findings = run(Chaos(routes=300))``; each `Finding` says what was to be equal and whether it was.
"""

from chaos_run._drive import Chaos
from chaos_run._reckon import Finding
from chaos_run._run import run

__all__ = ["Chaos", "Finding", "run"]
