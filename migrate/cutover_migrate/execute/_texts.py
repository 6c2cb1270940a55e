"""Execute texts, without a project: for tests and for generated programs."""

from __future__ import annotations

from collections.abc import Sequence

from cutover_migrate.execute._child import Limits, Texts, run_texts
from cutover_migrate.execute._records import ExecuteReport

SECONDS = 20.0
MEMORY_MIB = 768
ROUNDS = 8


def execute_texts(
    before: bytes,
    after: bytes,
    config: bytes,
    *,
    module: str = "app",
    config_module: str | None = None,
    stage: str = "applied",
    seconds: float = SECONDS,
    memory_mib: int = MEMORY_MIB,
    rounds: int = ROUNDS,
) -> ExecuteReport:
    """Execute one file before and after, in a child process of its own.

    Args:
        before: The legacy text.
        after: The rewritten text.
        config: The text of the config file.
        module: The dotted name of the file's module.
        config_module: The dotted name of the config file's module, where the rewritten file imports its tables.
        stage: ``applied`` or ``finished``.
        seconds: How much processor time one site may take; four times that and ten seconds more by the clock.
        memory_mib: How much memory the child may have, in MiB.
        rounds: How many schedules each key is run under.
    """
    arms = ("registry", "legacy") if stage == "applied" else ("registry",)
    texts = Texts(before, after, config, module=module, config_module=config_module, arms=arms)
    return execute_batch([texts], seconds=seconds, memory_mib=memory_mib, rounds=rounds)


def execute_batch(
    texts: Sequence[Texts], *, seconds: float = SECONDS, memory_mib: int = MEMORY_MIB, rounds: int = ROUNDS
) -> ExecuteReport:
    """Execute many files in one child process; ``file`` of each tells whose a site is."""
    return run_texts(texts, Limits(seconds=seconds, memory_mib=memory_mib, rounds=rounds))
