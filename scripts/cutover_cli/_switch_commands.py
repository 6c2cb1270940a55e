"""``switch on``, ``switch off``, ``switch status``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cutover_cli._console import console, print_json, table
from cutover_cli._inputs import named_root
from cutover_migrate import BadInput, journal_of
from cutover_rollout import AlreadySo, set_arm
from cutover_rollout import status as read_status

Command = Callable[..., Any]


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
    sites = _known(top, path)
    found = read_status(path or _file(top))
    arms = {name: {key: found.arm(name, key) for key in keys} for name, keys in sites.items()}
    if as_json:
        print_json({"file": str(path or _file(top)), "rules": [asdict(rule) for rule in found.rules], "sites": arms})
        return 0
    rows = table("site", "arm", "providers")
    for name, keys in arms.items():
        for arm in ("registry", "legacy"):
            chosen = [key for key, value in keys.items() if value == arm]
            if chosen:
                rows.add_row(name, f"[{'green' if arm == 'registry' else 'yellow'}]{arm}[/]", ", ".join(chosen))
    console().print(rows)
    return 0


def _set(arm: str, site: str, provider: str, root: Path | None, path: Path | None, *, as_json: bool) -> int:
    top = named_root(root)
    known = _known(top, path)
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
    else:
        whole = "everything" if (site, provider) == ("*", "*") else f"site {site}, provider {provider}"
        console().print(f"{arm} arm for {whole}" if changed else f"{whole} is on the {arm} arm already")
    return 0


def _known(root: Path, path: Path | None) -> dict[str, list[str]]:
    """The sites of the journal with the keys of their tables; none where only a switch file is named."""
    journal = journal_of(root)
    if journal is None and path is None:
        raise BadInput(
            f"{root}: nothing is applied there, so there is nothing to switch; run `cutover apply` first, "
            "or name the project's root with --root or a switch file with --file"
        )
    return {site["name"]: list(site["table_keys"]) for site in journal.sites} if journal else {}


def _file(root: Path) -> Path:
    return root / ".cutover" / "switch.json"
