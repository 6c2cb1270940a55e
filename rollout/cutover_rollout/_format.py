"""The switch file's bytes: parsed with every field checked, and written the one way.

    {"version": 1, "rules": [{"site": "*", "provider": "*", "arm": "registry"}]}

A worker must never act on half a file, nor a command overwrite one that it does not understand, so unknown fields
are refused like missing ones.
"""

import json
from pathlib import Path

from cutover_rollout._errors import DamagedSwitchFile, ForeignSwitchFile, NewerSwitchFile
from cutover_rollout._rules import ARMS, Rule, SwitchState

VERSION = 1
RULE_FIELDS = ("site", "provider", "arm")


def parse_state(text: bytes, *, path: Path) -> SwitchState:
    """The state in these bytes of this file; a SwitchFileError that says what is wrong."""
    try:
        document = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise DamagedSwitchFile(path, f"it is not JSON ({_first_line(exc)})") from exc
    if not isinstance(document, dict) or "version" not in document or "rules" not in document:
        raise ForeignSwitchFile(path, 'it is JSON without the fields "version" and "rules" of a switch file')
    _check_version(document["version"], path=path)
    _check_fields(document, ("version", "rules"), where="it", path=path)
    if not isinstance(document["rules"], list):
        raise DamagedSwitchFile(path, f'"rules" is {type(document["rules"]).__name__}, not a list')
    return SwitchState(tuple(_parse_rule(rule, n, path=path) for n, rule in enumerate(document["rules"], 1)))


def format_state(state: SwitchState) -> bytes:
    """The bytes of a switch file with this state: one rule a line, for those who read it in the night."""
    rules = ",\n".join("  " + json.dumps(rule.as_json(), ensure_ascii=False) for rule in state.rules)
    listed = f"[\n{rules}\n]" if rules else "[]"
    return f'{{"version": {VERSION}, "rules": {listed}}}\n'.encode()


def _check_version(version: object, *, path: Path) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ForeignSwitchFile(path, f'its "version" is {version!r}, not a version of a switch file')
    if version > VERSION:
        raise NewerSwitchFile(path, version, supported=VERSION)


def _parse_rule(rule: object, number: int, *, path: Path) -> Rule:
    where = f"rule {number}"
    if not isinstance(rule, dict):
        raise DamagedSwitchFile(path, f"{where} is {type(rule).__name__}, not an object")
    _check_fields(rule, RULE_FIELDS, where=where, path=path)
    values = [rule.get(name) for name in RULE_FIELDS]
    for name, value in zip(RULE_FIELDS, values, strict=True):
        if not isinstance(value, str) or not value:
            raise DamagedSwitchFile(path, f'{where} has {value!r} as "{name}"')
    site, provider, arm = map(str, values)
    if arm not in ARMS:
        raise DamagedSwitchFile(path, f"{where} has the unknown arm {arm!r}")
    return Rule(site, provider, arm)


def _check_fields(found: dict[str, object], known: tuple[str, ...], *, where: str, path: Path) -> None:
    unknown = [name for name in found if name not in known]
    if unknown:
        raise DamagedSwitchFile(path, f"{where} has the unknown field {unknown[0]!r}")


def _first_line(exc: BaseException) -> str:
    return str(exc).partition("\n")[0]
