"""``run``: run a command with what it serves instrumented, and nothing of the application edited.

Example: ``cutover run -- uvicorn shop:app --workers 2``
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from cutover_telemetry import DIALECTS, run_instrumented

STORE = Path(".cutover/telemetry.db")
ENVIRONMENT = "environment"
FORMS = ("call", "http")
SHADOW = Path(".cutover/shadow")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), default=STORE, show_default=True,
              help="Keep records of routes and attempts in this file.")  # fmt: skip
@click.option("--no-store", is_flag=True, help="Keep no records in a file.")
@click.option("--otlp", is_flag=False, flag_value=ENVIRONMENT, metavar="[URL]",
              help="Export spans and metrics to this OTLP endpoint (default: as the environment says).")  # fmt: skip
@click.option("--console", is_flag=True, help="Print a line for each span.")
@click.option("--dialect", type=click.Choice(list(DIALECTS)),
              help="How names are spelt (default: as OTEL_SEMCONV_STABILITY_OPT_IN says).")  # fmt: skip
@click.option("--shadow", type=click.Choice(FORMS), is_flag=False, flag_value="http", metavar="[FORM]",
              help="Run the registry arm beside the legacy one, in a process without network (http).")  # fmt: skip
@click.option("--shadow-folder", type=click.Path(path_type=Path, file_okay=False), default=SHADOW, show_default=True,
              help="Where the shadow counts pairs and records mismatches.")  # fmt: skip
@click.option("--shadow-sample", type=click.FloatRange(0, 1), default=1.0, show_default=True,
              help="The share of the routes that are shadowed.")  # fmt: skip
def run(
    command: tuple[str, ...],
    store: Path,
    no_store: bool,
    otlp: str | None,
    console: bool,
    dialect: str | None,
    shadow: str | None,
    shadow_folder: Path,
    shadow_sample: float,
) -> int:
    """Run COMMAND with its routes and provider calls observed.

    Its Python processes give whatever uvicorn, hypercorn, gunicorn, waitress, flask or a server on wsgiref serves a
    middleware, and listen to each provider call of a migrated gateway. COMMAND takes the place of cutover: signals,
    output and exit code are its own. What is observed goes to --store.
    """
    options: dict[str, object] = {
        "store": None if no_store else str(store.absolute()),
        "otlp": True if otlp == ENVIRONMENT else otlp or False,
        "console": console,
        "dialect": dialect,
    }
    if shadow is not None:
        asked = {"folder": str(shadow_folder.absolute()), "budgets": {"form": shadow, "sample": shadow_sample}}
        os.environ["CUTOVER_SHADOW"] = json.dumps(asked)
        os.environ["CUTOVER_WRAP"] = "cutover_rollout.shadow.attach"
    run_instrumented(command, options)
