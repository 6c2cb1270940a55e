"""Cases and routes in a row: a request, how it names its provider, and what its attempts meet."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from cutover_parity._messages import Request
from cutover_parity.cases._cases import Case
from cutover_parity.cases._naming import Naming
from cutover_parity.cases._script import ANSWER, Script
from cutover_parity.fuzzing._seeds import Seed
from cutover_parity.strategies._faults import fault_schedules
from cutover_parity.strategies._keys import providers
from cutover_parity.strategies._requests import requests
from cutover_parity.strategies._values import rarely

_PAUSES = (0.0, 0.5, 1.0, 5.0, 10.0, 29.0, 31.0, 59.0, 61.0, 299.0, 301.0, 600.0)


@st.composite
def cases(
    draw: st.DrawFn, seeds: Sequence[Seed], keys: Sequence[str], *, aliases: Sequence[str] = (), damaged: bool = True
) -> Case:
    """One case from one of the seeds."""
    seed = draw(_one_of(tuple(seeds)))
    naming = draw(providers(tuple(keys), aliases=tuple(aliases)))
    place = draw(_one_of(seed.places)) if seed.places else None
    base = seed.fuller if seed.fuller is not None and draw(rarely(4)) else seed.request
    request = draw(requests(base, place=place, naming=naming, damaged=damaged))
    return case_of(request, draw(fault_schedules()), naming if place is not None else None)


@st.composite
def routes(
    draw: st.DrawFn, seeds: Sequence[Seed], keys: Sequence[str], *, aliases: Sequence[str] = (), most: int = 6
) -> tuple[Case, ...]:
    """One case, or several in a row on warm arms, where breakers and caches remember what came before."""
    if not draw(rarely(6)) or most < 2:
        return (draw(cases(seeds, keys, aliases=aliases)),)
    first = draw(cases(seeds, keys, aliases=aliases, damaged=False))
    following = draw(st.lists(_following(first, seeds, keys), min_size=1, max_size=most - 1))
    return in_a_row((first, *following))


def case_of(request: Request, script: Script = ANSWER, naming: Naming | None = None) -> Case:
    """The case of a request; its name is a digest of what it holds."""
    data = json.dumps([request.to_json(), script.to_json()], sort_keys=True).encode()
    key = naming.key if naming is not None and isinstance(naming.key, str) else None
    return Case(f"fuzz {sha256(data).hexdigest()[:12]}", request, script, "fault", key)


def in_a_row(made: Sequence[Case]) -> tuple[Case, ...]:
    """The cases with names of their own; the first has an hour of its own, so that nothing is left from before."""
    first, *following = made
    numbered = [replace(case, id=f"{case.id}.{number}") for number, case in enumerate(following, start=2)]
    return (replace(first, pause=None), *numbered)


@cache
def _one_of(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def _following(draw: st.DrawFn, first: Case, seeds: Sequence[Seed], keys: Sequence[str]) -> Case:
    """Mostly the same request once more, under a schedule and after a pause of its own: that is what breakers count."""
    if not draw(rarely(4)):
        again = replace(first, script=first.script if draw(rarely(2)) else draw(fault_schedules()))
    else:
        again = draw(cases(seeds, keys, damaged=False))
    return replace(again, pause=draw(_one_of(_PAUSES)))
