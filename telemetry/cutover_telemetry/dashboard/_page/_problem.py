"""What the page says where it can show nothing: what is so, and what to do."""

from cutover_telemetry.dashboard._page._markup import Node, tag
from cutover_telemetry.store import BusyStore, ForeignFile, NewerStore, NoStore

START = "cutover run -- uvicorn shop:app"
ITSELF = "This page fills itself once there is something."


def problem(error: Exception) -> list[Node]:
    """A designed state for each thing that can be wrong with a store, and one for a question."""
    if isinstance(error, NoStore):
        return [
            _title("No traffic was recorded yet.", "calm"),
            tag("p", f"There is no store at {error.path}. It is made by the first process that writes into it:"),
            tag("pre", tag("code", START), tabindex=0, role="region", aria_label="Command"),
            tag("p", ITSELF, class_="quiet"),
        ]
    if isinstance(error, BusyStore):
        return [_title("The store is busy.", "warn"), tag("p", _sentence(error)), tag("p", ITSELF, class_="quiet")]
    if isinstance(error, (ForeignFile, NewerStore)):
        return [_title("This file cannot be shown.", "bad"), tag("p", _sentence(error))]
    return [
        _title("This cannot be shown.", "bad"),
        tag("p", _sentence(error)),
        tag("p", tag("a", "Start again", href="/")),
    ]


def _title(words: str, kind: str) -> Node:
    return tag("p", tag("strong", words), class_=f"state {kind}")


def _sentence(error: Exception) -> str:
    words = str(error)
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
