"""Compares two observations, layer by layer.

The layers: what escaped, calls or upstream requests, failover, asked-for timeouts, the answer, its stream events, and
the exception tree. They come in the order in which causes come before their effects, so that the first difference is
the telling one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from cutover_parity._differences import differences
from cutover_parity._messages import Json, bytes_from_json, bytes_to_json

LAYERS = ("escapes", "calls", "requests", "failover", "timeouts", "answer", "stream", "exception")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the arms differ."""

    layer: str
    path: str
    legacy: Any
    registry: Any

    def __str__(self) -> str:
        return f"{self.place}: legacy {_shown(self.legacy)}, registry {_shown(self.registry)}"

    @property
    def place(self) -> str:
        """Layer and path as one word, which is what ignore patterns are matched with."""
        return self.layer + (self.path if self.path.startswith("[") else f".{self.path}" if self.path else "")


@dataclass(frozen=True, slots=True)
class Match:
    """The arms did the same."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The arms differ; the first difference is the nearest to the cause."""

    differences: tuple[Difference, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that differ."""
        return tuple(dict.fromkeys(difference.layer for difference in self.differences))


@dataclass(frozen=True, slots=True)
class Ignored:
    """The arms differ only where the user said that it does not matter."""

    reason: str
    differences: tuple[Difference, ...] = ()


Verdict: TypeAlias = Match | Mismatch | Ignored


def compare(legacy: Json, registry: Json, *, ignore: Mapping[str, str] | None = None) -> Verdict:
    """Compare two observations; `ignore` maps a pattern of places ("answer.headers.x-took*") to the reason why."""
    if legacy == registry:
        return Match()
    left, right = layers_of(legacy), layers_of(registry)
    found = tuple(
        Difference(layer, *difference) for layer in LAYERS for difference in differences(left[layer], right[layer])
    )
    reasons = [_reason(difference.place, ignore or {}) for difference in found]
    counted = tuple(difference for difference, reason in zip(found, reasons, strict=True) if not reason)
    if counted:
        return Mismatch(counted)
    return Ignored("; ".join(sorted(set(reasons))), found) if found else Match()


def layers_of(observation: Json) -> dict[str, Json]:
    """Give the layers of an observation."""
    answer = observation["answer"]
    return {
        "escapes": observation["escapes"],
        "calls": [_without(call, "outcome", "taken", "taken_on", "module") for call in observation["calls"]],
        "requests": [_request(request) for request in observation["requests"]],
        "failover": list(_failover(observation)),
        "timeouts": {
            "asked": observation["timeouts"],
            "requests": [request["timeout"] for request in observation["requests"]],
        },
        "answer": {
            "status": answer["status"],
            "headers": _grouped(answer["headers"]),
            "body": bytes_to_json(b"".join(bytes_from_json(chunk) for chunk in answer["chunks"])),
        },
        "stream": {
            "chunks": answer["chunks"],
            "finished": answer["finished"],
            "taken": [[call.get("taken"), call.get("taken_on")] for call in observation["calls"]],
        },
        "exception": observation["error"],
    }


def _reason(place: str, ignore: Mapping[str, str]) -> str:
    return next((reason for pattern, reason in ignore.items() if fnmatch(place, pattern)), "")


def _failover(observation: Json) -> Iterator[list[str]]:
    for call in observation["calls"]:
        yield [call["provider"], call["outcome"]]
    for request in observation["requests"]:
        url = urlsplit(request["url"])
        yield [f"{url.netloc}{url.path}", request["outcome"]]


def _request(entry: Json) -> Json:
    return {**_without(entry, "timeout", "outcome"), "headers": _grouped(entry["headers"])}


def _without(entry: Json, *names: str) -> Json:
    return {name: value for name, value in entry.items() if name not in names}


def _grouped(headers: Json) -> Json:
    grouped: dict[str, Any] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def _shown(value: Any) -> str:
    text = value if value == "(absent)" else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
