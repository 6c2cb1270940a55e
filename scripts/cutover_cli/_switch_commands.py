"""``switch on``, ``switch off``, ``switch status``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from cutover_cli._console import console, error_console, print_json, table
from cutover_cli._inputs import named_root
from cutover_cli._rollout_options import followed_state
from cutover_cli._switch_options import options, scope, share_option
from cutover_cli._unusable import Unusable
from cutover_migrate import journal_of
from cutover_migrate.apply import Journal
from cutover_rollout import (
    AlreadySo,
    Rule,
    SaidHere,
    SwitchStatus,
    end_kill,
    said_here,
    set_arm,
    set_share,
    switch_file_path,
)
from cutover_rollout import kill as kill_here
from cutover_rollout import status as read_status

FINISHED = "this cutover is finished: there is one arm, and the switch has no effect"


@click.group()
def switch() -> None:
    """Say which arm serves which site and provider; running workers follow within a second."""


@switch.command()
@scope
@share_option
@options
def on(share: float | None, **scope: Any) -> int:
    """Put the registry arm on."""
    return _set("registry", share, **scope)


@switch.command()
@scope
@options
def off(**scope: Any) -> int:
    """Go back to the legacy arm."""
    return _set("legacy", None, **scope)


@switch.command()
@options
def kill(root: Path | None, path: Path | None, as_json: bool) -> int:
    """Put everything on the legacy arm at once, whatever any rule says, until `switch release`."""
    top = named_root(root)
    journal = _journal(top, path)
    file = kill_here(path or _file(top))
    if as_json:
        print_json({"kill": True, "file": str(file)})
        return 0
    said = f"killed: everything goes to the legacy arm until {file} is removed (cutover switch release)"
    console().print(escape(said), soft_wrap=True, highlight=False)
    if journal is not None and journal.state == "finished":
        error_console().print(FINISHED)
    return 0


@switch.command()
@options
def release(root: Path | None, path: Path | None, as_json: bool) -> int:
    """End a kill: the rules decide again, or the state that the workers follow."""
    top = named_root(root)
    was, followed = end_kill(path or _file(top)), followed_state(top) if path is None else None
    if as_json:
        print_json({"kill": False, "changed": was, **_follows(followed)})
        return 0
    decides = "the rules of the switch decide again" if followed is None else f"the state {followed} decides again"
    console().print(escape(decides) if was else "nothing was killed here", soft_wrap=True)
    return 0


@switch.command()
@options
def status(root: Path | None, path: Path | None, as_json: bool) -> int:
    """Show which arm serves each site, provider by provider, by the rules of this machine's switch file."""
    top = named_root(root)
    journal, followed = _journal(top, path), followed_state(top) if path is None else None
    file = path or _file(top)
    found, here = read_status(file), said_here(file)
    sites = journal.sites if journal else ()
    arms = {site["name"]: {key: _arm(found, here, site["name"], key) for key in site["table_keys"]} for site in sites}
    if as_json:
        state = journal.state if journal else None
        rules = [rule.as_json() for rule in found.rules]
        kill = {"kill": found.state.kill or here.kill, "quarantined": _quarantined(found, here)}
        print_json({"file": str(file), "state": state, "rules": rules, **kill, "sites": arms, **_follows(followed)})
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
    _print_rest(found, here, file)
    if followed is not None:
        _print_followed(followed)
    return 0


def _arm(found: SwitchStatus, here: SaidHere, site: str, key: str) -> str:
    return "legacy" if here.kill or key in here.quarantined else found.arm(site, key)


def _quarantined(found: SwitchStatus, here: SaidHere) -> list[str]:
    return sorted({*found.state.quarantined, *here.quarantined})


def _add_arms(rows: Table, arms: Mapping[str, str], *, name: str) -> None:
    """One row for each arm that serves something of a site."""
    for arm, colour in (("registry", "green"), ("by route", "cyan"), ("legacy", "yellow")):
        chosen = [key for key, value in arms.items() if value == arm]
        if chosen:
            whole = f"all {len(chosen)}" if len(chosen) == len(arms) else ", ".join(chosen)
            rows.add_row(name, f"[{colour}]{arm}[/]", escape(whole))


def _print_rest(found: SwitchStatus, here: SaidHere, file: Path) -> None:
    """What the table cannot show: rules by route, kill, quarantine."""
    by_route = [rule for rule in found.rules if rule.share is not None or rule.conditional]
    if by_route:
        console().print("by route, the last that speaks of it wins:")
    for rule in by_route:
        console().print(f"  {_said(rule.arm or 'registry', rule.share)} for {_whole(rule)}", highlight=False)
    if found.state.kill:
        console().print("[red]killed: everything is on the legacy arm, the switch file says so[/]")
    if here.kill:
        lasting = f"until {file.with_name('kill')} is removed (cutover switch release)"
        killed = escape(f"killed: everything is on the legacy arm {lasting}")
        console().print(f"[red]{killed}[/]", soft_wrap=True)
    if _quarantined(found, here):
        console().print(f"quarantined: {escape(', '.join(_quarantined(found, here)))}")


def _set(
    arm: str, share: float | None, *, site: str, provider: str, tenant: str | None, header: tuple[str, str] | None,
    root: Path | None, path: Path | None, as_json: bool,
) -> int:  # fmt: skip
    top = named_root(root)
    journal = _journal(top, path)
    known = {each["name"]: each["table_keys"] for each in journal.sites} if journal else {}
    served = [known[site]] if site in known else known.values()
    where: dict[str, Any] = {
        "site": site,
        "provider": provider,
        "tenant": tenant,
        "header": header,
        "known_sites": tuple(known),
        "known_providers": tuple(dict.fromkeys(key for keys in served for key in keys)),
    }
    file = path or _file(top)
    outcome = set_arm(file, arm, **where) if share is None else set_share(file, share, **where)
    changed, followed = not isinstance(outcome, AlreadySo), followed_state(top) if path is None else None
    if as_json:
        print_json({**outcome.rule.as_json(), "arm": arm, "changed": changed, **_follows(followed)})
        return 0 if followed is None else 1
    said, whole = _said(arm, share), _whole(outcome.rule)
    console().print(f"{said} for {whole}" if changed else f"{whole} is on the {said} already", highlight=False)
    if journal is not None and journal.state == "finished":
        error_console().print(FINISHED)
    elif said_here(file).kill:
        said = f"{file.with_name('kill')} is there: everything stays on the legacy arm"
        error_console().print(escape(said), soft_wrap=True)
    if followed is not None:
        _print_followed(followed)
        return 1
    return 0


def _follows(followed: str | None) -> dict[str, str]:
    return {} if followed is None else {"follows": followed}


def _print_followed(followed: str) -> None:
    said = (
        f"a rollout was started here: workers that follow {followed} do not heed this file's rules. Where they stand:"
        " `cutover rollout status`; the way back: `cutover rollout kill`"
    )
    error_console().print(escape(said), style="bold red", soft_wrap=True)


def _said(arm: str, share: float | None) -> str:
    return f"{arm} arm" if share is None else f"{arm} arm at {share * 100:g} %"


def _whole(rule: Rule) -> str:
    """Of what a rule speaks, in words."""
    if (rule.site, rule.provider) == ("*", "*") and not rule.conditional:
        return "everything"
    said = f"site {rule.site}, provider {rule.provider}"
    said += "" if rule.tenant is None else f", tenant {rule.tenant}"
    said += "" if rule.header is None else f", header {rule.header[0]}: {rule.header[1]}"
    return escape(said)


def _journal(root: Path, path: Path | None) -> Journal | None:
    """The journal of a project; ``None`` is allowed only where a switch file is named."""
    journal = journal_of(root)
    if journal is None and path is None:
        raise Unusable(
            f"{root}: nothing is applied there, so there is nothing to switch; run `cutover apply` first, "
            "or name the project's root with --root or a switch file with --file"
        )
    return journal


def _file(root: Path) -> Path:
    """The file that workers of this project read, where CUTOVER_SWITCH_FILE says so elsewhere."""
    return switch_file_path(root)
