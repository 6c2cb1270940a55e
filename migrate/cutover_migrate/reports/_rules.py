"""The rules that results refer to: decisions, reason codes, and the kinds of disagreement.

Example: ``rule_of("open-predicate")["help"]["text"]``
"""

from __future__ import annotations

from typing import Any

from cutover_migrate.rewrite import KEPT_REASONS, REASONS

DECISIONS = {
    "template": "the branches are one program with holes: one body stays, what differs goes into the table",
    "lift": "the bodies differ: each becomes a handler, and the table holds the handlers",
    "partial": "the keyed branches go into the table; those with open tests stay in place, in order",
}
"""What happens to a chain that can be rewritten, by decision."""

DISAGREEMENTS = {
    "providers-differ": "a site does not serve providers that other sites do",
    "timeout-without-chain": "a table has a timeout for a provider that no chain serves",
    "lists-differ": "two lists of providers differ",
    "aliases-differ": "a function lacks an alias fix that another one has",
}
"""What ought to agree and does not, by kind."""
PLAN = "run `cutover plan`, read the plan, and apply it"
DECIDE = "decide whether it is meant; the rewrite keeps it as it is"


def rule_of(code: str) -> dict[str, Any]:
    """The rule of a code, as SARIF has rules; one that is in no ledger yet says its own name."""
    if code in DECISIONS:
        return _rule(code, f"dispatch that can be rewritten: {DECISIONS[code]}", help_=PLAN, level="note")
    if code in REASONS:
        return _rule(code, REASONS[code].message, help_=REASONS[code].unlock, level="none")
    return _rule(code, DISAGREEMENTS.get(code, code), help_=DECIDE, level="warning")


def kept_text(code: str) -> str:
    """Why a branch stays behind the template, as a sentence."""
    return KEPT_REASONS.get(code, code)


def _rule(code: str, text: str, *, help_: str, level: str) -> dict[str, Any]:
    said = text[0].upper() + text[1:] + "."
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": said},
        "fullDescription": {"text": said},
        "help": {"text": help_, "markdown": f"**What to do:** {help_}"},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["maintainability"]},
    }
