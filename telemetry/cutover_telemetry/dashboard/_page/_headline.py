"""Whether anything is wrong, in words: the worst first, each with where to look."""

from collections.abc import Iterator
from dataclasses import dataclass

from cutover_telemetry.dashboard._page._arms import verdict_words
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._providers import FAIR, GOOD, error_words
from cutover_telemetry.dashboard._page._words import count, plural, seconds, share
from cutover_telemetry.overview import NOT_YET, Overview, Provider

MOST = 6
FEW = 20
JUDGING = "The arms are still being judged."
BAD, WARN = "bad", "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: how bad, what, and the panel that has more."""

    kind: str
    words: str
    panel: str


def findings(shown: Overview) -> list[Finding]:
    """What is wrong, the worst first."""
    found = [*_circuits(shown), *_verdicts(shown), *_providers(shown), *_routes(shown), *_lost(shown)]
    return sorted(found, key=lambda finding: finding.kind != BAD)


def headline(shown: Overview) -> list[Node]:
    """The strip at the head of the page."""
    found = findings(shown)
    made: list[Node] = [_title(shown, found)]
    if found:
        made.append(tag("ul", (_item(each) for each in found[:MOST]), class_="findings"))
    if len(found) > MOST:
        made.append(tag("p", f"And {len(found) - MOST} more, below.", class_="quiet"))
    return made


def _title(shown: Overview, found: list[Finding]) -> Tag:
    attempts = sum(each.attempts for each in shown.providers)
    if not attempts and not found:
        return tag("p", "No traffic in this time range, so nothing can be said of it.", class_="state calm")
    ended = sum(each.answered + each.failed for each in shown.providers)
    answered = sum(each.answered for each in shown.providers)
    told = f"{plural(attempts, 'attempt')}" + (f", {share(answered / ended)} answered" if ended else "")
    bad = sum(each.kind == BAD for each in found)
    if bad:
        rest = f", {count(len(found) - bad)} more to look at" if len(found) > bad else ""
        return tag("p", tag("strong", f"{plural(bad, 'thing')} wrong{rest}."), f" {told}.", class_="state bad")
    if found:
        return tag("p", tag("strong", f"{plural(len(found), 'thing')} to look at."), f" {told}.", class_="state warn")
    if shown.arms.overall == NOT_YET:
        return tag("p", tag("strong", "Nothing is wrong so far."), f" {told}. {JUDGING}", class_="state calm")
    return tag("p", tag("strong", "Nothing is wrong."), f" {told}.", class_="state good")


def _item(each: Finding) -> Tag:
    return tag("li", tag("a", tag("bdi", each.words), href=f"#{each.panel}"), class_=each.kind)


def _circuits(shown: Overview) -> Iterator[Finding]:
    for each in shown.circuits:
        if each.end is None and each.state != "closed":
            kind = BAD if each.state == "open" else WARN
            since = seconds(max(shown.asked.end - each.begin, 0))
            yield Finding(kind, f"{each.provider}: its circuit has been {each.state} for {since}", "circuits")


def _verdicts(shown: Overview) -> Iterator[Finding]:
    for each in shown.arms.verdicts:
        if each.verdict == "worse":
            whose = each.provider or "All providers together"
            yield Finding(BAD, f"{whose}: the registry arm is worse than legacy: {verdict_words(each)}", "arms")


def _providers(shown: Overview) -> Iterator[Finding]:
    for each in shown.providers:
        if each.success is not None and each.success < GOOD and each.failed:
            yield Finding(BAD if _is_bad(each) else WARN, _failing(each), "providers")


def _is_bad(each: Provider) -> bool:
    return each.success is not None and each.success < FAIR and each.answered + each.failed >= FEW


def _failing(each: Provider) -> str:
    ended = each.answered + each.failed
    mostly = error_words(each.errors, 1)
    most = f", most with {mostly[0]}" if mostly else ""
    return (
        f"{each.provider}: {count(each.failed)} of {plural(ended, 'call')} failed ({share(each.failed / ended)}){most}"
    )


def _routes(shown: Overview) -> Iterator[Finding]:
    cards = shown.routes.cards
    failed = sum(card.routes for card in cards if card.outcome in {"exhausted", "deadline", "error"})
    if failed:
        every = sum(card.routes for card in cards)
        kind = BAD if failed > (1 - GOOD) * every else WARN
        yield Finding(kind, f"{count(failed)} of {plural(every, 'request')} got no answer from any provider", "routes")


def _lost(shown: Overview) -> Iterator[Finding]:
    if shown.stored.dropped:
        words = (
            f"{plural(shown.stored.dropped, 'attempt')} could not be stored since the store began and are in no count"
        )
        yield Finding(WARN, words, "overhead")
