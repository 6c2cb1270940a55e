"""How names are spelt: `v1_41` (the default), `latest`, or `both` at once.

The GenAI conventions left the semantic conventions after 1.41 and renamed metrics in a repository of their own
(open-telemetry/semantic-conventions-genai). `latest` is what was read there in November 2026; it is in development, and
changes here as it changes there. Names of our own (`cutover.*`) are the same in each dialect.

As other instrumentations do, we go by `OTEL_SEMCONV_STABILITY_OPT_IN`: `gen_ai_latest_experimental` in its list chooses
`latest`, and `gen_ai_latest_experimental/dup` chooses `both`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cutover_telemetry._errors import UnknownDialect
from cutover_telemetry.names._table import Attribute, Metric, Value

VARIABLE = "OTEL_SEMCONV_STABILITY_OPT_IN"
LATEST_ASKED = "gen_ai_latest_experimental"
BOTH_ASKED = f"{LATEST_ASKED}/dup"

_OWN_NAMES = {attribute: (attribute.value,) for attribute in Attribute}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How attributes and metrics are spelt on the wire; those that are not listed keep their own name.

    Attributes:
        name: What it is called in configuration.
        spellings: Attributes with other names than their own, or with more than one.
        metrics: Metrics with other names than their own, or with more than one; none where it does not have them.
        schema_url: The schema that the spans and metrics follow, where there is one.
    """

    name: str
    spellings: Mapping[Attribute, tuple[str, ...]] = field(default_factory=dict)
    metrics: Mapping[Metric, tuple[str, ...]] = field(default_factory=dict)
    schema_url: str | None = None

    def names(self, attribute: Attribute) -> tuple[str, ...]:
        """How this attribute is spelt; more than once where both spellings are wanted."""
        return self.spellings.get(attribute) or _OWN_NAMES[attribute]

    def metric_names(self, metric: Metric) -> tuple[str, ...]:
        """How this metric is spelt; not at all where the dialect does not have it."""
        return self.metrics.get(metric, (metric.value,))

    def spell(self, attributes: Mapping[Attribute, Value | None]) -> dict[str, Value]:
        """The attributes as they go onto a span; those without a value are left out."""
        return {
            name: value
            for attribute, value in attributes.items()
            if value is not None
            for name in self.names(attribute)
        }


_COUNTERS = (Metric.INPUT_TOKENS, Metric.OUTPUT_TOKENS, Metric.CACHED_TOKENS, Metric.REASONING_TOKENS)
_RENAMED = {
    Metric.ATTEMPT_DURATION: "gen_ai.client.inference.duration",
    Metric.TIME_TO_FIRST_CHUNK: "gen_ai.client.inference.time_to_first_chunk",
    Metric.TIME_PER_CHUNK: "gen_ai.client.inference.time_per_output_chunk",
}

V1_41 = Dialect(
    "v1_41", metrics=dict.fromkeys(_COUNTERS, ()), schema_url="https://opentelemetry.io/schemas/1.41.0"
)  # fmt: skip
LATEST = Dialect(
    "latest", metrics={metric: (name,) for metric, name in _RENAMED.items()} | {Metric.TOKEN_USAGE: ()}
)  # fmt: skip
BOTH = Dialect("both", metrics={metric: (metric.value, name) for metric, name in _RENAMED.items()})
DIALECTS = {dialect.name: dialect for dialect in (V1_41, LATEST, BOTH)}


def chosen_dialect(asked: Dialect | str | None = None) -> Dialect:
    """The dialect that configuration asks for, by itself or by name, or else the environment; the default is V1_41.

    Raises UnknownDialect for a name that is none. Values of the variable that are other instrumentations' are left
    alone.
    """
    if isinstance(asked, Dialect):
        return asked
    if asked is not None:
        if asked not in DIALECTS:
            raise UnknownDialect(asked, known=tuple(DIALECTS))
        return DIALECTS[asked]
    opted = {value.strip() for value in os.environ.get(VARIABLE, "").split(",")}
    if BOTH_ASKED in opted:
        return BOTH
    return LATEST if LATEST_ASKED in opted else V1_41
