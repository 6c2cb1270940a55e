"""Small pieces of HTML: escaped text, tables."""

from collections.abc import Iterable
from html import escape

_UNSEEN = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 13), *range(14, 32), 127)}
_UNSEEN |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0xFEFF)}


def html_text(text: object) -> str:
    """Escape text; what cannot be seen, or would turn the line around, is shown by its number."""
    return escape(str(text).translate(_UNSEEN).encode(errors="backslashreplace").decode())


def html_code(text: object) -> str:
    """Escape text that stands in code."""
    return f"<code>{html_text(text)}</code>"


def html_table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Make a table; a head that ends with ":" is of numbers, cells are HTML already, or whole `<td>` elements."""
    heads = list(heads)
    head = "".join(f"<th{_number(name)}>{html_text(name.rstrip(':'))}</th>" for name in heads)
    body = "".join(
        "<tr>"
        + "".join(
            cell if cell.startswith("<td") else f"<td{_number(name)}>{cell}</td>"
            for name, cell in zip(heads, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{html_text(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(name: str) -> str:
    return ' class="num"' if name.endswith(":") else ""
