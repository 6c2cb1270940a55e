"""The layers in which two observations are compared, in the order in which causes come before their effects.

What escaped; calls; upstream requests; failover; the timeouts that were asked for; the answer; its stream events; the
edges of its chunks; the exception tree; whatever else was seen, such as the state that the hooks give; and, telling
only where all of that is the same, through which binding a provider function was reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit

from cutover_parity._messages import Json
from cutover_parity.compare._differences import same
from cutover_parity.compare._streams import Reading, read_answer
from cutover_parity.stacks import neutral_type

LAYERS = (
    "escapes",
    "calls",
    "requests",
    "failover",
    "timeouts",
    "answer",
    "stream",
    "edges",
    "exception",
    "other",
    "binding",
)
Pair: TypeAlias = tuple[Json, Json]
_KNOWN = {"answer", "error", "calls", "requests", "timeouts", "escapes", "moments"}
_NOT_COMPARED = ("outcome", "taken", "taken_on", "module", "bound")
_ANSWER_FIELDS = {"status", "headers", "chunks", "finished"}


@dataclass(frozen=True, slots=True)
class Readings:
    """Two answers that differ, read."""

    legacy: Reading
    registry: Reading

    @classmethod
    def of(cls, legacy: Json, registry: Json) -> Self | None:
        """Read the answers of two observations; None where they are the same."""
        one, other = legacy["answer"], registry["answer"]
        return None if one == other else cls(read_answer(one), read_answer(other))


def layer_pairs(legacy: Json, registry: Json, readings: Readings | None) -> Iterator[tuple[str, Json, Json]]:
    """Give the layers in which two observations may differ, each with both sides."""
    pairs: dict[str, Pair] = {}
    if not same(legacy["calls"], registry["calls"]) or not same(legacy["requests"], registry["requests"]):
        pairs.update(_attempts(legacy, registry))
    pairs["escapes"] = legacy["escapes"], registry["escapes"]
    pairs["timeouts"] = _with_moments(_timeouts(legacy), _timeouts(registry), legacy, registry, "attempts")
    pairs["exception"] = neutral(legacy["error"]), neutral(registry["error"])
    pairs["other"] = _others(legacy), _others(registry)
    if readings is not None:
        pairs.update(_answers(legacy["answer"], registry["answer"], readings))
    pairs["edges"] = _with_moments(*pairs.get("edges", ({}, {})), legacy, registry, "chunks")
    pairs["stream"] = (
        {**pairs.get("stream", ({}, {}))[0], "taken": _taken(legacy)},
        {**pairs.get("stream", ({}, {}))[1], "taken": _taken(registry)},
    )
    for layer in LAYERS:
        if layer in pairs:
            yield layer, *pairs[layer]


def neutral(tree: Json) -> Json:
    """Give an exception tree with the types that only tell one client library from its successor named alike."""
    if isinstance(tree, dict):
        return {name: neutral_type(item) if name == "type" else neutral(item) for name, item in tree.items()}
    return [neutral(item) for item in tree] if isinstance(tree, list) else tree


def _attempts(legacy: Json, registry: Json) -> Iterator[tuple[str, Pair]]:
    yield "binding", _bindings(legacy, registry)
    yield "calls", (_calls(legacy), _calls(registry))
    yield "requests", (_requests(legacy), _requests(registry))
    yield "failover", (list(_failover(legacy)), list(_failover(registry)))


def _bindings(legacy: Json, registry: Json) -> Pair:
    pairs = list(zip(legacy["calls"], registry["calls"], strict=False))
    return [one.get("bound") for one, _ in pairs], [other.get("bound") for _, other in pairs]


def _calls(observation: Json) -> Json:
    return [_without(call, *_NOT_COMPARED) for call in observation["calls"]]


def _requests(observation: Json) -> Json:
    """Give each request with its URL first: where that differs, headers and body differ in consequence."""
    return [
        {"url": entry["url"], **_without(entry, "timeout", "outcome"), "headers": _grouped(entry["headers"])}
        for entry in observation["requests"]
    ]


def _failover(observation: Json) -> Iterator[list[str]]:
    for call in observation["calls"]:
        yield [call["provider"], call["outcome"]]
    for request in observation["requests"]:
        url = urlsplit(request["url"])
        yield [f"{url.netloc}{url.path}", request["outcome"]]


def _timeouts(observation: Json) -> Json:
    return {
        "asked": observation["timeouts"],
        "requests": [request["timeout"] for request in observation["requests"]],
    }


def _with_moments(one: Json, other: Json, legacy: Json, registry: Json, name: str) -> Pair:
    """Add when something happened, where both arms know it and it happened equally often."""
    first, second = ((observation.get("moments") or {}).get(name, []) for observation in (legacy, registry))
    if first == second or len(first) != len(second):
        return one, other
    return {**one, "moments": first}, {**other, "moments": second}


def _taken(observation: Json) -> Json:
    return [[call.get("taken"), call.get("taken_on")] for call in observation["calls"]]


def _others(observation: Json) -> Json:
    return {name: value for name, value in observation.items() if name not in _KNOWN}


def _answers(legacy: Json, registry: Json, readings: Readings) -> Iterator[tuple[str, Pair]]:
    left, right = readings.legacy, readings.registry
    streams = left.is_stream and left.form == right.form
    yield "answer", (_answer(legacy, left, right, streams), _answer(registry, right, left, streams))
    yield "stream", (_stream(legacy, left, streams), _stream(registry, right, streams))
    yield "edges", _edges(left, right, streams=streams)


def _answer(answer: Json, own: Reading, other: Reading, streams: bool) -> Json:
    body = {} if streams else {"body": own.meaning if own.form == other.form else own.as_text}
    return {"status": answer["status"], "headers": _grouped(answer["headers"]), **body}


def _stream(answer: Json, own: Reading, streams: bool) -> Json:
    rest = {name: value for name, value in answer.items() if name not in _ANSWER_FIELDS}
    return {"finished": answer["finished"], **rest, **({"events": own.meaning} if streams else {})}


def _edges(left: Reading, right: Reading, *, streams: bool) -> Pair:
    if left.body == right.body:
        return {"chunks": [len(chunk) for chunk in left.chunks]}, {"chunks": [len(chunk) for chunk in right.chunks]}
    if streams and len(left.meaning) == len(right.meaning):
        return {"events": left.edges()}, {"events": right.edges()}
    return ({}, {}) if streams else ({"count": len(left.chunks)}, {"count": len(right.chunks)})


def _without(entry: Json, *names: str) -> Json:
    return {name: value for name, value in entry.items() if name not in names}


def _grouped(headers: Json) -> Json:
    grouped: dict[str, Any] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in sorted(grouped.items())}
