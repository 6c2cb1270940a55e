"""Every attribute, event and metric that we emit, by its name in the default dialect and with what it means.

The reference page of telemetry is generated from this table. Units are seconds unless a name says otherwise.
"""

from enum import StrEnum

SCOPE = "cutover_telemetry"
OPERATION = "chat"

Value = str | int | float | bool


class Attribute(StrEnum):
    """Attributes of spans, events and metrics."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> "Attribute":
        """One row of the table."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.meaning = meaning
        return made

    OPERATION = "gen_ai.operation.name", "`chat`"
    PROVIDER = "gen_ai.provider.name", "the provider, by the name that the gateway has for it"
    MODEL = "gen_ai.request.model", "the model that was asked for; of a route, the one that was asked for first"
    STREAM = "gen_ai.request.stream", "`true` if the answer was a stream"
    TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk", "seconds until a stream's first chunk"
    INPUT_TOKENS = "gen_ai.usage.input_tokens", "tokens of the prompt, as the answer says"
    OUTPUT_TOKENS = "gen_ai.usage.output_tokens", "tokens of the answer, as it says"
    CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens", "those of the prompt that came from the provider's cache"
    REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens", "those of the answer that were reasoning"
    TOKEN_TYPE = "gen_ai.token.type", "`input` or `output`"
    TOKEN_MODALITY = "gen_ai.token.modality", "`unknown`: answers do not say it"
    ERROR_TYPE = "error.type", "the HTTP status of the error, or else its class; `abandoned`; never its text"
    STATUS_CODE = "http.response.status_code", "the status of the route's answer"
    ROUTE = "cutover.route.name", "the method and the pattern in the application that the request matched"
    ARM = "cutover.arm", "`legacy` or `registry`; of a route, `mixed` if its attempts were of both"
    SITE = "cutover.site", "the site; sites that read one name, joined by commas"
    SLOT = "cutover.slot", "the slot that the function fills"
    FUNCTION = "cutover.function", "the function, as the code reads it"
    ATTEMPT_NUMBER = "cutover.attempt.number", "the attempt's place in its route, from 1"
    CHUNKS = "cutover.attempt.chunks", "chunks of a stream that were read"
    TIME_PER_CHUNK = "cutover.attempt.time_per_chunk", "seconds between two chunks of a stream, the mean"
    LONGEST_GAP = "cutover.attempt.longest_gap", "seconds of the longest wait between two chunks"
    CANCELLED = "cutover.attempt.cancelled", "`true` if its caller gave it up; no failure"
    DETACHED = "cutover.attempt.detached", "`true` if it began outside of any route and any span"
    LATE = "cutover.attempt.late", "`true` if it began after its route had ended"
    ATTEMPTS = "cutover.route.attempts", "how many attempts the route made"
    OUTCOME = "cutover.route.outcome", "`ok`, `failed_over`, `exhausted`, `deadline` or `error`"
    SELECTED = "cutover.route.provider_selected", "the provider whose answer was taken"
    TIME_LOST = "cutover.route.time_lost", "seconds in failed attempts"
    DISCONNECTED = "cutover.route.disconnected", "`true` if the client went away before the end"
    REASON = "cutover.reason", "why a provider was not tried: `circuit_open`, `cooling_down`"
    SOURCE = "cutover.failover.source", "the provider that failed"
    TARGET = "cutover.failover.target", "the provider that was tried next"
    LOST = "cutover.failover.time_lost", "seconds that the failed provider had cost"
    STATE_BEFORE = "cutover.circuit.before", "`closed`, `open` or `half-open`"
    STATE = "cutover.circuit.after", "`closed`, `open` or `half-open`"
    FLAG = "feature_flag.key", "`cutover.arm`"
    FLAG_PROVIDER = "feature_flag.provider.name", "`cutover`"
    FLAG_CONTEXT = "feature_flag.context.id", "what the arm was chosen for: `site/provider`"
    FLAG_VARIANT = "feature_flag.result.variant", "the arm"


class Event(StrEnum):
    """Names of span events."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> "Event":
        """One row of the table."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.meaning = meaning
        return made

    FIRST_CHUNK = "cutover.first_chunk", "a stream's first chunk came (attempt)"
    ARM = "feature_flag.evaluation", "an arm was chosen (route; of an attempt outside of routes, the attempt)"
    SKIPPED = "cutover.skipped", "a provider was not tried (route)"
    FAILED_OVER = "cutover.failed_over", "another provider was tried after a failure (route)"
    CIRCUIT_CHANGED = "cutover.circuit_changed", "a provider's circuit turned (route)"


class Instrument(StrEnum):
    """What a metric is."""

    HISTOGRAM = "histogram"
    COUNTER = "counter"
    GAUGE = "gauge"


class Metric(StrEnum):
    """Metrics; those of attempts apart from those of routes, so that a failover does not look like a slow provider."""

    instrument: Instrument
    unit: str
    meaning: str

    def __new__(cls, name: str, instrument: Instrument, unit: str, meaning: str) -> "Metric":
        """One row of the table."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.instrument, made.unit, made.meaning = instrument, unit, meaning
        return made

    ATTEMPT_DURATION = (
        "gen_ai.client.operation.duration", Instrument.HISTOGRAM, "s",
        "seconds of an attempt, failed ones included; a stream until its end",
    )  # fmt: skip
    TIME_TO_FIRST_CHUNK = (
        "gen_ai.client.operation.time_to_first_chunk", Instrument.HISTOGRAM, "s",
        "seconds until a stream's first chunk",
    )  # fmt: skip
    TIME_PER_CHUNK = (
        "gen_ai.client.operation.time_per_output_chunk", Instrument.HISTOGRAM, "s",
        "seconds from one chunk of a stream to the next",
    )  # fmt: skip
    TOKEN_USAGE = "gen_ai.client.token.usage", Instrument.HISTOGRAM, "{token}", "tokens of an attempt"
    INPUT_TOKENS = (
        "gen_ai.client.inference.usage.input_tokens", Instrument.COUNTER, "{token}",
        "tokens of prompts; 0 is added where the answer does not say",
    )  # fmt: skip
    OUTPUT_TOKENS = (
        "gen_ai.client.inference.usage.output_tokens", Instrument.COUNTER, "{token}",
        "tokens of answers; 0 is added where the answer does not say",
    )  # fmt: skip
    CACHED_TOKENS = (
        "gen_ai.client.inference.usage.cache_read.input_tokens", Instrument.COUNTER, "{token}",
        "tokens of prompts that came from the provider's cache",
    )  # fmt: skip
    REASONING_TOKENS = (
        "gen_ai.client.inference.usage.reasoning.output_tokens", Instrument.COUNTER, "{token}",
        "tokens of answers that were reasoning",
    )  # fmt: skip
    ROUTE_DURATION = "cutover.route.duration", Instrument.HISTOGRAM, "s", "seconds of a route, to its answer's end"
    FAILOVERS = "cutover.failovers", Instrument.COUNTER, "{failover}", "failovers from one provider to another"
    TIME_LOST = "cutover.failovers.time_lost", Instrument.COUNTER, "s", "seconds that failed providers had cost by then"
    SKIPS = "cutover.skips", Instrument.COUNTER, "{skip}", "providers that were not tried"
    CIRCUIT_CHANGES = (
        "cutover.circuit.changes",
        Instrument.COUNTER,
        "{change}",
        "circuits that turned, by the new state",
    )
    CIRCUIT_STATE = (
        "cutover.circuit.state", Instrument.GAUGE, "{state}",
        "a provider's circuit: 0 closed, 1 half-open, 2 open; none for a circuit that never turned",
    )  # fmt: skip
    OVERHEAD = "cutover.telemetry.overhead", Instrument.COUNTER, "s", "seconds in telemetry's own code"
    FAULTS = "cutover.telemetry.faults", Instrument.COUNTER, "{fault}", "errors of telemetry that were swallowed"
