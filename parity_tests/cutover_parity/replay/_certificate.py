"""The parity certificate: what a replay found, tied by hashes to the two trees and the recordings it was found on.

`parity.json` is what a rollout asks for before it lets traffic over. Its checksum shows that it was damaged or edited,
not who wrote it: keep it where you keep the results of your tests.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from cutover_parity._messages import Json
from cutover_parity.arms._arm import ArmSpec
from cutover_parity.compare._clusters import options_on
from cutover_parity.errors import NotACertificate
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.replay._tree_hash import Tree, tree_of

FORMAT = "cutover-parity"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was found, by whom, when and on what; rates are upper bounds with 95 % confidence."""

    tool: str
    made: str
    depth: str
    legacy: Tree
    registry: Tree
    recordings: str
    cases: int
    verdicts: Mapping[str, int]
    errors: int
    clean: bool
    bound: float
    providers: Mapping[str, Mapping[str, Any]]
    features: Mapping[str, Mapping[str, Any]]
    coverage: Mapping[str, Any]
    hidden: Mapping[str, int]

    def to_json(self) -> Json:
        """Give the JSON form, with its checksum."""
        data = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return {**data, "checksum": _checksum(data)}


@dataclass(frozen=True, slots=True)
class Valid:
    """The certificate is about these trees, and nothing in it speaks against them."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """The certificate says nothing for these trees, or says something against them."""

    reason: str


Validity: TypeAlias = Valid | Invalid


def certificate_of(
    report: ReplayReport, *, legacy: ArmSpec, registry: ArmSpec, recordings: Iterable[Path], made: date
) -> Certificate:
    """Make the certificate of a replay; `made` is the day on which it was, `recordings` are the files it came from."""
    tally = report.tally.to_json()
    return Certificate(
        tool=f"provider-cutover {version('provider-cutover')}",
        made=made.isoformat(),
        depth=report.depth,
        legacy=tree_of(legacy.root, side=legacy.side),
        registry=tree_of(registry.root, side=registry.side),
        recordings=files_hash(recordings),
        cases=report.replays,
        verdicts=dict(sorted(report.counts.items())),
        errors=sum(error.count for error in report.errors),
        clean=report.clean,
        bound=report.bound,
        providers=tally["providers"],
        features=tally["features"],
        coverage={"cells": len(report.coverage.cells), "reached": len(report.coverage.reached)},
        hidden=dict(sorted({**report.hidden, **_intended(report)}.items())),
    )


def _intended(report: ReplayReport) -> dict[str, int]:
    """Give the cases whose differences were accepted, by the options that were on: no rules, but they hide as much."""
    counts: dict[str, int] = {}
    for cluster in report.intended:
        name = f"intended{options_on(cluster.options)}"
        counts[name] = counts.get(name, 0) + cluster.count
    return counts


def write_certificate(path: Path, certificate: Certificate) -> None:
    """Write a certificate; the same findings give the same bytes."""
    path.write_text(json.dumps(certificate.to_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_certificate(path: Path) -> Certificate:
    """Read a certificate.

    Raises:
        NotACertificate: It is none, a newer one, or it was damaged or edited.
    """
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotACertificate(path, f"it cannot be read as JSON ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise NotACertificate(path, f'it has no "format": "{FORMAT}"')
    if data.get("version") != VERSION:
        raise NotACertificate(path, f"its version is {data.get('version')!r}, this provider-cutover reads {VERSION}")
    fields = {name: value for name, value in data.items() if name != "checksum"}
    if data.get("checksum") != _checksum(fields):
        raise NotACertificate(path, "its checksum does not fit its content: it was damaged or edited")
    return _certificate(path, fields)


def valid_for(certificate: Certificate, legacy_tree: Path, registry_tree: Path) -> Validity:
    """Say whether a certificate speaks for these two trees as they are on disk now."""
    for name, tree, root in (
        ("legacy", certificate.legacy, legacy_tree),
        ("registry", certificate.registry, registry_tree),
    ):
        now = tree_of(root, side=tree.side)
        if now.sha256 != tree.sha256:
            return Invalid(
                f"the {name} tree {root} has other sources now ({now.sha256[:12]}, {now.files} files) "
                f"than were replayed ({tree.sha256[:12]}, {tree.files} files); replay again"
            )
    if certificate.cases == 0:
        return Invalid("nothing was replayed")
    if not certificate.clean:
        mismatches = certificate.verdicts.get("mismatch", 0)
        return Invalid(f"the replay was not clean: {mismatches} mismatches, {certificate.errors} errors")
    return Valid()


def files_hash(paths: Iterable[Path]) -> str:
    """Give one digest of files, and of all files in folders, by content; order and names do not matter."""
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    digests = sorted(_file_digest(file) for file in files if file.is_file())
    return sha256("\n".join(digests).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _certificate(path: Path, fields: dict[str, Any]) -> Certificate:
    content = {name: value for name, value in fields.items() if name not in {"format", "version"}}
    try:
        legacy, registry = Tree(**content.pop("legacy")), Tree(**content.pop("registry"))
        return Certificate(legacy=legacy, registry=registry, **content)
    except (KeyError, TypeError) as error:
        raise NotACertificate(path, f"a field is missing or unknown ({error})") from error


def _checksum(data: Json) -> str:
    return sha256(json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
