"""Tables: with a caption, headed columns and rows, and a key for each row by which it is found again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from cutover_telemetry.dashboard._page._markup import Child, Tag, tag
from cutover_telemetry.dashboard._page._words import UNKNOWN


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `hint` says more of it to whoever points at it."""

    label: str
    numeric: bool = False
    hint: str | None = None


def table(
    name: str, caption: str, columns: Sequence[Column | str], rows: Iterable[Tag], *, sortable: bool = False
) -> Tag:
    """A table in a frame of its own, that scrolls where the page is narrow."""
    heads = (each if isinstance(each, Column) else Column(each) for each in columns)
    head = tag("tr", (_head(each, number, sortable) for number, each in enumerate(heads)))
    body = tag("tbody", rows if sortable else map(_unsorted, rows))
    whole = tag("table", tag("caption", caption), tag("thead", head), body, id=f"{name}-table")
    return tag("div", whole, class_="scroll", role="region", aria_label=caption, tabindex=0)


def row(key: str, head: Child, *cells: Tag, **attributes: str | bool | None) -> Tag:
    """A row that begins with what it is about."""
    about = tag("th", head, scope="row", data_sort=_text(head).casefold())
    return tag("tr", about, cells, data_key=_same_everywhere(key), **attributes)


def cell(*children: Child, sort: float | str | None = None, class_: str | None = None) -> Tag:
    """A cell of words."""
    return tag("td", *children, data_sort=sort, class_=class_)


def figure(text: str, sort: float | None, *, class_: str = "") -> Tag:
    """A cell with a number; where there is none, that is said."""
    if text == UNKNOWN:
        return tag("td", unknown(), class_="number")
    order = None if sort is None else f"{sort:.6g}"
    return tag("td", text, data_sort=order, class_=f"number {class_}".strip())


def unknown() -> Tag:
    """A dash, that is read aloud as what it means."""
    return tag("span", tag("span", UNKNOWN, aria_hidden="true"), tag("span", "no data", class_="unseen"), class_="none")


def badge(text: str, kind: str) -> Tag:
    """A word on a coloured ground: good, bad, warn, calm."""
    return tag("span", text, class_=f"badge {kind}")


def _unsorted(line: Tag) -> Tag:
    """A row of a table that nobody sorts, so that nothing has to say its place."""
    cells = (replace(each, attributes=_without_place(each)) for each in line.children if isinstance(each, Tag))
    return replace(line, children=tuple(cells))


def _without_place(each: Tag) -> Mapping[str, str]:
    return {name: value for name, value in each.attributes.items() if name != "data-sort"}


def _head(column: Column, number: int, sortable: bool) -> Tag:
    label: Tag | str = column.label
    if sortable:
        label = tag("button", column.label, type="button", class_="sort", data_column=number)
    return tag("th", label, scope="col", class_="number" if column.numeric else None, title=column.hint)


def _text(node: Child) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, Tag):
        return "".join(map(_text, node.children))
    return "" if node is None else "".join(map(_text, node))


def _same_everywhere(key: str) -> str:
    # A page's own text cannot carry every character that its data can (NUL, a bare CR): a row whose key differed would
    # be taken away and made anew at the first update, under the pointer of whoever reads it.
    return "".join(
        each if each.isprintable() and each != "%" else quote(each, safe="", errors="surrogatepass") for each in key
    )
