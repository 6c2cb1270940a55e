"""The switch file's bytes: parsed with every field checked, and written the one way.

    {"version": 2, "salt": "9f86d081", "rules": [{"site": "*", "provider": "near", "share": 0.05}]}

A worker must never act on half a file, nor a command overwrite one that it does not understand, so unknown fields
are refused like missing ones. Version 1, rules of site, provider and arm alone, is written where that says it all, so
that workers of an older release follow it too.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cutover_registry import InvalidSwitch, SwitchSnapshot
from cutover_rollout._errors import DamagedSwitchFile, ForeignSwitchFile, NewerSwitchFile
from cutover_rollout._rules import ARMS, Rule, SwitchState

VERSION = 2
FIELDS = {1: ("version", "rules"), 2: ("version", "salt", "rules", "kill", "quarantined", "rollout")}
RULE_FIELDS = {
    1: ("site", "provider", "arm"),
    2: ("site", "provider", "tenant", "header", "arm", "share"),
}
NAMES = ("site", "provider")


def parse_state(text: bytes, *, path: Path) -> SwitchState:
    """The state in these bytes of this file; a SwitchFileError that says what is wrong."""
    try:
        document = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise DamagedSwitchFile(path, f"it is not JSON ({_first_line(exc)})") from exc
    if not isinstance(document, dict) or "version" not in document or "rules" not in document:
        raise ForeignSwitchFile(path, 'it is JSON without the fields "version" and "rules" of a switch file')
    version = _checked_version(document["version"], path=path)
    _check_fields(document, FIELDS[version], where="it", path=path)
    if not isinstance(document["rules"], list):
        raise DamagedSwitchFile(path, f'"rules" is {type(document["rules"]).__name__}, not a list')
    for number, rule in enumerate(document["rules"], 1):
        _check_rule(rule, RULE_FIELDS[version], where=f"rule {number}", path=path)
    return _state(document, path=path)


def format_state(state: SwitchState) -> bytes:
    """The bytes of a switch file with this state: one rule a line, for those who read it in the night."""
    rules = [rule.as_json() for rule in state.rules]
    others: dict[str, Any] = {
        "salt": state.salt,
        "kill": state.kill,
        "quarantined": list(state.quarantined),
        "rollout": state.rollout,
    }
    said = {name: value for name, value in others.items() if value or (name == "rollout" and value is not None)}
    version = 1 if not said and all(tuple(rule) == RULE_FIELDS[1] for rule in rules) else VERSION
    head = "".join(f'"{name}": {_text(said.pop(name))}, ' for name in ("salt", "kill", "quarantined") if name in said)
    tail = f', "rollout": {_text(said["rollout"])}' if said else ""
    return f'{{"version": {version}, {head}"rules": {_listed(map(_text, rules))}{tail}}}\n'.encode()


def rule_from_json(fields: dict[str, Any]) -> Rule:
    """The rule that stands so in a file or a history."""
    header = fields.get("header")
    return Rule(**{**fields, "header": None if header is None else (header["name"], header["value"])})


def _state(document: dict[str, Any], *, path: Path) -> SwitchState:
    try:
        workers = SwitchSnapshot.from_document(document)
    except InvalidSwitch as exc:
        raise DamagedSwitchFile(path, f"it {exc.problem}") from exc
    rules = tuple(
        Rule(rule.site, rule.provider, rule.arm, rule.share, rule.tenant, rule.header) for rule in workers.rules
    )
    quarantined = tuple(dict.fromkeys(document.get("quarantined", ())))
    return SwitchState(rules, workers.salt, workers.kill, quarantined, document.get("rollout"))


def _checked_version(version: object, *, path: Path) -> int:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ForeignSwitchFile(path, f'its "version" is {version!r}, not a version of a switch file')
    if version > VERSION:
        raise NewerSwitchFile(path, version, supported=VERSION)
    return version


def _check_rule(rule: object, known: tuple[str, ...], *, where: str, path: Path) -> None:
    if not isinstance(rule, dict):
        raise DamagedSwitchFile(path, f"{where} is {type(rule).__name__}, not an object")
    _check_fields(rule, known, where=where, path=path)
    for name in (*NAMES, *(("arm",) if "share" not in rule else ())):
        value = rule.get(name)
        if not isinstance(value, str) or not value:
            raise DamagedSwitchFile(path, f'{where} has {value!r} as "{name}"')
    if "arm" in rule and rule["arm"] not in ARMS:
        raise DamagedSwitchFile(path, f"{where} has the unknown arm {rule['arm']!r}")


def _check_fields(found: dict[str, object], known: tuple[str, ...], *, where: str, path: Path) -> None:
    unknown = [name for name in found if name not in known]
    if unknown:
        raise DamagedSwitchFile(path, f"{where} has the unknown field {unknown[0]!r}")


def _listed(rules: Iterable[str]) -> str:
    lines = ",\n".join(f"  {rule}" for rule in rules)
    return f"[\n{lines}\n]" if lines else "[]"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _first_line(exc: BaseException) -> str:
    return str(exc).partition("\n")[0]
