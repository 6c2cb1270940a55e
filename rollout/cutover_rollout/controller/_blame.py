"""Whether something was found, and whose it is: one provider's alone, or the candidate's as a whole.

If one provider alone is worse, the others taken together are as their control is. If all are worse alike, that
provider differs from the others by no more than chance. Whichever of the two is nearer to what was counted is held to
be so: the squared deviations of the first are compared with those of the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cutover_rollout.controller._bench import ALL, Bench
from cutover_telemetry.judge import Contest, Judge, Metric

FALLEN_MINUTES = 5
FALLEN_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Blame:
    """What was found; `provider` is the one that is worse alone, None: the candidate as a whole."""

    provider: str | None
    why: str


@dataclass(frozen=True, slots=True)
class _Tally:
    """Hits of the candidate above what was to be expected, of some judges together."""

    score: float = 0.0
    variance: float = 0.0
    exposure: float = 0.0

    @property
    def difference(self) -> float:
        return self.score / self.exposure if self.exposure else 0.0


def found(bench: Bench) -> Blame | None:
    """What the evidence says for certain, as of the last minute that was counted."""
    if bench.shadow:
        return _found_in_pairs(bench)
    for name, judge in bench.own.items():
        if judge.found_worse:
            return _of_judge(bench, judge, name)
    if bench.whole is not None and bench.whole.found_worse:
        return _of_judge(bench, bench.whole, None)
    return None


def fallen(bench: Bench) -> Blame | None:
    """Where there is no control: whether nothing at all was answered for minutes."""
    fall = bench.fall
    if fall.minutes < FALLEN_MINUTES or fall.failures < FALLEN_FAILURES:
        return None
    return Blame(None, f"no request was answered for {fall.minutes} minutes, {fall.failures:,} failed")


def _of_judge(bench: Bench, judge: Judge, name: str | None) -> Blame:
    whose = name or "the candidate"
    if judge.outage.found is not None:
        return Blame(_failing_alone(bench, name), f"{whose} answers nothing: {judge.outage.failures:,} requests failed"
                     " in a row while the control was well")  # fmt: skip
    metric, contest = next((metric, one) for metric, one in judge.contests.items() if one.worse.found is not None)
    culprit = _most_blamed(bench, metric) if name is None else name
    alone = culprit if culprit is not None and _alone(bench, culprit, metric) else None
    if alone is not None:
        return Blame(alone, f"{alone} is worse: {_rates(metric, bench.own[alone].contests[metric], contest)}")
    return Blame(None, f"{whose} is worse: {_rates(metric, contest, contest)}")


def _rates(metric: Metric, contest: Contest, decided: Contest) -> str:
    rates, test = contest.rates, decided.worse.found.test if decided.worse.found else ""
    above = "" if metric in (Metric.ERRORS, Metric.TIMEOUTS, Metric.EXTRA_ATTEMPTS) else " of the control exceeded by"
    return f"{metric.value}{above} {rates.of_candidate:.2%}, beside {rates.of_control:.2%} of the control ({test})"


def _failing_alone(bench: Bench, name: str | None) -> str | None:
    failing = [each for each, judge in bench.own.items() if judge.outage.failures]
    asked = [each for each, judge in bench.own.items() if judge.requests[0]]
    if len(failing) == 1 and name in (None, failing[0]) and (len(asked) > 1 or len(bench.own) > 1):
        return failing[0]
    return None


def _most_blamed(bench: Bench, metric: Metric) -> str | None:
    blamed = {name: _tally([judge], metric) for name, judge in bench.own.items()}
    worth = {name: one.score / one.variance**0.5 for name, one in blamed.items() if one.variance > 0}
    return max(worth, key=lambda name: worth[name]) if worth else None


def _alone(bench: Bench, name: str, metric: Metric) -> bool:
    others = [judge for each, judge in bench.own.items() if each != name]
    if not others:
        return False
    one, rest = _tally([bench.own[name]], metric), _tally(others, metric)
    if rest.variance <= 0 or one.exposure <= 0:
        return True
    if_alone = max(rest.score, 0.0) ** 2 / rest.variance
    spread = one.variance / one.exposure**2 + rest.variance / rest.exposure**2
    if_alike = (one.difference - rest.difference) ** 2 / spread if spread > 0 else 0.0
    return if_alone < if_alike


def _tally(judges: Iterable[Judge], metric: Metric) -> _Tally:
    score = variance = exposure = 0.0
    for judge in judges:
        evidence = judge.contests[metric].worse
        score += evidence.dispersion.score
        variance += evidence.dispersion.variance * evidence.factor
        exposure += evidence.dispersion.exposure
    return _Tally(score, variance, exposure)


def _found_in_pairs(bench: Bench) -> Blame | None:
    for name, pairs in bench.pairs.items():
        if pairs.found is None:
            continue
        whose = "the candidate" if name == ALL else name
        why = (
            f"{whose} is worse in the shadow: {pairs.candidate_only:,} of {pairs.pairs:,} pairs failed in the candidate"
            f" alone, {pairs.control_only:,} in the control alone"
        )
        return Blame(_alone_in_pairs(bench, name), why)
    return None


def _alone_in_pairs(bench: Bench, name: str) -> str | None:
    own = {each: pairs for each, pairs in bench.pairs.items() if each != ALL}
    culprit = name if name != ALL else max(own, key=lambda each: own[each].against - own[each].for_it)
    others = [pairs for each, pairs in own.items() if each != culprit]
    against, for_it = sum(one.against for one in others), sum(one.for_it for one in others)
    if not others or against - for_it > (against + for_it) ** 0.5:
        return None
    return culprit
