"""A plan as frozen values; one that cannot be is refused when it is made, in code as from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cutover_rollout.plan import _checks
from cutover_rollout.plan._errors import InvalidPlan
from cutover_rollout.plan._stages import Stage, check_stages, stage_parts
from cutover_telemetry.judge import ALPHA, DEFAULT_METRICS, DEFAULT_MILESTONES, Guard, JudgePlan, Metric, MetricPlan

Promote = Literal["automatic", "by-hand"]
OnWorse = Literal["quarantine", "roll back"]

STAGES = (
    Stage("shadow", 0.0, 30, 14_400, shadow=True, part=0.1),
    Stage("1 %", 0.01, 20, 60, part=0.03),
    Stage("5 %", 0.05, 30, 200, part=0.07),
    Stage("25 %", 0.25, 60, 1_000, part=0.2),
    Stage("50 %", 0.50, 60, 1_800, part=0.6),
    Stage("100 %", 1.0, 1_440),
)
"""What a team that says nothing gets."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who hears of decisions, and the environment variable that has the secret which signs them."""

    url: str
    secret_env: str

    def __post_init__(self) -> None:
        _checks.matching("webhook", "url", self.url, _checks.ADDRESS, form="an http or https address")
        _checks.matching("webhook", "secret_env", self.secret_env, _checks.VARIABLE, form="the name of a variable")


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """All that a rollout was told before it began.

    Attributes:
        name: Of the rollout.
        sites: Where; ("*",) for all.
        providers: Whose; ("*",) for all.
        stages: In their order; shares rise, the last is 1.
        promote: "automatic", or "by-hand": a person says when.
        on_worse_provider: What happens if one provider alone is worse: "quarantine" it, or "roll back" all.
        certificate: Whether promoting wants a valid parity certificate.
        alpha: The chance of taking back a candidate that is the same, over all that is judged.
        metrics: What is judged: parts of a stage's alpha, and the margins of "same".
        milestones: Minutes of a stage at which errors are tested in the ordinary way, and how their part is shared.
        guard: What evidence has to outlast before it is acted on.
        outage: The part of a stage's alpha for a total failure.
        scale_margins: Margins are of all traffic at the share that comes next: ten times as wide before 10 %.
        tenant: The shares are of this tenant's routes alone.
        header: They are of routes with this header alone: its name and its value.
        webhooks: Who hears of decisions.
    """

    name: str = "registry"
    sites: tuple[str, ...] = ("*",)
    providers: tuple[str, ...] = ("*",)
    stages: tuple[Stage, ...] = STAGES
    promote: Promote = "automatic"
    on_worse_provider: OnWorse = "quarantine"
    certificate: bool = True
    alpha: float = ALPHA
    metrics: Mapping[Metric, MetricPlan] = field(default_factory=lambda: dict(DEFAULT_METRICS))
    milestones: Mapping[int, float] = field(default_factory=lambda: dict(DEFAULT_MILESTONES))
    guard: Guard = field(default_factory=Guard)
    outage: float = JudgePlan().outage
    scale_margins: bool = True
    tenant: str | None = None
    header: tuple[str, str] | None = None
    webhooks: tuple[Webhook, ...] = ()

    def __post_init__(self) -> None:
        _checks.matching("plan", "name", self.name, _checks.NAME, form="1 to 64 letters, digits, '_', '.' or '-'")
        _checks.routes(self.name, self.sites, self.providers, tenant=self.tenant, header=self.header)
        check_stages(self.name, self.stages)
        _checks.choice(self.name, "promote", self.promote, known=get_args(Promote))
        _checks.choice(self.name, "on_worse_provider", self.on_worse_provider, known=get_args(OnWorse))
        _checks.flag(self.name, "certificate", self.certificate)
        _checks.flag(self.name, "scale_margins", self.scale_margins)
        _checks.number(self.name, "alpha", self.alpha, least=0.0001, most=0.5)
        self._check_metrics()
        self._check_guard()

    @property
    def parts(self) -> tuple[float, ...]:
        """The part of alpha that each stage takes: the weight for `Ledger.take`; 0 at 100 %, where nothing judges."""
        return stage_parts(self.stages)

    @property
    def done_after(self) -> float:
        """Minutes at 100 % after which the rollout may be called done."""
        return self.stages[-1].minutes

    def margin(self, metric: Metric, stage: Stage) -> float:
        """The difference that is still "same" for a promotion out of this stage."""
        own, place = self.metrics[metric].margin, self.stages.index(stage)
        if not self.scale_margins or place == len(self.stages) - 1:
            return own
        return min(1.0, own / self.stages[place + 1].share)

    def _check_metrics(self) -> None:
        total = self.outage
        _checks.number(self.name, "outage", self.outage, least=0.0001, most=1)
        if Metric.ERRORS not in self.metrics:
            raise InvalidPlan(self.name, "errors are not among the metrics; they are always judged")
        for metric, each in self.metrics.items():
            where = f"{self.name}, metric {metric.value!r}"
            _checks.number(where, "part", each.part, least=0.0001, most=1)
            _checks.number(where, "milestones", each.milestones, least=0, most=1)
            _checks.number(where, "margin", each.margin, least=0.0001, most=1)
            _checks.number(where, "least", each.least, least=0, most=1)
            _checks.flag(where, "quick", each.quick)
            total += each.part + each.milestones
        _checks.at_most_one(self.name, "outage and the parts of the metrics", total)
        for minute, part in self.milestones.items():
            _checks.whole(self.name, "a milestone's minute", minute, least=1)
            _checks.number(self.name, f"the milestone of minute {minute}", part, least=0.0001, most=1)
        _checks.at_most_one(self.name, "the milestones", sum(self.milestones.values()))

    def _check_guard(self) -> None:
        where = f"{self.name}, guard"
        _checks.whole(where, "minutes", self.guard.minutes, least=1)
        _checks.number(where, "rest", self.guard.rest, least=-1e6, most=100)
        _checks.whole(where, "restless_minutes", self.guard.restless_minutes, least=self.guard.minutes)
        _checks.flag(where, "scatter", self.guard.scatter)


def default_plan(name: str = "registry") -> RolloutPlan:
    """What a team that says nothing gets."""
    return RolloutPlan(name)
