"""Reads answers for their meaning: server-sent events and JSON lines event by event, JSON as data, the rest as text.

Bytes are compared beside the meaning: where two answers mean the same, their spelling (spaces, the order of fields,
how a number is written) and the edges of their chunks are compared too.
"""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cutover_parity._messages import Json, bytes_from_json, bytes_to_json

Form: TypeAlias = Literal["events", "lines", "json", "text"]

_EVENT_FIELD = re.compile(rb"(?:data|event|id|retry)?:")
_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END = re.compile(rb"\n")
_DIGITS = b"0123456789.+-eE"


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer's body, read: its form, its meaning, and its bytes, whole and chunk by chunk."""

    form: Form
    meaning: Json
    body: bytes
    chunks: tuple[bytes, ...]

    @property
    def is_stream(self) -> bool:
        """Whether the body is a series of events."""
        return self.form in {"events", "lines"}

    @property
    def as_text(self) -> Json:
        """The body as it was, for when the other arm's has another form."""
        return bytes_to_json(self.body)

    def edges(self) -> list[Json]:
        """Say of each chunk where it ends: how many events it completes, and whether it ends inside one."""
        pattern = _EVENT_END if self.form == "events" else _LINE_END
        done = [found.end() for found in pattern.finditer(self.body)]
        ends, offset, before = list[Json](), 0, 0
        for chunk in self.chunks:
            offset += len(chunk)
            count = bisect_right(done, offset)
            whole = offset == len(self.body) or (count > 0 and done[count - 1] == offset)
            ends.append(count - before if whole else f"{count - before} and a part")
            before = count
        return ends

    def spelling(self) -> bytes:
        """Give what is left of the body without its texts and numbers: punctuation and spaces."""
        unescaped = self.body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in self.body else self.body
        return b'"'.join(unescaped.split(b'"')[::2]).translate(None, _DIGITS)


def read_answer(answer: Json) -> Reading:
    """Read the answer of an observation."""
    chunks = tuple(bytes_from_json(chunk) for chunk in answer["chunks"])
    body = b"".join(chunks)
    kind = next((value for name, value in answer["headers"] if name == "content-type"), "")
    form, meaning = _read(body, kind.lower())
    return Reading(form, meaning, body, chunks)


def events_of(body: bytes) -> list[Json]:
    """Read server-sent events; one that was cut in the middle is given as `unfinished`."""
    parts = _EVENT_END.split(body) if b"\r" in body else body.split(b"\n\n")
    last = parts.pop()
    payloads = [part[6:] if part[:6] == b"data: " and b"\n" not in part else None for part in parts]
    values = iter(_data_of_all([payload for payload in payloads if payload is not None]))
    events = [
        {"data": next(values)} if payload is not None else _event(part)
        for part, payload in zip(parts, payloads, strict=True)
        if part
    ]
    return [*events, {"unfinished": bytes_to_json(last)}] if last.strip() else events


def data_of(text: bytes) -> Json:
    """Give JSON as data, everything else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return bytes_to_json(text)


def _data_of_all(texts: list[bytes]) -> list[Json]:
    """Read many texts; objects are read in one go, since that is much quicker."""
    places = [index for index, text in enumerate(texts) if text[:1] == b"{" and text[-1:] == b"}"]
    try:
        values = json.loads(b"[" + b",".join(texts[index] for index in places) + b"]")
    except ValueError:
        values = []
    if len(values) != len(places):
        return [data_of(text) for text in texts]
    read = dict(zip(places, values, strict=True))
    return [read[index] if index in read else data_of(text) for index, text in enumerate(texts)]


def _read(body: bytes, kind: str) -> tuple[Form, Json]:
    if "event-stream" in kind or (_EVENT_FIELD.match(body) and _EVENT_END.search(body)):
        return "events", events_of(body)
    lines = any(name in kind for name in ("ndjson", "jsonl", "json-seq", "stream+json"))
    if not lines:
        try:
            return "json", json.loads(body)
        except ValueError:
            lines = _are_json_lines(body)
    if lines:
        return "lines", _data_of_all([line for line in body.splitlines() if line.strip()])
    return "text", bytes_to_json(body)


def _are_json_lines(body: bytes) -> bool:
    written = [line for line in body.splitlines() if line.strip()]
    return len(written) > 1 and all(line[:1] in b"{[" and not isinstance(data_of(line), str) for line in written)


def _event(part: bytes) -> dict[str, Any]:
    fields: dict[str, list[bytes]] = {}
    for line in part.splitlines():
        name, _, value = line.partition(b":")
        fields.setdefault(name.decode(errors="replace") or "comment", []).append(value.removeprefix(b" "))
    joined = {name: b"\n".join(values) for name, values in fields.items()}
    return {name: data_of(value) if name == "data" else bytes_to_json(value) for name, value in joined.items()}
