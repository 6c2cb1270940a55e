"""Names that nobody here knows: what is said of a provider or a site that may be mistyped."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from cutover_cli._completion import journal_keys
from cutover_migrate import MigrateError
from cutover_migrate.apply import read_journal
from cutover_rollout.plan import RolloutPlan


def unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> list[str]:
    """A sentence for each name that is not known; none where none is known."""
    there = sorted(known)
    return [_said(kind, name, there) for name in names if there and name not in there]


def unknown_of(plan: RolloutPlan, root: Path) -> list[str]:
    """The same of the providers and sites that a plan names, by the cutover that is applied in this project."""
    providers = unknown("provider", set(plan.providers) - {"*"}, journal_keys(root))
    return [*sorted(providers), *sorted(unknown("site", set(plan.sites) - {"*"}, _sites(root)))]


def _sites(root: Path) -> list[str]:
    try:
        return [str(site["name"]) for site in read_journal(root).sites]
    except (MigrateError, OSError, KeyError, TypeError):
        return []


def _said(kind: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"no {kind} {name!r} is known here; {hint}"
