"""Who turned the switch, when, from what to what: one JSON line a change, appended, never edited.

The line is written after the state file, so a writer that dies between the two leaves a change without a line, as
does a person who edits the file by hand. The next writer sees it (the state is not what the last line left) and adds
a line without a rule for it.
"""

import json
import os
import pwd
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cutover_rollout._durable import append_line
from cutover_rollout._format import rule_from_json
from cutover_rollout._rules import Rule, SwitchState

HISTORY_NAME = "switch-history.jsonl"
UNSEEN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One turn of the switch; `rule` is None and `who` "unknown" where it was made without this package."""

    time: str
    who: str
    rule: Rule | None
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]


def history_path(switch_file: Path) -> Path:
    """The history that belongs to this switch file."""
    return switch_file.with_name(HISTORY_NAME)


def history(switch_file: str | os.PathLike[str]) -> tuple[Change, ...]:
    """All recorded changes, oldest first; a line that a killed writer left torn is passed over."""
    try:
        lines = history_path(Path(os.path.realpath(switch_file))).read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(change for change in map(_parse, lines) if change is not None)


def record_change(switch_file: Path, *, rule: Rule, before: SwitchState, after: SwitchState) -> None:
    """Append this change, and before it the one that nobody recorded, if there was one."""
    target = history_path(switch_file)
    told = history(switch_file)
    last = told[-1].after if told else ()
    if last != before.rules:
        append_line(target, _line(Change(_now(), UNSEEN, None, last, before.rules)))
    append_line(target, _line(Change(_now(), _os_user(), rule, before.rules, after.rules)))


def _line(change: Change) -> bytes:
    fields = {
        "time": change.time,
        "who": change.who,
        "rule": change.rule.as_json() if change.rule else None,
        "before": [rule.as_json() for rule in change.before],
        "after": [rule.as_json() for rule in change.after],
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _parse(line: bytes) -> Change | None:
    try:
        fields = json.loads(line)
        rule = rule_from_json(fields["rule"]) if fields["rule"] else None
        before, after = (tuple(map(rule_from_json, fields[side])) for side in ("before", "after"))
        return Change(fields["time"], fields["who"], rule, before, after)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _os_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
