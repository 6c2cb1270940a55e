"""What the codemod's commands show to people, and their JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from cutover_cli._console import table
from cutover_migrate import AlreadyDone, Applied, Finished, SitesUndone, Verified
from cutover_migrate.apply import FileChange, Skipped, Undone

SHOWN_FINDINGS = 10


def show_plan(out: Console, plan: dict[str, Any]) -> None:
    """What a plan will do, file by file."""
    if not plan["sites"]:
        out.print("an empty plan: there is nothing to apply")
        return
    lines = plan["lines"]
    rows = table("file", "change")
    for path in plan["edits"]:
        sites = sum(site["file"] == path for site in plan["sites"])
        rows.add_row(escape(path), f"{_sites(sites)} {'gets its' if sites == 1 else 'get their'} registry arm")
    for path, text in plan["generated"].items():
        rows.add_row(escape(path), f"new, {len(text)} lines")
    out.print(rows)
    out.print(f"\nafter finish: {_gone(lines)}", style="bold")


def _sites(count: int) -> str:
    return f"{count} site" if count == 1 else f"{count} sites"


def _gone(lines: dict[str, Any]) -> str:
    if lines["gone"] < 0:
        return f"{-lines['gone']} lines more than now; the {lines['generated']} generated ones outweigh what goes"
    return f"{lines['gone']} of {lines['sites_and_blocks']} lines gone ({lines['share_gone']:.0%})"


def applied_json(outcome: Applied | AlreadyDone) -> dict[str, Any]:
    """The outcome of ``apply`` for machines."""
    if isinstance(outcome, AlreadyDone):
        return {"outcome": "already_done", "reason": outcome.reason}
    return {
        "outcome": "applied",
        "written": outcome.committed.written,
        "created": outcome.committed.created,
        "certified": outcome.certificate.valid,
        "sites": len(outcome.certificate.sites),
        "dependency": _dependency_text(outcome.dependency),
    }


def show_applied(out: Console, outcome: Applied, root: Path) -> None:
    """What ``apply`` wrote, and what to do next."""
    for path in outcome.committed.created:
        out.print(f"[green]created[/] {escape(path)}")
    for path in outcome.committed.written:
        if path not in outcome.committed.created:
            out.print(f"[green]edited[/]  {escape(path)}")
    out.print(f"dependency: {escape(_dependency_text(outcome.dependency))}")
    keys = sum(len(site.keys) for site in outcome.certificate.sites)
    out.print(
        f"certified: {_sites(len(outcome.certificate.sites))}, {keys} keys, the same program in both arms", style="bold"
    )
    command = f"[bold]cutover switch on --root {escape(str(root))}[/]"
    out.print(f"\nthe legacy arm serves everything until you say otherwise: {command}", soft_wrap=True)


def _dependency_text(change: FileChange | Skipped) -> str:
    if isinstance(change, FileChange):
        return f"provider-cutover added to {change.path}"
    return f"{change.reason}; {change.advice}" if change.advice else change.reason


def verified_json(verified: Verified) -> dict[str, Any]:
    """A certificate in short, for machines; ``--output`` writes the whole."""
    return {
        "valid": verified.valid,
        "stage": verified.certificate.stage,
        "sites": [
            {"site": proof.site, "file": proof.file, "line": proof.line, "keys": len(proof.keys), "valid": proof.valid}
            for proof in verified.certificate.sites
        ],
        "additions": [list(pair) for pair in verified.certificate.additions],
        "findings": verified.findings(),
        "axioms": [axiom.id for axiom in verified.certificate.axioms],
        "adopted": None if verified.adoption is None else verified.adoption.to_json(),
    }


def show_verified(out: Console, verified: Verified) -> None:
    """The certificate as a table, or the first differences."""
    rows = table("site", "where", "keys:right", "verdict")
    for proof in verified.certificate.sites:
        verdict = "[green]same program[/]" if proof.valid else "[red]differs[/]"
        rows.add_row(escape(proof.site), escape(f"{proof.file}:{proof.line}"), str(len(proof.keys)), verdict)
    out.print(rows)
    findings = verified.findings()
    for finding in findings[:SHOWN_FINDINGS]:
        out.print(f"[red]✗[/] {escape(finding)}", soft_wrap=True)
    if len(findings) > SHOWN_FINDINGS:
        out.print(f"… and {len(findings) - SHOWN_FINDINGS} more; --json shows all")
    for site, key in verified.certificate.additions:
        out.print(f"[cyan]added[/] {escape(key)} at {escape(site)}: a provider that the legacy program did not know")
    stage: str = verified.certificate.stage
    named = {axiom.id for axiom in verified.certificate.axioms}
    if verified.adoption is not None:
        stage = f"{stage}, {len(verified.adoption.loops)} failover loops adopted"
        named |= {axiom.id for axiom in verified.adoption.axioms}
    word = "[bold green]certified[/]" if verified.valid else "[bold red]not certified[/]"
    out.print(f"\n{word} ({stage}), under: {escape(', '.join(sorted(named)))}")


def finished_json(outcome: Finished | AlreadyDone) -> dict[str, Any]:
    """The outcome of ``finish`` for machines."""
    if isinstance(outcome, AlreadyDone):
        return {"outcome": "already_done", "reason": outcome.reason}
    return {"outcome": "finished", "written": outcome.committed.written, "certified": outcome.certificate.valid}


def show_finished(out: Console, outcome: Finished) -> None:
    """What ``finish`` wrote."""
    for path in outcome.committed.written:
        out.print(f"[green]edited[/] {escape(path)}")
    out.print(
        "the legacy arm is gone, and what is left is certified; `cutover undo` still brings it back", style="bold"
    )


def undone_json(outcome: Undone | SitesUndone) -> dict[str, Any]:
    """The outcome of ``undo`` for machines."""
    if isinstance(outcome, SitesUndone):
        written = {"written": outcome.committed.written, "certified": outcome.certificate.valid}
        return {"sites": outcome.sites, "left": outcome.left, **written}
    return {"restored": outcome.restored, "removed": outcome.removed, "merged": outcome.merged}


def show_sites_undone(out: Console, outcome: SitesUndone) -> None:
    """What ``undo`` of some sites wrote, and what is left."""
    for path in outcome.committed.written:
        out.print(f"[green]edited[/] {escape(path)}")
    out.print(f"back as before apply: {escape(', '.join(outcome.sites))}", style="bold", soft_wrap=True)
    out.print(f"{_sites(len(outcome.left))} left, and certified: {escape(', '.join(outcome.left))}", soft_wrap=True)


def show_undone(out: Console, outcome: Undone) -> None:
    """What ``undo`` restored."""
    for path in outcome.restored:
        out.print(f"[green]restored[/] {escape(path)}")
    for path in outcome.merged:
        out.print(f"[cyan]merged[/]   {escape(path)} (your later edits are kept)")
    for path in outcome.removed:
        out.print(f"[green]removed[/]  {escape(path)}")
    out.print("everything is as it was before apply", style="bold")
