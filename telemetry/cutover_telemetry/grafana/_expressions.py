"""The PromQL of dashboards and rules, with each name taken from the name table and spelt as Prometheus has it.

Shares are of what was not cancelled; latency is that of attempts that gave their whole answer, as everywhere else here.
"""

from dataclasses import dataclass, replace

from cutover_telemetry._records import RouteOutcome
from cutover_telemetry.names import Attribute, Dialect, Metric
from cutover_telemetry.prometheus import label_name, metric_name

RATE = "$__rate_interval"
CHOSEN = {Attribute.PROVIDER: "$provider", Attribute.ARM: "$arm"}
Matches = tuple[tuple[Attribute, str], ...]

ANSWERED: Matches = ((Attribute.ERROR_TYPE, '=""'), (Attribute.CANCELLED, '=""'))
FAILED: Matches = ((Attribute.ERROR_TYPE, '!=""'), (Attribute.CANCELLED, '=""'))
ENDED: Matches = ((Attribute.CANCELLED, '=""'),)
UNANSWERED: Matches = (
    (Attribute.OUTCOME, f'=~"{RouteOutcome.EXHAUSTED}|{RouteOutcome.DEADLINE}|{RouteOutcome.ERROR}"'),
)


@dataclass(frozen=True, slots=True)
class Expressions:
    """Builds expressions over a stretch of time.

    Attributes:
        dialect: How the names are spelt; of two spellings the first is asked for.
        over: The range of a rate.
        chosen: Whether the providers and arms are those that the dashboard's variables choose.
        arm: The one arm that is asked for.
    """

    dialect: Dialect
    over: str = RATE
    chosen: bool = True
    arm: str | None = None

    def label(self, attribute: Attribute) -> str:
        """The label that an attribute is."""
        return label_name(self.dialect.names(attribute)[0])

    def metric(self, metric: Metric) -> str:
        """The name of a metric's series, of a histogram without what follows it."""
        name = self.dialect.metric_names(metric)[0]
        return metric_name(name, metric.unit, metric.instrument.value)

    def has(self, metric: Metric) -> bool:
        """Whether the dialect has this metric."""
        return bool(self.dialect.metric_names(metric))

    def attempts(self, *by: Attribute, only: Matches = ENDED) -> str:
        """Attempts a second."""
        return self._sum(f"{self.metric(Metric.ATTEMPT_DURATION)}_count", by, only, Attribute.PROVIDER, Attribute.ARM)

    def failure_share(self, *by: Attribute) -> str:
        """Failed attempts of those that ended, between 0 and 1; 0 where none failed."""
        failed, ended = self.attempts(*by, only=FAILED), self.attempts(*by)
        return f"({failed} or 0 * {ended}) / {ended}"

    def errors(self) -> str:
        """Failed attempts a second by provider and error."""
        return self.attempts(Attribute.PROVIDER, Attribute.ERROR_TYPE, only=FAILED)

    def quantile(self, share: float, metric: Metric, *by: Attribute) -> str:
        """A quantile of the attempts' seconds, or of the seconds to their first chunk."""
        only = ANSWERED if metric is Metric.ATTEMPT_DURATION else ()
        series = f"{self.metric(metric)}_bucket"
        rates = self._sum(series, by, only, Attribute.PROVIDER, Attribute.ARM, extra="le")
        return f"histogram_quantile({share}, {rates})"

    def on(self, arm: str) -> "Expressions":
        """The same of one arm."""
        return replace(self, arm=arm)

    def routes(self, *by: Attribute, only: Matches = ()) -> str:
        """Routes a second."""
        return self._sum(f"{self.metric(Metric.ROUTE_DURATION)}_count", by, only, Attribute.ARM)

    def unanswered_share(self) -> str:
        """Routes without an answer of any provider, of all, between 0 and 1."""
        return f"({self.routes(only=UNANSWERED)} or 0 * {self.routes()}) / {self.routes()}"

    def route_quantile(self, share: float, *by: Attribute) -> str:
        """A quantile of the routes' seconds."""
        rates = self._sum(f"{self.metric(Metric.ROUTE_DURATION)}_bucket", by, (), Attribute.ARM, extra="le")
        return f"histogram_quantile({share}, {rates})"

    def failovers(self, *by: Attribute) -> str:
        """Failovers a second."""
        return self._sum(self.metric(Metric.FAILOVERS), by, (), Attribute.ARM)

    def time_lost(self, *by: Attribute) -> str:
        """Seconds lost to failed providers, a second."""
        return self._sum(self.metric(Metric.TIME_LOST), by, (), Attribute.ARM)

    def skips(self, *by: Attribute) -> str:
        """Providers that were not tried, a second."""
        return self._sum(self.metric(Metric.SKIPS), by, (), Attribute.PROVIDER)

    def circuit(self) -> str:
        """The state of each circuit: 0 closed, 1 half-open, 2 open; the worst of what several processes say."""
        series = self.metric(Metric.CIRCUIT_STATE) + self._chosen((), (Attribute.PROVIDER,))
        return f"max by ({self.label(Attribute.PROVIDER)}) ({series})"

    def tokens(self, kind: str) -> str:
        """Tokens a second by provider; `kind` is input or output."""
        counter = Metric.INPUT_TOKENS if kind == "input" else Metric.OUTPUT_TOKENS
        by = (Attribute.PROVIDER,)
        if self.has(counter):
            return self._sum(self.metric(counter), by, (), Attribute.PROVIDER, Attribute.ARM)
        series = f"{self.metric(Metric.TOKEN_USAGE)}_sum"
        return self._sum(series, by, ((Attribute.TOKEN_TYPE, f'="{kind}"'),), Attribute.PROVIDER, Attribute.ARM)

    def overhead(self) -> str:
        """Seconds in telemetry's own code, for each second of routes."""
        routes = f"sum(rate({self.metric(Metric.ROUTE_DURATION)}_sum[{self.over}]))"
        return f"sum(rate({self.metric(Metric.OVERHEAD)}[{self.over}])) / {routes}"

    def faults(self) -> str:
        """Errors of telemetry that were swallowed."""
        return f"sum(increase({self.metric(Metric.FAULTS)}[{self.over}]))"

    def values(self, attribute: Attribute) -> str:
        """What a dashboard's variable offers."""
        return f"label_values({self.metric(Metric.ATTEMPT_DURATION)}_count, {self.label(attribute)})"

    def _sum(self, series: str, by: tuple[Attribute, ...], only: Matches, *choice: Attribute, extra: str = "") -> str:
        names = [*filter(None, [extra]), *(self.label(attribute) for attribute in by)]
        group = f" by ({', '.join(names)})" if names else ""
        return f"sum{group} (rate({series}{self._chosen(only, choice)}[{self.over}]))"

    def _chosen(self, only: Matches, choice: tuple[Attribute, ...]) -> str:
        wanted = [f"{self.label(attribute)}{match}" for attribute, match in only]
        if self.arm is not None and Attribute.ARM in choice:
            wanted.append(f'{self.label(Attribute.ARM)}="{self.arm}"')
        if self.chosen:
            wanted += [f'{self.label(attribute)}=~"{CHOSEN[attribute]}"' for attribute in choice]
        return f"{{{', '.join(wanted)}}}" if wanted else ""
