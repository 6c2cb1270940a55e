"""Code as the page shows it: numbered lines, what differs marked in colour and by a sign.

Example: ``pane(lines, first=10, caption="before", marks={12: "here"})``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cutover_migrate.reports._text import html_text

Mark = Literal["add", "cut", "here"]
SIGNS: Mapping[str, str] = {"add": "+", "cut": "\N{MINUS SIGN}", "here": "▶"}


def pane(lines: Sequence[str], *, first: int, caption: str, label: str, marks: Mapping[int, Mark]) -> str:
    """A figure with lines of code, which are HTML already; ``label`` is what is read aloud in place of the caption."""
    shown = enumerate(_dedented(lines), start=first)
    body = "\n".join(_line(number, line, marks.get(number)) for number, line in shown)
    return (
        f"<figure><figcaption>{html_text(caption)}</figcaption>"
        f'<pre tabindex="0" role="region" aria-label="{html_text(label)}"><code>{body}</code></pre></figure>'
    )


def diff_pane(text: str, *, label: str) -> str:
    """A unified diff, its lines coloured."""
    lines, newline = [], "\n"
    for line in text.split("\n"):
        kind = {"+": "add", "-": "cut"}.get(line[:1], "")
        lines.append(f'<span class="l {kind}" data-n="" data-m="">{html_text(line) or " "}</span>')
    return f'<pre tabindex="0" role="region" aria-label="{html_text(label)}"><code>{newline.join(lines)}</code></pre>'


def _dedented(lines: Sequence[str]) -> list[str]:
    """Lines without the white space that all begin with; one that begins inside a text keeps all where they are."""
    margins = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()]
    shortest = min(margins, key=len, default="")
    margin = shortest if all(each.startswith(shortest) for each in margins) else ""
    return [line.removeprefix(margin) for line in lines]


def _line(number: int, line: str, mark: Mark | None) -> str:
    kind, sign = (mark, SIGNS[mark]) if mark else ("", " ")
    text = f"<mark>{line}</mark>" if mark == "here" and line else line
    return f'<span class="l {kind}" data-n="{number}" data-m="{sign}">{text or " "}</span>'
