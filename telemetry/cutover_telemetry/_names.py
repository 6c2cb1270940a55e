"""Every attribute, span, event and metric name that we emit, in one table.

Code speaks of `Attribute.PROVIDER`; how that is spelt on the wire is a dialect's matter, since the GenAI conventions
rename. `v1_41` (semantic conventions 1.41) is the default and the only dialect so far; another one is one more entry
in `DIALECTS`, that lists the attributes which it spells differently, with more than one spelling where both are wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SCOPE = "cutover_telemetry"
OPERATION = "chat"

Value = str | int | float | bool


class Attribute(StrEnum):
    """Attribute names in the default dialect; units are seconds."""

    OPERATION = "gen_ai.operation.name"
    PROVIDER = "gen_ai.provider.name"
    MODEL = "gen_ai.request.model"
    STREAM = "gen_ai.request.stream"
    TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
    ERROR_TYPE = "error.type"
    STATUS_CODE = "http.response.status_code"
    ARM = "cutover.arm"
    SITE = "cutover.site"
    SLOT = "cutover.slot"
    FUNCTION = "cutover.function"
    ATTEMPT_NUMBER = "cutover.attempt.number"
    CHUNKS = "cutover.attempt.chunks"
    CANCELLED = "cutover.attempt.cancelled"
    DETACHED = "cutover.attempt.detached"
    LATE = "cutover.attempt.late"
    ATTEMPTS = "cutover.route.attempts"
    OUTCOME = "cutover.route.outcome"
    SELECTED = "cutover.route.provider_selected"
    TIME_LOST = "cutover.route.time_lost"
    DISCONNECTED = "cutover.route.disconnected"


class Event(StrEnum):
    """Names of span events."""

    FIRST_CHUNK = "cutover.first_chunk"


class Metric(StrEnum):
    """Metric names; attempts apart from routes, so that a failover does not look like a slow provider."""

    ATTEMPT_DURATION = "gen_ai.client.operation.duration"
    TIME_TO_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"
    ROUTE_DURATION = "cutover.route.duration"
    TIME_LOST = "cutover.failovers.time_lost"
    FAILOVERS = "cutover.failovers"


_OWN_NAMES = {attribute: (attribute.value,) for attribute in Attribute}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the attributes are spelt on the wire; those that are not listed keep their own name."""

    name: str
    spellings: Mapping[Attribute, tuple[str, ...]] = field(default_factory=dict)

    def names(self, attribute: Attribute) -> tuple[str, ...]:
        """How this attribute is spelt; more than once where both spellings are wanted."""
        return self.spellings.get(attribute) or _OWN_NAMES[attribute]

    def spell(self, attributes: Mapping[Attribute, Value | None]) -> dict[str, Value]:
        """The attributes as they go onto a span; those without a value are left out."""
        return {
            name: value
            for attribute, value in attributes.items()
            if value is not None
            for name in self.names(attribute)
        }


V1_41 = Dialect("v1_41")
DIALECTS = {dialect.name: dialect for dialect in (V1_41,)}


def route_span_name(alias: str | None) -> str:
    """`route chat {alias}`, the alias being the model that was asked for first."""
    return " ".join(filter(None, ("route", OPERATION, alias)))


def attempt_span_name(model: str | None) -> str:
    """`chat {model}`, as the GenAI conventions have it."""
    return " ".join(filter(None, (OPERATION, model)))
