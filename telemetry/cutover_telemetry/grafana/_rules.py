"""Recording and alert rules: the series that are asked for again and again, and what somebody should be told.

The alerts that compare the arms are hints, from buckets; whether the registry arm is worse `cutover compare` says,
from exact values.
"""

from dataclasses import dataclass

from cutover_telemetry.grafana._expressions import Expressions
from cutover_telemetry.names import Attribute, Dialect, Metric

PROVIDER, ARM = Attribute.PROVIDER, Attribute.ARM
OVER, HOLD = "5m", "5m"
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
FEWEST = 0.05
"""Attempts a second below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A series that Prometheus computes and keeps."""

    record: str
    expression: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that somebody should be told of once it has held for `hold`."""

    name: str
    expression: str
    hold: str
    severity: str
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a dialect."""

    recordings: tuple[Recording, ...]
    alerts: tuple[Alert, ...]


def rules(dialect: Dialect, *, over: str = OVER, hold: str = HOLD) -> Rules:
    """The rules, with rates over `over` and alerts after `hold`."""
    build = Expressions(dialect, over=over, chosen=False)
    return Rules(_recordings(build), _alerts(build, hold))


def _recordings(build: Expressions) -> tuple[Recording, ...]:
    over = build.over
    return (
        Recording(f"provider_arm:cutover_attempts:rate{over}", build.attempts(PROVIDER, ARM)),
        Recording(f"provider_arm:cutover_attempts_failed:share{over}", build.failure_share(PROVIDER, ARM)),
        *(
            Recording(
                f"provider_arm:cutover_attempt_seconds:{name}_{over}",
                build.quantile(share, Metric.ATTEMPT_DURATION, PROVIDER, ARM),
            )
            for name, share in QUANTILES.items()
        ),
        Recording(
            f"provider_arm:cutover_first_chunk_seconds:p95_{over}",
            build.quantile(0.95, Metric.TIME_TO_FIRST_CHUNK, PROVIDER, ARM),
        ),
        Recording(f"arm_outcome:cutover_routes:rate{over}", build.routes(ARM, Attribute.OUTCOME)),
        Recording(f"arm:cutover_route_seconds:p95_{over}", build.route_quantile(0.95, ARM)),
        Recording(f"source_target:cutover_failovers:rate{over}", build.failovers(Attribute.SOURCE, Attribute.TARGET)),
        Recording(f"source:cutover_time_lost:rate{over}", build.time_lost(Attribute.SOURCE)),
    )


def _alerts(build: Expressions, hold: str) -> tuple[Alert, ...]:
    legacy, registry = build.on("legacy"), build.on("registry")
    provider = f"{{{{ $labels.{build.label(PROVIDER)} }}}}"
    return (
        Alert(
            "CutoverProviderFailing",
            f"{build.failure_share(PROVIDER)} > 0.2 and {build.attempts(PROVIDER)} > {FEWEST}",
            hold,
            "warning",
            f"{provider} fails {{{{ $value | humanizePercentage }}}} of its attempts",
            "More than a fifth of this provider's attempts end with an error. Fallbacks may hide it from callers.",
        ),
        Alert(
            "CutoverRoutesFailing",
            f"{build.unanswered_share()} > 0.01 and {build.routes()} > {FEWEST}",
            hold,
            "critical",
            "{{ $value | humanizePercentage }} of the requests get no answer from any provider",
            "More than one request in a hundred is exhausted, past its deadline or ends with an error.",
        ),
        Alert(
            "CutoverCircuitOpen",
            f"{build.circuit()} == 2",
            hold,
            "warning",
            f"the circuit of {provider} is open",
            "The provider is not tried until a probe succeeds.",
        ),
        Alert(
            "CutoverRegistryArmFailsMore",
            f"{registry.failure_share(PROVIDER)} - {legacy.failure_share(PROVIDER)} > 0.02"
            f" and {registry.attempts(PROVIDER)} > {FEWEST}",
            hold,
            "warning",
            f"on the registry arm {provider} fails {{{{ $value | humanizePercentage }}}} more of its attempts",
            "A hint: let `cutover compare` judge. `cutover switch off` goes back to the legacy arm at once.",
        ),
        Alert(
            "CutoverRegistryArmSlower",
            f"{_p95(registry)} / {_p95(legacy)} > 1.25 and {registry.attempts(PROVIDER)} > {FEWEST}",
            hold,
            "warning",
            f"on the registry arm the p95 of {provider} is {{{{ $value | humanize }}}} times that of the legacy arm",
            "A hint, from buckets: let `cutover compare` judge.",
        ),
        Alert(
            "CutoverTelemetryFaults",
            f"{build.faults()} > 0",
            "0s",
            "info",
            "telemetry swallowed {{ $value | humanize }} errors of its own",
            "No call is affected; its log has the first one.",
        ),
    )


def _p95(build: Expressions) -> str:
    return build.quantile(0.95, Metric.ATTEMPT_DURATION, PROVIDER)
