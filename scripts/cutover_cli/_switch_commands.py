"""``switch on``, ``switch off``, ``switch status``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from cutover_cli._console import console, error_console, print_json, table
from cutover_cli._inputs import named_root
from cutover_migrate import BadInput, journal_of
from cutover_migrate.apply import Journal
from cutover_rollout import AlreadySo, set_arm, switch_file_path
from cutover_rollout import status as read_status

Command = Callable[..., Any]
FINISHED = "this cutover is finished: there is one arm, and the switch has no effect"


def options(command: Command) -> Command:
    """The options that the three share."""
    for option in (
        click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The project's root folder."),
        click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="The switch file itself."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON for machines."),
    ):
        command = option(command)
    return command


@click.group()
def switch() -> None:
    """Say which arm serves which site and provider; running workers follow within a second."""


@switch.command()
@click.option("--site", default="*", help="One site (default: all).")
@click.option("--provider", default="*", help="One provider (default: all).")
@options
def on(site: str, provider: str, root: Path | None, path: Path | None, as_json: bool) -> int:
    """Put the registry arm on."""
    return _set("registry", site, provider, root, path, as_json=as_json)


@switch.command()
@click.option("--site", default="*", help="One site (default: all).")
@click.option("--provider", default="*", help="One provider (default: all).")
@options
def off(site: str, provider: str, root: Path | None, path: Path | None, as_json: bool) -> int:
    """Go back to the legacy arm."""
    return _set("legacy", site, provider, root, path, as_json=as_json)


@switch.command()
@options
def status(root: Path | None, path: Path | None, as_json: bool) -> int:
    """Show which arm serves each site, provider by provider."""
    top = named_root(root)
    journal = _journal(top, path)
    found = read_status(path or _file(top))
    sites = journal.sites if journal else ()
    arms = {site["name"]: {key: found.arm(site["name"], key) for key in site["table_keys"]} for site in sites}
    if as_json:
        state = journal.state if journal else None
        rules = [asdict(rule) for rule in found.rules]
        print_json({"file": str(path or _file(top)), "state": state, "rules": rules, "sites": arms})
        return 0
    if journal is not None and journal.state == "finished":
        console().print(FINISHED)
        return 0
    rows = table("site:whole", "arm", "providers")
    for site in sites:
        _add_arms(rows, arms[site["name"]], name=site["name"])
        if site["kept_keys"]:
            rows.add_row(site["name"], "kept", escape(", ".join(site["kept_keys"])), style="dim")
    console().print(rows)
    return 0


def _add_arms(rows: Table, arms: Mapping[str, str], *, name: str) -> None:
    """One row for each arm that serves something of a site."""
    for arm, colour in (("registry", "green"), ("legacy", "yellow")):
        chosen = [key for key, value in arms.items() if value == arm]
        if chosen:
            whole = f"all {len(chosen)}" if len(chosen) == len(arms) else ", ".join(chosen)
            rows.add_row(name, f"[{colour}]{arm}[/]", escape(whole))


def _set(arm: str, site: str, provider: str, root: Path | None, path: Path | None, *, as_json: bool) -> int:
    top = named_root(root)
    journal = _journal(top, path)
    known = {each["name"]: each["table_keys"] for each in journal.sites} if journal else {}
    served = [known[site]] if site in known else known.values()
    outcome = set_arm(
        path or _file(top),
        arm,
        site=site,
        provider=provider,
        known_sites=tuple(known),
        known_providers=tuple(dict.fromkeys(key for keys in served for key in keys)),
    )
    changed = not isinstance(outcome, AlreadySo)
    if as_json:
        print_json({"arm": arm, "site": site, "provider": provider, "changed": changed})
        return 0
    whole = "everything" if (site, provider) == ("*", "*") else escape(f"site {site}, provider {provider}")
    console().print(f"{arm} arm for {whole}" if changed else f"{whole} is on the {arm} arm already")
    if journal is not None and journal.state == "finished":
        error_console().print(FINISHED)
    return 0


def _journal(root: Path, path: Path | None) -> Journal | None:
    """The journal of a project; ``None`` is allowed only where a switch file is named."""
    journal = journal_of(root)
    if journal is None and path is None:
        raise BadInput(
            f"{root}: nothing is applied there, so there is nothing to switch; run `cutover apply` first, "
            "or name the project's root with --root or a switch file with --file"
        )
    return journal


def _file(root: Path) -> Path:
    """The file that workers of this project read, where CUTOVER_SWITCH_FILE says so elsewhere."""
    return switch_file_path(root)
