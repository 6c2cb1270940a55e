"""What goes into a state and what comes out of it: a versioned document, and the decision that made it so."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cutover_rollout.state._errors import InvalidDecision

LONGEST = 1_000_000
LONGEST_WORDS = 10_000
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versioned:
    """The document as of one version.

    Attributes:
        version: 0 before the first decision, then one more with each.
        document: A JSON object; {} at version 0. It is the reader's own copy.
        origin: Made at random when the state was begun; another one means that somebody began anew.
    """

    version: int = 0
    document: Document = field(default_factory=dict)
    origin: str = ""

    def is_as(self, other: "Versioned | None") -> bool:
        """Whether both are the same version of the same beginning."""
        return other is not None and (self.version, self.origin) == (other.version, other.origin)


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the audit: who made this version, when by the state's clock (epoch seconds), why, on what evidence."""

    version: int
    at: float
    by: str
    why: str
    evidence: Document
    document: Document


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that can be written: everything checked, documents as text; `mark` tells it from every other."""

    document: str
    evidence: str
    by: str
    why: str
    mark: str


def checked_draft(where: str, document: Document, *, by: str, why: str, evidence: Document | None) -> Draft:
    """The draft of a decision; raises InvalidDecision."""
    return Draft(
        document=_checked_json(where, "the document", document),
        evidence=_checked_json(where, "the evidence", {} if evidence is None else evidence),
        by=checked_words(where, "by", by),
        why=checked_words(where, "why", why),
        mark=secrets.token_hex(8),
    )


def checked_words(where: str, what: str, words: object) -> str:
    """Words that every backend keeps as they are; raises InvalidDecision."""
    if not isinstance(words, str) or not words.strip():
        raise InvalidDecision(where, f"{what} is {words!r}, and has to be words")
    if len(words) > LONGEST_WORDS or "\0" in words or not _is_encodable(words):
        raise InvalidDecision(where, f"{what} has a NUL, half a character, or more than {LONGEST_WORDS} characters")
    return words


def stored_decision(row: Sequence[Any]) -> Decision:
    """A row of the audit: version, at, by, why, and evidence and document as text."""
    version, at, by, why, evidence, document = row
    return Decision(int(version), float(at), by, why, parsed(evidence), parsed(document))


def parsed(text: str | bytes) -> dict[str, Any]:
    """The object in a stored text."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _checked_json(where: str, what: str, document: object) -> str:
    if not isinstance(document, Mapping):
        raise InvalidDecision(where, f"{what} is {type(document).__name__}, not an object")
    try:
        text = json.dumps(dict(document), allow_nan=False, separators=(",", ":"))
        same = json.loads(text) == document
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidDecision(where, f"{what} cannot be written as JSON ({exc})") from exc
    if not same:
        raise InvalidDecision(where, f"{what} is not what JSON gives back: keys that are no strings, or tuples")
    if len(text) > LONGEST:
        raise InvalidDecision(where, f"{what} has {len(text)} bytes, more than {LONGEST}")
    return text


def _is_encodable(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
