"""The evidence of a stage as one short text and back: JSON, packed, for a judge alone has 22 KB of it."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from cutover_rollout.controller._bench import ALL, Bench, Fall
from cutover_telemetry.judge import Judge, Pairs, Split, judge_from_json, judge_to_json

LARGEST = 16 * 1024 * 1024


def bench_to_text(bench: Bench) -> str:
    """The evidence of this stage."""
    judges = {**bench.own, **({} if bench.whole is None else {ALL: bench.whole})}
    data = {
        "last": bench.last,
        "requests": bench.requests,
        "split": asdict(bench.split),
        "fall": asdict(bench.fall),
        "pairs": {name: asdict(pairs) for name, pairs in bench.pairs.items()},
        "judges": {name: judge_to_json(judge) for name, judge in judges.items()},
    }
    return b85encode(zlib.compress(json.dumps(data).encode(), 6)).decode("ascii")


def bench_from_text(text: str, fresh: Bench) -> Bench:
    """The evidence that was stored, for a stage that begins as `fresh`; ValueError where it is none."""
    data = _unpacked(text)
    fresh.last, fresh.requests = data["last"], int(data["requests"])
    fresh.split, fresh.fall = Split(**data["split"]), Fall(**data["fall"])
    fresh.pairs = {name: Pairs(**stored) for name, stored in data["pairs"].items()}
    judges = {name: _judge(stored, fresh) for name, stored in data["judges"].items()}
    fresh.whole = judges.pop(ALL, None)
    fresh.own = judges
    return fresh


def _judge(stored: Mapping[str, Any], fresh: Bench) -> Judge:
    return judge_from_json(stored, plan=replace(fresh.plan, alpha=float(stored["alpha"])))


def _unpacked(text: str) -> dict[str, Any]:
    unpacking = zlib.decompressobj()
    try:
        data = json.loads(unpacking.decompress(b85decode(text), LARGEST))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not isinstance(data, dict):
        raise TypeError(f"evidence is a JSON object, not {type(data).__name__}")
    return data
