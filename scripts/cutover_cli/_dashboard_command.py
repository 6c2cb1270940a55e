"""``dashboard``: one page that says which provider is slow, who failed over to whom, and whether an arm is worse.

Example: ``cutover dashboard .cutover/telemetry.db``
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cutover_cli._listening import addressed, token_of
from cutover_cli._rollout_options import FOLDER, STATE_VARIABLE, anyhow
from cutover_cli._rollout_panel import Found
from cutover_cli._run_command import STORE
from cutover_telemetry import NotInstalled

PORT = 8710
TITLE = "provider-cutover"


@click.command()
@click.argument("store", required=False, default=STORE, metavar="[STORE]",
                type=click.Path(path_type=Path, dir_okay=False))  # fmt: skip
@addressed(PORT)
@click.option("--title", default=TITLE, show_default=True, help="What stands at the head of the page.")
@click.option(
    "--switch-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The switch that is shown and can be killed with the token. [default: the one of this folder]",
)
@click.option(
    "--state",
    envvar=STATE_VARIABLE,
    show_envvar=True,
    metavar="URL",
    help="The state of the rollout that is shown. [default: that of this folder]",
)
@click.option("--name", help="Name of the state there.")
@click.option("--root", type=FOLDER, help="The project whose switch and rollout are shown (default: found from here).")
def dashboard(
    store: Path, host: str, port: int, token_file: Path | None, title: str, switch_file: Path | None,
    state: str | None, name: str | None, root: Path | None,
) -> None:  # fmt: skip
    """Serve a page that shows what is in STORE, live (default: .cutover/telemetry.db).

    The store need not be there yet. Without a token only this machine is served; others sign in with it, over TLS that
    a proxy of yours adds. Ctrl-C ends it.
    """
    token = token_of(token_file)
    try:
        serving, made = import_module("cutover_cli._serving"), import_module("cutover_telemetry.dashboard")
        where = anyhow(root, state, name)
        panel = Found(lambda: anyhow(root, state, name), switch_file, store)
        actions = panel.actions() if token else {}
        app = made.dashboard(store, token=token, title=title, rollout=panel.shown, actions=actions)
        made.assets()
    except ModuleNotFoundError as error:
        raise NotInstalled("dashboards", missing=error.name, extra="dashboard") from error
    what = f"dashboard of {store}, with the switch and rollout of {where.root}"
    serving.serve(app, host, port, token=token, what=what, ending=app.state.live.end)
