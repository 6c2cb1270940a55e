"""What a certificate says: frozen records, their JSON, and one sentence a finding.

A key's verdict is one of three values. `Same` is a proof, `Different` is a counterexample or an unsupported shape
(both refuse the certificate), `Added` is a provider that the legacy program did not know and the team added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from cutover_migrate.certificate._axioms import Axiom

Stage: TypeAlias = Literal["applied", "finished"]
SubjectKind: TypeAlias = Literal["text", "str-enum", "unhashable"]


@dataclass(frozen=True, slots=True)
class Same:
    """Both arms reduce to one program; `served_by` says which part of the registry code that program is."""

    served_by: Literal["table", "rest"]


@dataclass(frozen=True, slots=True)
class Added:
    """The key is new: the legacy program sent it to the default arm, the registry may serve it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Different:
    """The arms differ, or could not be compared; the first lines at which they part."""

    reason: str
    legacy: str
    registry: str


@dataclass(frozen=True, slots=True)
class KeyProof:
    """The verdict for one key of one site; `subject` says what it is that equals the key (or, unhashable, no key)."""

    key: str | None
    verdict: Same | Added | Different
    subject: SubjectKind = "text"

    @property
    def named(self) -> str:
        """Name the subject in a sentence."""
        return f"key {self.key!r}" + ("" if self.subject == "text" else f" ({self.subject})")


@dataclass(frozen=True, slots=True)
class SiteProof:
    """The verdicts for every key at one place of one file (`line` is the legacy line)."""

    site: str
    file: str
    line: int
    keys: tuple[KeyProof, ...]

    @property
    def valid(self) -> bool:
        """Whether no key differs."""
        return not any(isinstance(proof.verdict, Different) for proof in self.keys)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference outside the keys of a site; `code` names the rule that refused it."""

    code: str
    file: str
    line: int
    reason: str
    legacy: str = ""
    registry: str = ""

    def __str__(self) -> str:
        """One sentence, then both lines if there are any."""
        return f"{self.file}:{self.line}: {self.reason}{_both(self.legacy, self.registry)}"


@dataclass(frozen=True, slots=True)
class FileBinding:
    """The bytes of one file that the proof is about (SHA-256 as hex; None where there is no such file)."""

    path: str
    before_sha256: str | None
    after_sha256: str | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The proof, or what stands against it, for one set of files at one stage."""

    stage: Stage
    config_module: str
    config_sha256: str
    files: tuple[FileBinding, ...]
    sites: tuple[SiteProof, ...]
    differences: tuple[Difference, ...]
    axioms: tuple[Axiom, ...]
    definitions: tuple[FileBinding, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether legacy and registry are proved to be the same program."""
        return not self.differences and all(site.valid for site in self.sites)

    @property
    def additions(self) -> tuple[tuple[str, str], ...]:
        """(site, key) of the providers that are new since the legacy program."""
        pairs = {(s.site, str(k.key)) for s in self.sites for k in s.keys if isinstance(k.verdict, Added)}
        return tuple(sorted(pairs))

    def findings(self) -> Iterator[str]:
        """Say what stands against the certificate, one text each: which site, which key, both first lines."""
        for difference in self.differences:
            yield str(difference)
        for site in self.sites:
            for proof in site.keys:
                if isinstance(proof.verdict, Different):
                    yield (
                        f"{site.file}:{site.line}: site {site.site!r} at {proof.named}: {proof.verdict.reason}"
                        f"{_both(proof.verdict.legacy, proof.verdict.registry)}"
                    )

    def stale(
        self, after: Mapping[str, bytes], *, config: bytes, definitions: Mapping[str, bytes] | None = None
    ) -> tuple[str, ...]:
        """Give the paths whose bytes are no longer those of the proof; empty means that the certificate still holds.

        `definitions` are the files that constants come from; they are compared only where they are given.
        """
        known = {binding.path: binding.after_sha256 for binding in self.files}
        changed = {path for path in known.keys() | after.keys() if known.get(path) != digest(after.get(path))}
        if definitions is not None:
            read = self.definitions
            changed.update(b.path for b in read if digest(definitions.get(b.path)) != b.after_sha256)
        if digest(config) != self.config_sha256:
            changed.add(self.config_module)
        return tuple(sorted(changed))

    def to_json(self) -> str:
        """Write the certificate down: the same text for the same proof."""
        record = {"version": 1, "valid": self.valid, **asdict(self)}
        for site, written in zip(self.sites, record["sites"], strict=True):
            for proof, entry in zip(site.keys, written["keys"], strict=True):
                entry["verdict"] = {"kind": type(proof.verdict).__name__.lower(), **entry["verdict"]}
        return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def digest(data: bytes | None) -> str | None:
    """Give the SHA-256 of some bytes, None for no bytes."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def _both(legacy: str, registry: str) -> str:
    if not legacy and not registry:
        return ""
    return f"\n  legacy:   {legacy or '(nothing)'}\n  registry: {registry or '(nothing)'}"
