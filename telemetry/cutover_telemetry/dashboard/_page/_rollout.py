"""The rollout: where it stands, what the judge says and it waits for, which rules follow, and what can be done."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._tables import Column, badge, cell, figure, row, table, unknown
from cutover_telemetry.dashboard._page._words import UNKNOWN, count, machine, moment, share

COLUMNS = (Column("Site"), Column("Provider"), Column("Arm"), Column("Share", True))
STAGES = (Column("Stage"), Column("Share", True), Column("It is"))
EVIDENCE = (
    Column("Provider"),
    Column("Metric"),
    Column("Verdict"),
    Column("Registry", True),
    Column("Legacy", True),
    Column("Difference", True, "Points of a rate"),
    Column("Interval", True, "In which the difference lies, however often one looks"),
    Column("Margin", True, "The difference that still counts as the same"),
)
HISTORY = (Column("Decision"), Column("When"), Column("Who"), Column("What"), Column("Stage"), Column("Share", True),
           Column("Why"))  # fmt: skip
KINDS = {"collecting": "calm", "promote": "good", "at 100 %": "good", "done": "good", "same": "good", "better": "good",
         "roll back": "bad", "rolled back": "bad", "worse": "bad"}  # fmt: skip
ALREADY_TOLD = frozenset({
    "version", "rollout", "phase", "waits", "stage", "place", "stages", "share", "since", "why", "decision", "killed",
    "killed_here",
})  # fmt: skip
NONE = "No rollout is known here. The legacy arm serves whatever the switch does not say otherwise; to begin one:"
BEGIN = "cutover rollout start"
EVERYBODY = "all together"
KILLED_HERE = "Killed on this machine alone: its workers are on the legacy arm, those of others are as it says below."


def rollout(known: Mapping[str, Any] | None, actions: Iterable[str]) -> list[Node]:
    """Where it stands first, then the rules, the last that matches first, and what was decided."""
    if known is None:
        return [tag("p", NONE), tag("pre", tag("code", BEGIN), tabindex=0, role="region", aria_label="Command")]
    return [*_standing(known), _facts(known), *_now(known), *_rules(known), *_history(known), *_buttons(actions)]


def _standing(known: Mapping[str, Any]) -> Iterator[Node]:
    if known.get("killed_here") and not known.get("killed"):
        yield tag("p", KILLED_HERE, class_="state bad")
    if "phase" not in known:
        if known.get("killed"):
            yield tag("p", "Killed: everything is on the legacy arm.", class_="state bad")
        return
    killed = bool(known.get("killed"))
    phase = "killed" if killed else str(known["phase"])
    waits = f" until {known['waits']}," if known.get("waits") else ""
    yield tag(
        "p",
        badge(phase, "bad" if killed else KINDS.get(phase, "warn")),
        f"{waits} stage ", tag("strong", tag("bdi", str(known.get("stage")))),
        f" ({known.get('place')} of {known.get('stages')}), ",
        tag("strong", share(_number(known.get("share")))), " of the routes with a key, since ",
        *_time(known.get("since")),
    )  # fmt: skip
    if known.get("why"):
        yield tag("p", f"Decision {known.get('decision')}: ", tag("bdi", str(known["why"])))
    plan = known.get("plan")
    if isinstance(plan, list):
        rows = (_stage(each, place, known) for place, each in enumerate(plan, 1) if isinstance(each, Mapping))
        yield _more("rollout-stages", "The stages of the plan", table("stages", "Stages", STAGES, rows))


def _stage(each: Mapping[str, Any], place: int, known: Mapping[str, Any]) -> Tag:
    present = known.get("place")
    here = isinstance(present, int) and place == present
    said = "here" if here else "behind" if isinstance(present, int) and place < present else "to come"
    part = _number(each.get("share"))
    name = tag("strong", tag("bdi", str(each.get("name")))) if here else tag("bdi", str(each.get("name")))
    return row(str(place), name, figure(share(part), part), cell(said))


def _now(known: Mapping[str, Any]) -> Iterator[Node]:
    now = known.get("now")
    if not isinstance(now, Mapping):
        return
    verdict = str(now.get("verdict"))
    yield tag("p", "The judge says: ", badge(verdict, KINDS.get(verdict, "warn")), " ",
              tag("bdi", str(now.get("why") or "")))  # fmt: skip
    evidence = now.get("evidence")
    subjects = evidence.get("subjects") if isinstance(evidence, Mapping) else None
    if isinstance(subjects, list) and subjects:
        rows = (each for one in subjects for each in _metrics(one))
        yield _more("rollout-evidence", "Evidence, metric by metric", table("looked", "Evidence", EVIDENCE, rows))


def _metrics(subject: Mapping[str, Any]) -> Iterator[Tag]:
    name = str(subject.get("subject"))
    whose = tag("em", EVERYBODY) if name in {"*", "all"} else tag("bdi", name)
    for one in subject.get("metrics", ()):
        verdict, between = str(one["verdict"]).replace("_", " "), one["difference"]
        yield row(
            f"{name}\n{one['metric']}", whose, cell(str(one["metric"]).replace("_", " ")),
            cell(badge(verdict, KINDS.get(verdict, "calm"))), _rate(one["candidate"]), _rate(one["control"]),
            figure(_points(between["estimate"]), between["estimate"]),
            figure(f"{_points(between['low'])} to {_points(between['high'])}", between["low"]),
            figure(_points(one["margin"]), one["margin"]),
        )  # fmt: skip


def _rules(known: Mapping[str, Any]) -> Iterator[Node]:
    rules = known.get("rules")
    if isinstance(rules, list) and rules:
        rows = (_rule(each, place) for place, each in enumerate(reversed(rules)) if isinstance(each, Mapping))
        yield table("rules", "Rules of the switch; the first that fits decides", COLUMNS, rows)
    elif "problem" not in known:
        yield tag("p", "The switch has no rule: the legacy arm serves everything.", class_="quiet")


def _rule(rule: Mapping[str, Any], place: int) -> Tag:
    part = _number(rule.get("share"))
    arm = str(rule.get("arm") or ("registry" if part is not None else UNKNOWN))
    site, provider = (_whom(rule.get(name)) for name in ("site", "provider"))
    return row(str(place), site, cell(provider), cell(tag("bdi", arm)), figure(share(part), part))


def _whom(name: Any) -> Tag:
    return tag("em", "every one") if name in {None, "*"} else tag("bdi", str(name))


def _history(known: Mapping[str, Any]) -> Iterator[Node]:
    rows = known.get("history")
    if isinstance(rows, list) and rows:
        told = (_decided(each) for each in rows if isinstance(each, Mapping))
        yield _more("rollout-history", "The latest decisions", table("decisions", "The latest first", HISTORY, told))


def _decided(each: Mapping[str, Any]) -> Tag:
    what, part = str(each.get("what")), _number(each.get("share"))
    return row(
        str(each.get("decision")), str(each.get("decision")), cell(*_time(each.get("at"))),
        cell(tag("bdi", str(each.get("by")))), cell(badge(what, "bad" if what in {"roll back", "kill"} else "calm")),
        cell(tag("bdi", str(each["stage"])) if each.get("stage") else unknown()), figure(share(part), part),
        cell(tag("bdi", str(each.get("why"))), class_="words"),
    )  # fmt: skip


def _facts(known: Mapping[str, Any]) -> Tag | str:
    told = ALREADY_TOLD if "phase" in known else {"version"}
    plain = {name: value for name, value in known.items() if isinstance(value, (str, int, float)) and name not in told}
    if not plain:
        return ""
    pairs = (
        tag("div", tag("dt", name.replace("_", " ")), tag("dd", tag("bdi", _said(value))))
        for name, value in plain.items()
    )
    return tag("dl", pairs, class_="facts")


def _said(value: str | float) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _buttons(actions: Iterable[str]) -> list[Node]:
    made = [tag("button", name.replace("-", " "), type="button", data_action=name, class_="danger") for name in actions]
    return [tag("p", made, class_="actions"), tag("p", role="status", id="action-said", data_keep=True)] if made else []


def _time(at: Any) -> tuple[Node, ...]:
    value = _number(at)
    return (unknown(),) if value is None else (tag("time", moment(value), datetime=machine(value)),)


def _rate(counts: Any) -> Tag:
    hits, requests = counts
    if not requests:
        return figure(UNKNOWN, None)
    return figure(f"{share(hits / requests)} of {count(requests)}", hits / requests)


def _points(value: float) -> str:
    return f"{value * 100:+.2f}"


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _more(name: str, summary: str, *children: Tag) -> Tag:
    return tag("details", tag("summary", summary), children, id=name)
