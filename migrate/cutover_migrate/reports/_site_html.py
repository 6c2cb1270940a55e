"""One site on the page: what was decided and why, what would unlock it, and its code before and after.

Example: ``site_section(site, version, sides=None, note="", name=None)``
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cutover_migrate._scan import Site
from cutover_migrate.reports._code_html import Mark, pane
from cutover_migrate.reports._rules import DECISIONS, kept_text
from cutover_migrate.reports._sides import Sides, Version
from cutover_migrate.reports._text import html_text
from cutover_migrate.rewrite import REASONS

FEW = 4
WORDS = {"template": "template", "lift": "lift", "partial": "partial", "refuse": "refused"}


def site_section(
    site: Site, before: Version, *, anchor: str, sides: Sides | None, subject: str, name: str | None, note: str
) -> str:
    """The section of one site; ``sides`` has what it becomes, ``note`` why it does not although it could."""
    facts = site.facts
    kind = "refuse" if facts.decision == "refuse" or note else facts.decision
    told = f"lines {facts.start_line}–{facts.end_line}, {facts.kind}, {len(site.keys)} keys, level {facts.level}"
    named = f", becomes <code>{html_text(name)}</code>" if name and sides else ""
    parts = [
        f'<section class="site {kind}-site" id="{anchor}" aria-labelledby="{anchor}-h"><div class="head">',
        f'<h3 id="{anchor}-h"><code>{html_text(site.id)}</code></h3>',
        f'<span class="tag {kind}">{WORDS[facts.decision]}{", left out" if note else ""}</span>',
        f'<span class="soft">on <code>{html_text(subject)}</code>, {told}{named}</span></div>',
        f'<div class="why"><p>{html_text(note)}</p></div>' if note else "",
        *_reasons(site),
        *_kept(site),
        _keys(site.keys),
        *_code(site, before, sides),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _reasons(site: Site) -> Iterator[str]:
    if not site.facts.reasons:
        yield f'<p class="soft">{html_text(DECISIONS.get(site.facts.decision, ""))}.</p>'
    for why in site.facts.reasons:
        unlock = REASONS[why.code].unlock if why.code in REASONS else ""
        yield (
            f'<div class="why"><p><strong><code>{html_text(why.code)}</code></strong>, line {why.line}: '
            f"{html_text(why.message)}.</p>"
            + (f"<p><strong>Unlock:</strong> {html_text(unlock)}.</p>" if unlock else "")
            + "</div>"
        )


def _kept(site: Site) -> Iterator[str]:
    for kept in site.facts.kept:
        name = f"<code>{html_text(', '.join(kept.keys))}</code>" if kept.keys else "A branch"
        yield (
            f'<div class="why mild"><p>{name} stays as it is '
            f"(<code>{html_text(kept.reason)}</code>, line {kept.line}): {html_text(kept_text(kept.reason))}.</p></div>"
        )


def _keys(keys: Sequence[str]) -> str:
    items = "".join(f"<li>{html_text(key) or '(empty)'}</li>" for key in keys)
    return f'<ul class="keys" aria-label="keys">{items}</ul>'


def _code(site: Site, before: Version, sides: Sides | None) -> Iterator[str]:
    facts = site.facts
    first, last = facts.start_line, facts.end_line
    lines = [why.line for why in facts.reasons] + [kept.line for kept in facts.kept]
    deciding: dict[int, Mark] = dict.fromkeys(lines, "here")
    if sides is None:
        whole = before.part(first, last, set()).lines
        code = pane(whole, first=first, caption=f"{site.path}, as it is", label=f"{site.id}: code", marks=deciding)
        yield f'<details class="one"><summary>Code, lines {first}–{last}</summary>{code}</details>'
        return
    gone: dict[int, Mark] = dict.fromkeys(sides.gone(site), "cut")
    after = sides.after(site)
    yield '<div class="sides">'
    yield pane(
        before.part(first, last, set()).lines,
        first=first,
        caption=f"{site.path}, before",
        label=f"{site.id}: before",
        marks=gone | deciding,
    )
    yield "<div>"
    yield pane(
        after.lines,
        first=after.first,
        caption=f"after finish ({last - first + 1} lines become {len(after.lines)})",
        label=f"{site.id}: after",
        marks=dict.fromkeys(after.changed, "add"),
    )
    yield from _handlers(site, sides)
    yield "</div></div>"


def _handlers(site: Site, sides: Sides) -> Iterator[str]:
    handlers = sides.handlers(site)
    if not handlers:
        return
    word = "the handler" if len(handlers) == 1 else f"the {len(handlers)} handlers"
    yield f"<details{' open' if len(handlers) <= FEW else ''}><summary>{word}</summary>"
    for handler in handlers:
        name = sides.text(site, handler)[0].partition("(")[0].split()[-1]
        numbers = range(handler.first, handler.first + len(handler.lines))
        marks: dict[int, Mark] = dict.fromkeys(numbers, "add")
        yield pane(handler.lines, first=handler.first, caption=name, label=f"{site.id}: {name}", marks=marks)
    yield "</details>"
