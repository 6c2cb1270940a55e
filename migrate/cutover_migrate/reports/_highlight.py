"""Python source as lines of HTML, coloured by class; nothing is executed, and nothing is needed where it is shown.

Example: ``highlighted("if x: y()")``
"""

from __future__ import annotations

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from cutover_migrate.reports._text import html_text

CLASSES = (
    (Comment, "co"),
    (Keyword, "ke"),
    (String, "st"),
    (Number, "nu"),
    (Operator.Word, "ke"),
    (Name.Decorator, "de"),
    (Name.Function, "fu"),
    (Name.Class, "fu"),
    (Name.Builtin, "bu"),
)


def highlighted(text: str) -> list[str]:
    """The lines of a file as HTML, without line ends."""
    lines = [""]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, piece in lexer.get_tokens(text):
        name = _class(kind)
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append("")
            if part:
                shown = html_text(part)
                lines[-1] += f'<span class="{name}">{shown}</span>' if name else shown
    return lines


def _class(kind: _TokenType) -> str:
    return next((name for base, name in CLASSES if kind[: len(base)] == base), "")
