"""How many answers of 10 kB one core compares in a second: the same, the same save for noise, and different ones.

Example: ``python scripts/bench_compare.py``
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date

from cutover_parity import Comparer, NoiseRule, NoiseRules

ANSWERS = 400
WANTED = 2000
RULES = NoiseRules(
    tuple(
        NoiseRule(place, test, "ids and times of a run", date(2100, 1, 1))
        for place, test in (
            ("answer.body.id", "uuid"),
            ("answer.body.choices[*].id", "hex"),
            ("answer.body.choices[*].logprobs", "set"),
            ("stream.events[*].data.id", "uuid"),
            ("edges.*", "edges"),
        )
    )
)


def main() -> int:
    """Measure and print."""
    kinds: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
        "the same text": lambda: pairs(document, fixed=True),
        "JSON with ids that are noise": lambda: pairs(document),
        "a stream with ids and edges that are noise": lambda: pairs(stream),
        "JSON that differs in one field": lambda: pairs(document, fault=True),
    }
    for name, make in kinds.items():
        made = list(make())
        comparer = Comparer(noise=RULES)
        rate, read = measured(made, comparer.verdict_of), measured(made, parsed)
        size = sum(len(legacy) for legacy, _ in made) / len(made) / 1000
        print(f"{name}: {rate:,.0f} pairs of answers of {size:.1f} kB a second (wanted: {WANTED:,} answers), "
              f"{read / rate:.1f} times what json.loads of both takes")  # fmt: skip
    return 0


def measured(made: list[tuple[str, str]], compare: Callable[[str, str], object]) -> float:
    """The rate, by the CPU's own clock."""
    begun = time.process_time()
    for legacy, registry in made:
        compare(legacy, registry)
    return len(made) / max(time.process_time() - begun, 1e-9)


def parsed(legacy: str, registry: str) -> bool:
    """What any comparison of two documents has to do first."""
    return bool(json.loads(legacy) == json.loads(registry))


def pairs(make: Callable[[bool], list[str]], *, fixed: bool = False, fault: bool = False) -> Iterator[tuple[str, str]]:
    """Pairs of observations as workers write them."""
    for _ in range(ANSWERS):
        legacy = observation(make(False))
        yield legacy, legacy if fixed else observation(make(fault))


def document(fault: bool) -> list[str]:
    """A JSON answer of about 10 kB."""
    choices = [
        {
            "id": uuid.uuid4().hex,
            "index": n,
            "message": {"role": "assistant", "content": "word " * 12},
            "logprobs": [n, 2],
        }
        for n in range(50)
    ]
    choices[20]["index"] = -1 if fault else 20
    return [json.dumps({"id": str(uuid.uuid4()), "choices": choices, "usage": {"total_tokens": 12}})]


def stream(_: bool) -> list[str]:
    """A streamed answer of about 10 kB."""
    name = str(uuid.uuid4())
    events = [
        f"data: {json.dumps({'id': name, 'choices': [{'index': 0, 'delta': {'content': f'word {n}'}}]})}\n\n"
        for n in range(90)
    ]
    return [*events, "data: [DONE]\n\n"]


def observation(chunks: list[str]) -> str:
    """An observation as a worker writes it."""
    call = {"provider": "p", "slot": "s", "function": "f", "module": "m", "args": [[{"role": "user"}], "model"],
            "kwargs": {}, "on": "worker thread", "outcome": "answer"}  # fmt: skip
    answer = {"status": 200, "headers": [["content-type", "application/json"]], "chunks": chunks, "finished": True}
    data = {"answer": answer, "error": None, "calls": [call], "requests": [], "escapes": [],
            "timeouts": [{"kind": "wait_for", "seconds": 30.0}]}  # fmt: skip
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    raise SystemExit(main())
