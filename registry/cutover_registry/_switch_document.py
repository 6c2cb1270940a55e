"""The form of a switch file: what each version has, field by field, so that half-understood rules never act.

Version 1 has rules of a site, a provider and an arm. Version 2 adds shares, tenants and headers to rules, and beside
them the salt, kill and quarantine; ``rollout`` is a controller's own and is not looked at here. A document is written
in version 1 where that says it all, so that workers of an older release follow it too.
"""

from collections.abc import Iterable, Mapping

from cutover_registry._switch_rule import SwitchRule
from cutover_registry._typing import Any
from cutover_registry.errors import InvalidSwitch

VERSIONS = (1, 2)
FORM = '{"version": 1, "rules": [...]}'
FIELDS = ("version", "salt", "rules", "kill", "quarantined", "rollout")
FIRST_FIELDS = {"site", "provider", "arm"}
RULE_FIELDS = ("site", "provider", "tenant", "header", "arm", "share")


def read_document(document: object, *, source: str) -> dict[str, Any]:
    """Return what a document says, as the fields of a `SwitchSnapshot`.

    Raises:
        InvalidSwitch: When it is of a newer version, or has something that is not understood.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("rules"), list):
        raise InvalidSwitch(source, f"is not of the form {FORM}; write it anew")
    version = document.get("version")
    if type(version) is not int or version not in VERSIONS:
        raise InvalidSwitch(source, f"has version {version!r}; this package reads versions 1 and 2")
    if version == 1:
        return {"rules": tuple(_first_rule(rule, source=source) for rule in document["rules"])}
    _refuse_unknown(document, FIELDS, what="has", source=source)
    if not isinstance(document.get("rollout", {}), Mapping):
        raise InvalidSwitch(source, f"has rollout {document['rollout']!r}; it is an object")
    return {
        "rules": tuple(_rule(rule, source=source) for rule in document["rules"]),
        "salt": document.get("salt", ""),
        "kill": _flag(document.get("kill", False), source=source),
        "quarantined": _names(document.get("quarantined", []), source=source),
    }


def to_document(rules: Iterable[SwitchRule], *, salt: str, kill: bool, quarantined: Iterable[str]) -> dict[str, Any]:
    """Return the document that says this, in the first version that can."""
    said = [rule.to_json() for rule in rules]
    names = sorted(quarantined)
    if not salt and not kill and not names and all(rule.keys() == FIRST_FIELDS for rule in said):
        return {"version": 1, "rules": said}
    return {"version": 2, "salt": salt, "rules": said, "kill": kill, "quarantined": names}


def _first_rule(rule: object, *, source: str) -> SwitchRule:
    if not isinstance(rule, Mapping) or set(rule) != FIRST_FIELDS:
        raise InvalidSwitch(source, f"has the rule {rule!r}; a rule has site, provider and arm, and nothing else")
    return _made(rule, source=source)


def _rule(rule: object, *, source: str) -> SwitchRule:
    if not isinstance(rule, Mapping):
        raise InvalidSwitch(source, f"has the rule {rule!r}; it is an object")
    _refuse_unknown(rule, RULE_FIELDS, what=f"has the rule {dict(rule)!r} with", source=source)
    missing = {"site", "provider"} - set(rule)
    if missing or ("arm" in rule) == ("share" in rule) or not rule["site"] or not rule["provider"]:
        raise InvalidSwitch(source, f"has the rule {dict(rule)!r}; a rule has site, provider, and arm or share")
    if any(rule.get(name, "") is None for name in RULE_FIELDS):
        raise InvalidSwitch(source, f"has the rule {dict(rule)!r}; leave out what is null")
    return _made(
        {**rule, "header": _header(rule["header"], source=source)} if "header" in rule else rule, source=source
    )


def _header(header: object, *, source: str) -> tuple[Any, Any]:
    if not isinstance(header, Mapping) or set(header) != {"name", "value"}:
        raise InvalidSwitch(source, f"has header {header!r}; a header has name and value, and nothing else")
    return header["name"], header["value"]


def _made(rule: Mapping[str, Any], *, source: str) -> SwitchRule:
    try:
        return SwitchRule(**rule)
    except InvalidSwitch as error:
        raise InvalidSwitch(source, error.problem) from error


def _flag(kill: object, *, source: str) -> bool:
    if not isinstance(kill, bool):
        raise InvalidSwitch(source, f"has kill {kill!r}; write true or false")
    return kill


def _names(names: object, *, source: str) -> frozenset[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise InvalidSwitch(source, f"has quarantined {names!r}; write a list of providers")
    return frozenset(names)


def _refuse_unknown(found: Mapping[Any, object], known: tuple[str, ...], *, what: str, source: str) -> None:
    unknown = [name for name in found if name not in known]
    if unknown:
        raise InvalidSwitch(source, f"{what} the unknown field {unknown[0]!r}; known are {', '.join(known)}")
