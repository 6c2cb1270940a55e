"""``rollout kill``, ``release``, ``quarantine``: on this machine by a file, everywhere else by the state.

They need no controller, and the half on this machine needs no state, no settings and no mark. What is said first is
what was reached; exit code 1 says that it is not everybody, or perhaps nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click
from rich.markup import escape

from cutover_cli._completion import journal_keys
from cutover_cli._console import console, error_console, print_json
from cutover_cli._rollout_names import unknown
from cutover_cli._rollout_options import Where, complete_providers, located, said_by
from cutover_rollout import RolloutError
from cutover_rollout.controller import rollout_from_document
from cutover_rollout.runner import Halves, kill_all, quarantine_all, release_all
from cutover_rollout.state import StateError, StateStore

AGAIN = "Its rollout goes on as it was: once it answers, say it again; until then say it on every other machine too"


def anyhow_located(command: Callable[..., int]) -> Callable[..., int]:
    """Where it is, whatever is wrong with settings or mark."""
    return located(command, whatever=True)


@click.command()
@said_by
@anyhow_located
def kill(where: Where, by: str, why: str, as_json: bool) -> int:
    """Put everything on the legacy arm at once, whatever is said elsewhere, until `release`.

    This machine's workers are told by a file, which works without the state; all others by the state. Exit code 1 if
    either could not be told, or if nobody may be listening.
    """
    at_home, (state, problem) = where.at_home, _opened(where)
    halves = _with(kill_all(where.switch, state, at=time.time(), by=by, why=why or "killed by hand"), problem)
    return _told(
        halves, _head(where, halves, "killed: everything is", "release"), _doubts(where, halves, at_home=at_home),
        as_json=as_json,
    )  # fmt: skip


@click.command()
@click.argument("provider", shell_complete=complete_providers)
@said_by
@anyhow_located
def quarantine(where: Where, provider: str, by: str, why: str, as_json: bool) -> int:
    """Put PROVIDER on the legacy arm at every site, until `release PROVIDER`.

    Exit code 1 as for `kill`, and for a provider that is not known here: it is written all the same.
    """
    at_home, (state, problem) = where.at_home, _opened(where)
    halves = _with(
        quarantine_all(where.switch, state, provider, at=time.time(), by=by, why=why or "quarantined by hand"), problem
    )
    doubts = _doubts(where, halves, at_home=at_home)
    doubts += [
        f"it was written all the same, but {each}" for each in unknown("provider", [provider], _known(where, state))
    ]
    head = _head(where, halves, f"quarantined: {provider} is", f"release {provider}")
    return _told(halves, head, doubts, as_json=as_json)


@click.command()
@click.argument("provider", required=False, shell_complete=complete_providers)
@click.option("--force", is_flag=True, help="Also where this machine alone was killed and the rollout goes on.")
@said_by
@located
def release(where: Where, provider: str | None, force: bool, by: str, why: str, as_json: bool) -> int:
    """End a kill, or the quarantine of PROVIDER.

    A rollout that was killed stays rolled back; `start` begins it again. Where the state was never told of the kill,
    its rollout goes on, and nothing is released: that would bring its share back. Kill files of other machines stay:
    release them there.
    """
    what = "the kill" if provider is None else f"the quarantine of {provider}"
    state, problem = _opened(where)
    if problem is not None:
        return _released(Halves(problem=problem), what, as_json=as_json)
    why = why or "released by hand"
    halves = release_all(where.switch, state, provider, at=time.time(), by=by, why=why, force=force)
    return _released(halves, what, as_json=as_json)


def _opened(where: Where) -> tuple[StateStore | None, str | None]:
    """The state, if one is known, or why there is none: this machine is told all the same."""
    if not where.known:
        return None, None
    if where.missing is not None:
        return None, f"there is no file {where.missing}; do the workers follow another one?"
    try:
        return where.state(), None
    except StateError as error:
        return None, str(error)


def _with(halves: Halves, problem: str | None) -> Halves:
    return halves if problem is None else replace(halves, problem=problem)


def _head(where: Where, halves: Halves, said: str, back: str) -> str:
    until = f"until `cutover rollout {back}`"
    if halves.version is None and halves.refused is None:
        if halves.file is None:
            return "nobody was told"
        return f"on this machine only, {said} on the legacy arm for workers that read {where.switch}, {until}"
    if halves.file is None:
        return f"{said} on the legacy arm for workers that follow the state, {until}"
    return f"{said} on the legacy arm {until}"


def _doubts(where: Where, halves: Halves, *, at_home: bool) -> list[str]:
    """Why it may not be everybody, or nobody at all."""
    found = [] if where.problem is None else [where.problem]
    if halves.unwritten is not None:
        found.append(f"this machine: {halves.unwritten}")
    if halves.problem is not None:
        found.append(f"the state was not told ({halves.problem}). {AGAIN}")
    if halves.empty is not None:
        found.append(f"no rollout is at {halves.empty} ({where.name}): nobody may be following it")
    if not at_home and halves.version is None and halves.refused is None:
        found.append(f"no cutover is applied here ({where.root}): is this the gateway's root?")
    return found


def _known(where: Where, state: StateStore | None) -> list[str]:
    """The providers of the project and of the rollout's plan; none where they are not known."""
    known = set(journal_keys(where.root))
    with suppress(RolloutError):
        rollout = None if state is None else rollout_from_document(state.read().document)
        known |= set() if rollout is None else {*rollout.providers, *rollout.plan.providers} - {"*"}
    return sorted(known)


def _told(halves: Halves, head: str, doubts: Sequence[str], *, as_json: bool) -> int:
    if as_json:
        print_json({**_halves_json(halves), "doubts": list(doubts)})
    else:
        console().print(escape(head), soft_wrap=True)
        _print_halves(halves)
        for doubt in doubts:
            error_console().print(escape(doubt), style="bold red", soft_wrap=True)
    return 1 if doubts else 0


def _released(halves: Halves, what: str, *, as_json: bool) -> int:
    kept = ""
    if halves.share is not None:
        kept = (
            "the state was never told of this machine's kill, and its rollout goes on with"
            f" {100 * halves.share:g} %, which would come back here. Say `cutover rollout kill` again and then"
            " `release`, or `release --force`"
        )
    elif halves.problem is not None:
        kept = (
            f"the state could not be told ({halves.problem}); once it answers, say it again."
            " `cutover switch release` ends what this machine's file says, without it"
        )
    if as_json:
        doubts = [each for each in (kept, halves.unwritten) if each]
        print_json({**_halves_json(halves), "doubts": doubts})
    elif kept:
        error_console().print(escape(f"nothing was released: {kept}"), style="bold red", soft_wrap=True)
    elif halves.unwritten is not None:
        whom = "for workers that follow the state" if halves.version is not None else "nowhere"
        console().print(escape(f"released {whom}: {what}"), soft_wrap=True)
        _print_halves(halves)
        error_console().print(escape(f"this machine: {halves.unwritten}"), style="bold red", soft_wrap=True)
    elif halves.file is None and halves.version is None:
        console().print(escape(f"nothing to release: {halves.refused or f'nobody said {what}'}"), soft_wrap=True)
    else:
        console().print(escape(f"released: {what} has ended"), soft_wrap=True)
        _print_halves(halves)
    return 1 if kept or halves.unwritten is not None else 0


def _print_halves(halves: Halves) -> None:
    if halves.file is not None:
        console().print(escape(f"this machine: {halves.file}"), soft_wrap=True)
    if halves.version is not None:
        console().print(f"the state: decision {halves.version}")
    if halves.refused is not None:
        console().print(escape(f"the state: as it was ({halves.refused})"), soft_wrap=True)


def _halves_json(halves: Halves) -> dict[str, Any]:
    return {
        "file": None if halves.file is None else str(halves.file),
        "decision": halves.version,
        "refused": halves.refused,
        "problem": halves.problem,
        "unwritten": halves.unwritten,
        "empty": halves.empty,
        "share": halves.share,
    }
