"""The panels of the dashboards: what each shows, in which unit, by which expressions."""

from dataclasses import dataclass

from cutover_telemetry.grafana._expressions import Expressions
from cutover_telemetry.names import Attribute, Dialect, Metric

PROVIDER, ARM = Attribute.PROVIDER, Attribute.ARM


@dataclass(frozen=True, slots=True)
class Target:
    """One expression with the legend of its series."""

    expression: str
    legend: str
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `kind` is Grafana's name for it, `unit` Grafana's name for a unit, `width` of 24 columns."""

    title: str
    description: str
    unit: str
    targets: tuple[Target, ...]
    kind: str = "timeseries"
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels."""

    name: str
    title: str
    description: str
    panels: tuple[Panel, ...]


def dashboards(dialect: Dialect) -> tuple[Dashboard, ...]:
    """The dashboards of a dialect."""
    build = Expressions(dialect)
    return (
        Dashboard(
            "cutover-providers",
            "Providers",
            "Which provider is slow, which fails, who stands in for whom.",
            _providers(build),
        ),
        Dashboard(
            "cutover-arms", "Legacy and registry", "Both arms side by side: is the registry arm worse?", _arms(build)
        ),
    )


def _providers(build: Expressions) -> tuple[Panel, ...]:
    return (*_provider_states(build), *_provider_speeds(build), *_provider_moves(build))


def _provider_states(build: Expressions) -> tuple[Panel, ...]:
    provider = _legend(build, PROVIDER)
    return (
        Panel(
            "Failing now",
            "Share of attempts that failed, by provider; cancelled ones aside.",
            "percentunit",
            (Target(build.failure_share(PROVIDER), provider, instant=True),),
            kind="bargauge",
        ),
        Panel(
            "Circuits",
            "0 closed, 1 half-open, 2 open; nothing for a circuit that never turned.",
            "none",
            (Target(build.circuit(), provider),),
            kind="state-timeline",
        ),
        Panel("Attempts", "Attempts a second.", "reqps", (Target(build.attempts(PROVIDER), provider),)),
        Panel(
            "Failures",
            "Failed attempts a second, by provider and error.",
            "reqps",
            (Target(build.errors(), _legend(build, PROVIDER, Attribute.ERROR_TYPE)),),
        ),
    )


def _provider_speeds(build: Expressions) -> tuple[Panel, ...]:
    provider = _legend(build, PROVIDER)
    return (
        *(
            Panel(
                f"Latency, p{round(share * 100)}",
                "Of attempts that gave their whole answer; a stream until its end.",
                "s",
                (Target(build.quantile(share, Metric.ATTEMPT_DURATION, PROVIDER), provider),),
                width=8,
            )
            for share in (0.5, 0.95, 0.99)
        ),
        Panel(
            "Time to first chunk, p95",
            "Of streams.",
            "s",
            (Target(build.quantile(0.95, Metric.TIME_TO_FIRST_CHUNK, PROVIDER), provider),),
        ),
        Panel(
            "Tokens",
            "Tokens a second, as the answers say.",
            "none",
            (
                Target(build.tokens("input"), f"{provider} in"),
                Target(build.tokens("output"), f"{provider} out"),
            ),
        ),
    )


def _provider_moves(build: Expressions) -> tuple[Panel, ...]:
    return (
        Panel(
            "Failovers",
            "Who failed over to whom, a second.",
            "reqps",
            (
                Target(
                    build.failovers(Attribute.SOURCE, Attribute.TARGET),
                    _legend(build, Attribute.SOURCE, Attribute.TARGET, between=" → "),
                ),
            ),
        ),
        Panel(
            "Time lost",
            "Seconds that failed providers cost, a second.",
            "s",
            (Target(build.time_lost(Attribute.SOURCE), _legend(build, Attribute.SOURCE)),),
        ),
        Panel(
            "Not tried",
            "Providers that were skipped, a second, by reason.",
            "reqps",
            (Target(build.skips(PROVIDER, Attribute.REASON), _legend(build, PROVIDER, Attribute.REASON)),),
        ),
        Panel(
            "Telemetry's own time", "Share of the routes' time.", "percentunit", (Target(build.overhead(), "overhead"),)
        ),
    )


def _arms(build: Expressions) -> tuple[Panel, ...]:
    arm, both = _legend(build, ARM), _legend(build, PROVIDER, ARM)
    return (
        Panel("Attempts", "Attempts a second on each arm.", "reqps", (Target(build.attempts(ARM), arm),)),
        Panel("Failing", "Share of attempts that failed.", "percentunit", (Target(build.failure_share(ARM), arm),)),
        *(
            Panel(
                f"Latency, p{round(share * 100)}",
                "Of attempts that gave their whole answer, by provider and arm.",
                "s",
                (Target(build.quantile(share, Metric.ATTEMPT_DURATION, PROVIDER, ARM), both),),
                width=8,
            )
            for share in (0.5, 0.95, 0.99)
        ),
        Panel(
            "Time to first chunk, p95",
            "Of streams, by provider and arm.",
            "s",
            (Target(build.quantile(0.95, Metric.TIME_TO_FIRST_CHUNK, PROVIDER, ARM), both),),
        ),
        Panel(
            "Failing, by provider",
            "Share of attempts that failed, by provider and arm.",
            "percentunit",
            (Target(build.failure_share(PROVIDER, ARM), both),),
        ),
        Panel(
            "Routes",
            "Routes a second, by how they came out.",
            "reqps",
            (Target(build.routes(ARM, Attribute.OUTCOME), _legend(build, ARM, Attribute.OUTCOME)),),
        ),
        Panel(
            "Routes, p95",
            "Seconds of a route to the end of its answer.",
            "s",
            (Target(build.route_quantile(0.95, ARM), arm),),
        ),
    )


def _legend(build: Expressions, *attributes: Attribute, between: str = " ") -> str:
    return between.join(f"{{{{{build.label(attribute)}}}}}" for attribute in attributes)
