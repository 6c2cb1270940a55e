"""What ``compare`` shows: one table for all providers together and for those that differ, a line for the others.

Example: ``show_comparison(Console(), shown)``
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cutover_cli._console import table
from cutover_telemetry.judge import (
    Cell,
    Cells,
    Comparison,
    Effect,
    Judgement,
    Metric,
    MetricVerdict,
    Verdict,
    WindowComparison,
    WindowJudgement,
    WindowVerdict,
    effects,
)

STYLES = {Verdict.BETTER: "green", Verdict.SAME: "green", Verdict.WORSE: "bold red", Verdict.CANNOT_JUDGE: "yellow"}
WORDS = {Verdict.BETTER: "better", Verdict.SAME: "same", Verdict.WORSE: "worse", Verdict.CANNOT_JUDGE: "cannot judge"}
ALL = "all"
NOT_CONCURRENT = (
    "NOT CONCURRENT: two windows. Whatever else changed between them is in the difference too; "
    "only arms that are served at the same time can show that it is the code."
)
LEGEND = "differences are points of a rate, or the factor of a quantile"
MOST_E = 1_000_000


@dataclass(frozen=True)
class Shown:
    """A comparison with the names of its sides, and the minutes that it is of."""

    baseline: str
    candidate: str
    comparison: Comparison | WindowComparison
    tried: Cells
    control: Cells

    def cells(self, subject: str) -> tuple[list[Cell], list[Cell]]:
        """The cells of one provider, or of all: the candidate's and the baseline's."""
        sides = (self.tried, self.control)
        ours, theirs = ([cell for (name, _), cell in sorted(side.items()) if subject in {ALL, name}] for side in sides)
        return ours, theirs

    def effects(self, subject: str) -> dict[Metric, Effect]:
        """The effect on each metric, with an ordinary interval."""
        return {effect.metric: effect for effect in effects(*self.cells(subject))}


def show_comparison(out: Console, shown: Shown, *, every: bool = False) -> None:
    """The verdict first, then what it rests on."""
    comparison = shown.comparison
    _headline(out, shown)
    judgements: tuple[Judgement | WindowJudgement, ...] = comparison.judgements
    for number, judgement in enumerate(judgements):
        if every or number == 0 or judgement.verdict in {Verdict.WORSE, Verdict.BETTER}:
            out.print()
            out.print(_table(shown, judgement))
        if isinstance(judgement, Judgement) and number == 0:
            _notes(out, judgement)
    lines = [one for one in judgements[1:] if one.verdict not in {Verdict.WORSE, Verdict.BETTER}]
    if lines and not every:
        out.print()
        for judgement in lines:
            _line(out, judgement)


def comparison_to_json(shown: Shown) -> dict[str, Any]:
    """The same for machines."""
    comparison = shown.comparison
    return {
        "verdict": comparison.verdict.value,
        "concurrent": comparison.concurrent,
        "baseline": shown.baseline,
        "candidate": shown.candidate,
        "subjects": [_judgement_to_json(shown, one) for one in comparison.judgements],
    }


def _headline(out: Console, shown: Shown) -> None:
    verdict = shown.comparison.verdict
    first = shown.comparison.judgements[0]
    candidate, baseline = first.requests
    sides = f"{shown.candidate} ({candidate:,} attempts) beside {shown.baseline} ({baseline:,} attempts)"
    out.print(Text.assemble((WORDS[verdict].upper(), STYLES[verdict]), "  ", sides), soft_wrap=True)
    if not shown.comparison.concurrent:
        out.print(Text(NOT_CONCURRENT, "yellow"), soft_wrap=True)
    for one in shown.comparison.judgements:
        if isinstance(one, Judgement) and (one is first or one.verdict is Verdict.WORSE):
            out.print(Text(f"{one.subject}: {'; '.join(one.reasons)}"), soft_wrap=True)
    if isinstance(first, Judgement) and first.needs is not None:
        out.print(Text(f"to judge every metric it would take {first.needs}"))


def _table(shown: Shown, judgement: Judgement | WindowJudgement) -> Table:
    evidence = isinstance(judgement, Judgement)
    columns = (f"{shown.baseline}:right", f"{shown.candidate}:right", "difference (95 %):right")
    rows = table("", *columns, *(["e-value:right"] if evidence else []), "verdict", title=judgement.subject)
    for column in rows.columns[:-1]:
        column.no_wrap = True
    found = shown.effects(judgement.subject)
    for one in judgement.metrics:
        if isinstance(one, MetricVerdict):
            metric, cells = one.metric, _evidence(one)
        else:
            metric, cells = one.effect.metric, []
        verdict = Text(_verdict(one), STYLES[one.verdict])
        if metric in found:
            rows.add_row(metric.value, *_effect(found[metric], one), *cells, verdict)
        else:
            rows.add_row(metric.value, "-", "-", "-", *cells, verdict)
    return rows


def _effect(effect: Effect, verdict: MetricVerdict | WindowVerdict) -> tuple[str, str, str]:
    if effect.ratio:
        sides = (_duration(effect.baseline.value), _duration(effect.candidate.value))
        return *sides, f"× {effect.value:.2f} ({effect.low:.2f}…{effect.high:.2f})"
    low, high, middle = effect.low, effect.high, effect.value
    if isinstance(verdict, MetricVerdict):
        low, high, middle = verdict.difference.low, verdict.difference.high, verdict.difference.estimate
    sides = (f"{effect.baseline.value:.2%}", f"{effect.candidate.value:.2%}")
    return *sides, f"{100 * middle:+.2f} ({100 * low:+.2f}…{100 * high:+.2f})"


def _evidence(one: MetricVerdict) -> list[str]:
    shown = "10⁶+" if one.e_value > MOST_E else f"{one.e_value:,.0f}" if one.e_value >= 10 else f"{one.e_value:.1f}"
    return [shown]


def _verdict(one: MetricVerdict | WindowVerdict) -> str:
    word = WORDS[one.verdict]
    if isinstance(one, MetricVerdict) and one.decided is not None:
        return f"{word}, min {one.decided}"
    if one.needs is not None:
        return f"needs {one.needs.short}"
    return word


def _notes(out: Console, judgement: Judgement) -> None:
    out.print(Text(LEGEND, "dim"))
    for one in judgement.metrics:
        if one.reason.startswith("held back"):
            out.print(Text(f"{one.metric.value}: {one.reason}", "yellow"))
    uneven = [one for one in judgement.metrics if one.dispersion > 1.1]
    if uneven:
        named = ", ".join(f"{one.metric.value} × {one.dispersion:.1f}" for one in uneven)
        out.print(
            Text(f"minutes scatter more than chance would ({named}): the evidence counts for that much less"),
            soft_wrap=True,
        )


def _line(out: Console, judgement: Judgement | WindowJudgement) -> None:
    candidate, baseline = judgement.requests
    said = Text.assemble(
        f"{judgement.subject}: ", (WORDS[judgement.verdict], STYLES[judgement.verdict]),
        f" ({candidate:,} against {baseline:,} attempts)",
    )  # fmt: skip
    if isinstance(judgement, Judgement) and judgement.needs is not None:
        said.append(f"; it would take {judgement.needs}")
    out.print(said, soft_wrap=True)


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def _judgement_to_json(shown: Shown, judgement: Judgement | WindowJudgement) -> dict[str, Any]:
    found = shown.effects(judgement.subject)
    told = asdict(judgement)
    told["metrics"] = []
    for one in judgement.metrics:
        plain = asdict(one)
        effect = found.get(one.metric) if isinstance(one, MetricVerdict) else one.effect
        plain["effect"] = None if effect is None else asdict(effect)
        plain["metric"] = one.metric.value if isinstance(one, MetricVerdict) else one.effect.metric.value
        told["metrics"].append(plain)
    return told
