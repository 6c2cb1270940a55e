"""How a request names its provider, and the requests that come of it."""

import copy
import json
from dataclasses import dataclass

from cutover_parity._messages import Json, Request
from cutover_parity.cases._bodies import json_of, written
from cutover_parity.cases._places import Address, Place, put, removed


@dataclass(frozen=True, slots=True)
class Naming:
    """One way to name a provider; `key` is what stands in the request, `how` says of which sort that is.

    "locked" puts the key in front of the model's name as well, "crossed" another key.
    """

    how: str
    key: Json
    model_key: str = ""


def named(request: Request, place: Place, naming: Naming) -> Request:
    """The request that names its provider so."""
    if place.part == "body":
        body = json_of(request)
        return request.with_body(written(named_body(body, place, naming))) if isinstance(body, dict) else request
    if naming.how == "absent":
        return removed(request, place)
    return put(request, place, naming.key if isinstance(naming.key, str) else json.dumps(naming.key))


def named_body(body: Json, place: Place, naming: Naming) -> Json:
    """The body that names its provider so; a copy, where it could be done at all."""
    body = copy.deepcopy(body)
    holder, last = _holder(body, place.address)
    if not isinstance(holder, dict):
        return body
    if naming.how == "absent":
        holder.pop(last, None)
    else:
        holder[last] = naming.key + place.tail if isinstance(naming.key, str) else naming.key
    if naming.model_key and isinstance(body.get("model"), str):
        body["model"] = f"{naming.model_key}/{body['model'].rpartition('/')[2]}"
    return body


def _holder(body: Json, address: Address) -> tuple[Json, str | int]:
    holder = body
    for step in address[:-1]:
        if isinstance(holder, dict):
            holder = holder.setdefault(step, {})
        elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            holder = holder[step]
        else:
            return None, ""
    return holder, address[-1]
