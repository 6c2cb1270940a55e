"""A scan as SARIF 2.1.0: one rule a reason code, one result for each fact that decided a site.

A chain that can be rewritten is a ``note``; a refused one is informational; sites, tables and lists that ought to agree
and do not are a ``warning``. Paths are relative to the project root, so the file is the same on every machine.

Example: ``json.dumps(sarif_log(scan, version="0.1.0"))``
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

from cutover_migrate._disagreements import Disagreement
from cutover_migrate._scan import Scan, Site
from cutover_migrate.find import Source
from cutover_migrate.reports._fingerprints import NAME, fingerprints
from cutover_migrate.reports._rules import kept_text, rule_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
Json = dict[str, Any]


def sarif_log(scan: Scan, *, version: str, excluded: Collection[str] = ()) -> Json:
    """The whole log; the sites in ``excluded`` are suppressed in it."""
    results = [*_results(scan, excluded), *map(_disagreement, scan.disagreements())]
    used = list(dict.fromkeys(result["ruleId"] for result in results))
    for result in results:
        result["ruleIndex"] = used.index(result["ruleId"])
    driver = {"name": "cutover", "semanticVersion": version, "rules": [rule_of(code) for code in used]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "cutover/scan/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The project's root folder."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [*_unread(scan)]}],
        "results": results,
        "properties": {"accounting": scan.accounting},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _results(scan: Scan, excluded: Collection[str]) -> Iterator[Json]:
    marks = fingerprints(scan.sites)
    for site in scan.sites:
        source = scan.tree.sources[site.path]
        for result in _refused(site, source) if site.facts.decision == "refuse" else [_rewritable(site, source)]:
            result["partialFingerprints"] = {NAME: marks[site.id]}
            result["properties"] = {"site": site.id, "keys": site.keys, "level": site.facts.level}
            if site.id in excluded:
                result["suppressions"] = [{"kind": "external", "justification": "excluded by the project's settings"}]
            yield result


def _rewritable(site: Site, source: Source) -> Json:
    facts = site.facts
    told = f"{len(site.keys)} keys choose code here. `cutover plan` can rewrite it ({facts.decision})."
    for why in facts.reasons:
        told += f" Level {facts.level}: {why.message} (line {why.line})."
    result: Json = {
        "ruleId": facts.decision,
        "level": "note",
        "message": {"text": told},
        "locations": [_location(source, site, facts.start_line)],
    }
    related = [
        _related(source, number, kept.line, f"{', '.join(kept.keys) or 'A branch'} stays: {kept_text(kept.reason)}")
        for number, kept in enumerate(facts.kept, start=1)
    ]
    return result | ({"relatedLocations": related} if related else {})


def _refused(site: Site, source: Source) -> Iterator[Json]:
    for why in site.facts.reasons:
        unlock = rule_of(why.code)["help"]["text"]
        result: Json = {
            "ruleId": why.code,
            "kind": "informational",
            "level": "none",
            "message": {"text": f"This chain stays as it is: {why.message}. To have it rewritten: {unlock}."},
            "locations": [_location(source, site, why.line)],
        }
        yield result


def _location(source: Source, site: Site, line: int) -> Json:
    region: Json = {"startLine": line, "endLine": line, "snippet": {"text": _text(source, line)}}
    place = {"artifactLocation": _artifact(site.path), "region": region}
    facts = site.facts
    if facts.start_line <= line <= facts.end_line and facts.start_line < facts.end_line:
        place["contextRegion"] = {"startLine": facts.start_line, "endLine": facts.end_line}
    name = {"fullyQualifiedName": site.id, "kind": "function"}
    return {"physicalLocation": place, "logicalLocations": [name]}


def _related(source: Source, number: int, line: int, text: str) -> Json:
    region = {"startLine": line, "endLine": line}
    place = {"artifactLocation": _artifact(source.path), "region": region}
    return {"id": number, "physicalLocation": place, "message": {"text": text}}


def _disagreement(finding: Disagreement) -> Json:
    place: Json = {"artifactLocation": _artifact(finding.file)}
    if finding.line:
        place["region"] = {"startLine": finding.line, "endLine": finding.line}
    return {
        "ruleId": finding.kind,
        "level": "warning",
        "message": {"text": f"{finding.message}."},
        "locations": [{"physicalLocation": place}],
        "properties": {"names": list(finding.names)},
    }


def _unread(scan: Scan) -> Iterator[Json]:
    for file in scan.tree.unread:
        place = {"artifactLocation": _artifact(file.path), "region": {"startLine": max(file.line, 1)}}
        text = f"not read: {file.reason}"
        yield {"level": "warning", "message": {"text": text}, "locations": [{"physicalLocation": place}]}


def _artifact(path: str) -> Json:
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": ROOT}


def _text(source: Source, line: int) -> str:
    return source.lines[line - 1].decode(source.encoding, errors="replace").rstrip("\r\n")
