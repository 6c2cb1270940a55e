"""Finds out which seeds reach a provider at all, and where they name it, by trying.

A place names the provider if the legacy arm dispatches otherwise when another key stands there. So nothing is assumed
about a gateway's field names.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cutover_parity._messages import Json, Request
from cutover_parity.arms._plan import UNKNOWN_KEY
from cutover_parity.cases._bodies import USUAL_OPTIONS, is_conversation, json_of, written
from cutover_parity.cases._cases import Case
from cutover_parity.cases._naming import Naming, named
from cutover_parity.cases._places import Place, find_places
from cutover_parity.cases._script import ANSWER
from cutover_parity.fuzzing._seeds import Seed
from cutover_parity.replay._duel import Answered, Duel

_KEYS = 2
_USUAL = Place("body", ("provider",))


@dataclass(frozen=True, slots=True)
class Probed:
    """The seeds that are worth varying, and the names of those with which no provider was reached."""

    seeds: tuple[Seed, ...]
    idle: tuple[str, ...]


def probe(duel: Duel, seeds: Iterable[Seed], keys: Sequence[str], *, place: Place | None = None) -> Probed:
    """Try every seed; where none reaches a provider, all are kept, so that a run can say so."""
    tried = [_Trial(duel, seed, keys) for seed in seeds]
    for trial in tried:
        trial.run(place)
    live = tuple(trial.seed for trial in tried if trial.reached)
    idle = tuple(dict.fromkeys(trial.seed.name for trial in tried if not trial.reached))
    return Probed(live or tuple(trial.seed for trial in tried), idle)


class _Trial:
    def __init__(self, duel: Duel, seed: Seed, keys: Sequence[str]) -> None:
        self.seed, self.reached = seed, False
        self._duel, self._keys, self._asked = duel, keys, 0

    def run(self, place: Place | None) -> None:
        self._dispatch(self.seed.request)
        candidates = (place,) if place is not None else tuple(self._candidates())
        telling = [candidate for candidate in candidates if self._tells(candidate)]
        wanted = (place,) if place is not None else tuple(telling) or find_places(self.seed.request, self._keys)
        self.seed = replace(self.seed, places=wanted, fuller=self._fuller() if self.reached else None)

    def _candidates(self) -> Iterator[Place]:
        request, body = self.seed.request, json_of(self.seed.request)
        found = [*self.seed.places, *find_places(request, self._keys), _USUAL]
        if isinstance(body, dict):
            found += [Place("body", (name,)) for name, value in body.items() if isinstance(value, str)]
            if isinstance(body.get("model"), str):
                found.append(Place("body", ("model",), "/" + body["model"].rpartition("/")[2]))
        yield from dict.fromkeys(found)

    def _fuller(self) -> Request | None:
        """The request with all usual options, or with those that a provider is still reached with one at a time."""
        body = json_of(self.seed.request)
        if not isinstance(body, dict) or not is_conversation(body):
            return self.seed.fuller
        options = {name: value for name, value in USUAL_OPTIONS.items() if name not in body}
        if not self._reaches({**body, **options}):
            options = {name: value for name, value in options.items() if self._reaches({**body, name: value})}
        fuller = {**body, **options}
        return self.seed.request.with_body(written(fuller)) if options and self._reaches(fuller) else None

    def _reaches(self, body: Json) -> bool:
        self.reached = False
        self._dispatch(self.seed.request.with_body(written(body)))
        reached, self.reached = self.reached, True
        return reached

    def _tells(self, place: Place) -> bool:
        """Whether what the attempts were differs between keys that stand in this place."""
        keys = (*self._keys[:_KEYS], *self._keys[-1:], UNKNOWN_KEY)
        seen = {self._dispatch(named(self.seed.request, place, Naming("known", key))) for key in dict.fromkeys(keys)}
        return len(seen) > 1

    def _dispatch(self, request: Request) -> str:
        self._asked += 1
        case = Case(f"probe {self.seed.name} {self._asked}", request, ANSWER, "answer")
        (outcome,) = self._duel.drive([case])
        if not isinstance(outcome, Answered):
            return ""
        observation, aside = json.loads(outcome.legacy.observation), json.loads(outcome.legacy.aside)
        self.reached = self.reached or bool(observation["calls"] or observation["requests"] or aside["trace"])
        return json.dumps(_dispatched(observation, aside), sort_keys=True)


def _dispatched(observation: Json, aside: Json) -> Json:
    calls = [[call["provider"], call["function"]] for call in observation["calls"]]
    return [calls, [request["url"] for request in observation["requests"]], [visit[:2] for visit in aside["trace"]]]
