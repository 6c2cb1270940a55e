"""Markup as a value: built once, written as HTML by the server and as nodes by the page's own script.

>>> to_html(tag("p", "<b>", class_="quiet"))
'<p class="quiet">&lt;b&gt;</p>'
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeAlias
from unicodedata import category

# Nobody sees them, and some turn what follows; a name could look like another one, or like words of ours.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
VOID = frozenset({"input", "link", "meta"})
VERBATIM = frozenset({"script", "style"})
Attribute: TypeAlias = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Tag:
    """An element with its attributes and children."""

    name: str
    attributes: Mapping[str, str]
    children: "tuple[Node, ...]"


Node: TypeAlias = Tag | str
Child: TypeAlias = Tag | str | Iterable[Tag | str] | None


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Tag:
    """An element; attributes lose a last underscore and have hyphens for the others, None and False leave one out."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    kept = {
        key: "" if value is True else str(value)
        for key, value in given.items()
        if not (value is None or value is False)
    }
    return Tag(name, kept, tuple(_flat(children)))


def readable(text: str) -> str:
    r"""A text in which what cannot be seen is spelt out.

    >>> readable("near\u202e")
    'near\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(f"\\u{ord(each):04x}" if category(each) in UNSEEN and each != "\n" else each for each in text)


def sound(text: str) -> str:
    """The same text, without halves of characters: they are in what services send, and can be in no page."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def to_html(node: Node) -> str:
    """HTML of a node; every text and attribute is escaped, save the text of scripts and styles, as HTML has it."""
    if isinstance(node, str):
        return escape(readable(node))
    attributes = "".join(f' {name}="{escape(sound(value))}"' for name, value in node.attributes.items())
    if node.name in VOID:
        return f"<{node.name}{attributes}>"
    written = map(str, node.children) if node.name in VERBATIM else map(to_html, node.children)
    return f"<{node.name}{attributes}>{''.join(written)}</{node.name}>"


def to_data(node: Node) -> str | list[object]:
    """The same for JSON: a text, or a list of name, attributes and children."""
    if isinstance(node, str):
        return readable(node)
    attributes = {name: sound(value) for name, value in node.attributes.items()}
    return [node.name, attributes, *map(to_data, node.children)]


def _flat(children: Iterable[Child]) -> Iterable[Node]:
    for child in children:
        if isinstance(child, (str, Tag)):
            yield child
        elif child is not None:
            yield from child
