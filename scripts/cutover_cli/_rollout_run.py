"""``rollout run``: the controller, as a daemon or once for cron."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path

import click
from rich.markup import escape

from cutover_cli._console import console, error_console, print_json
from cutover_cli._rollout_options import Where, certified, located, stored
from cutover_cli._rollout_source import Source
from cutover_cli._rollout_view import looked_json, standing_line
from cutover_cli._unusable import Unusable
from cutover_rollout.controller import Decision, Phase, Rollout, Verdict, rollout_from_document
from cutover_rollout.runner import Controller, stands
from cutover_rollout.state import StateStore

TOLD = Path(".cutover", "rollout-told.json")
SETTLE = 10.0  # seconds


@click.command()
@click.option("--once", is_flag=True, help="Look once and end, for cron; every minute is often enough.")
@click.option("--require", is_flag=True, help="With --once: exit code 1 if it was taken back or cannot be judged.")
@stored
@certified
@located
def run(
    where: Where, stores: tuple[Path, ...], certificate: Path | None, legacy: Path | None, once: bool, require: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Lead the rollout: look at the evidence, decide, write, tell webhooks. Ctrl-C ends it.

    Start as many as you like, on several machines: one leads, another takes over within 15 seconds of its death. While
    none runs, workers stay as they are, and nothing is promoted or taken back by itself.
    """
    if require and not once:
        raise click.UsageError("--require says how a look ended: it goes with --once")
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("cutover_rollout").setLevel(logging.INFO)
    source = Source(where, stores, certificate=certificate, legacy=legacy)
    state = where.state()
    try:
        controller = Controller(state, source, told=where.root / TOLD)
        if not once:
            return _on_and_on(controller, state.where)
        _tell_missing(where, stores)
        return _once(controller, state, where, require=require, as_json=as_json)
    finally:
        state.close()


def _tell_missing(where: Where, stores: tuple[Path, ...]) -> None:
    for path in where.missing_stores(stores):
        error_console().print(
            escape(f"there is no store {path}: nothing of it is counted"), style="yellow", soft_wrap=True
        )


def _once(controller: Controller, state: StateStore, where: Where, *, require: bool, as_json: bool) -> int:
    try:
        decision = controller.step()
        standing = controller.standing
        rollout = rollout_from_document(state.read().document) if decision is None else decision.rollout
    finally:
        controller.close(settle=SETTLE)
    if rollout is None and where.lost:
        raise Unusable(where.lost)
    if as_json:
        looked = {} if rollout is None else {**stands(rollout), "killed": rollout.killed}
        print_json({"standing": standing, **(looked if decision is None else looked_json(decision))})
    else:
        said = standing if decision is None else f"{decision.verdict.value}: {decision.why}"
        console().print(escape(said), soft_wrap=True)
        if rollout is not None:
            console().print(standing_line(rollout))
    return 1 if require and _is_wrong(rollout, decision) else 0


def _is_wrong(rollout: Rollout | None, decision: Decision | None) -> bool:
    taken_back = rollout is None or rollout.killed or rollout.phase is Phase.ROLLED_BACK
    return taken_back or (decision is not None and decision.verdict in {Verdict.ROLL_BACK, Verdict.CANNOT_JUDGE})


def _on_and_on(controller: Controller, shown: str) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    error_console().print(
        escape(f"leading the rollout in {shown} as {controller.holder}; Ctrl-C ends it"), soft_wrap=True
    )
    try:
        controller.run(stop)
    finally:
        controller.close(settle=SETTLE)
    return 0
