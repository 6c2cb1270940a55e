"""The ledger's reason codes: what was found, and what an edit by hand would unlock.

Each code stands in ``docs/refusals.md`` too; a test holds the two in step.

Example: ``REASONS["open-predicate"].message``
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReasonCode:
    """One code of the ledger: ``message`` says the fact, ``unlock`` the edit by hand that would remove it."""

    message: str
    unlock: str


REASONS: dict[str, ReasonCode] = {
    "module-level": ReasonCode(
        "the chain runs in a module's or a class's body, where a new local name would become an attribute",
        "move the chain into a function",
    ),
    "conditional-expression": ReasonCode("the chain is a conditional expression", "write it as if/elif statements"),
    "computed-subject": ReasonCode(
        "the subject is computed in each test, so reading it once more could do something more",
        "assign the subject to a name before the chain",
    ),
    "subscript-subject": ReasonCode(
        "the subject is an item of a container; it is rewritten only with --unsafe, since reading it is a call",
        "assign the subject to a name before the chain",
    ),
    "frame-read": ReasonCode(
        "the function looks at its own local names, so a new one could be seen", "drop locals()/eval() there"
    ),
    "open-predicate": ReasonCode(
        "a branch is not decided by a key alone (PARTIAL is not available yet)",
        "move the branch out of the chain, or compare with a constant",
    ),
    "both-arms": ReasonCode("the chain has its registry arm already", "run `cutover finish`, or `cutover undo`"),
    "negated": ReasonCode(
        "a branch is taken when the subject is not a key (PARTIAL is not available yet)",
        "turn the test round",
    ),
    "foreign-test": ReasonCode(
        "a branch tests another subject (PARTIAL is not available yet)", "move that test out of the chain"
    ),
    "guarded-key": ReasonCode(
        "a key is tested both alone and with a further condition", "nest the condition inside the key's branch"
    ),
    "duplicate-key": ReasonCode("a key is tested twice, so the second branch is dead", "remove the dead branch"),
    "key-not-literal": ReasonCode(
        "a key is a name or an enum member, whose value is not in this file's text",
        "compare with the literal value",
    ),
    "key-not-text": ReasonCode("a key is not a text", "provider tables are keyed by text"),
    "else-if-nested": ReasonCode("a branch is an if inside an else", "write elif"),
    "siblings-fall-through": ReasonCode(
        "consecutive ifs of which one goes on to the next: several can fire in one pass",
        "end each body with return, or join them with elif",
    ),
    "needs-lift": ReasonCode(
        "the branches are not one program with holes (LIFT is not available yet)",
        "give the branches one shape, or wait for LIFT",
    ),
    "unknown-name": ReasonCode(
        "a branch calls a name that this module does not bind itself (a builtin or a star import)",
        "import the name explicitly",
    ),
    "name-taken": ReasonCode(
        "this module uses the name use_registry or bind_providers for something of its own",
        "rename it in this module",
    ),
    "constants-only": ReasonCode(
        "the branches choose constants and no code, so a table of values would do",
        "name the chain with --include to migrate it all the same",
    ),
    "other-dispatch": ReasonCode(
        "its keys are not those of the providers that the other chains serve",
        "name the chain with --include to migrate it too",
    ),
    "inside-site": ReasonCode(
        "the chain stands inside another chain that is rewritten; one edit at a time",
        "move it into a function of its own",
    ),
    "comment-lost": ReasonCode(
        "a comment inside the chain could not be carried to the table; it is rewritten only with --unsafe",
        "move the comment above the chain",
    ),
}
"""Every code that a site can carry, by name."""

KEPT_REASONS: dict[str, str] = {
    "bodies-differ": "the branch is another program than the template",
    "different-outputs": "the branch assigns another name than the template",
    "local-differs": "the branch reads another local name than the template",
    "literal-in-place": "the branch differs in a literal that a table cannot hold (an f-string or a pattern)",
    "private-name": "the branch reads a name with two leading underscores, which Python spells otherwise in a class",
    "hole-in-closure": "the branch differs inside a function or generator that runs later",
    "guarded": "the branch asks for more than its key",
    "key-not-a-name": "the branch's key is no provider's name: not a text, or the empty one",
}
"""Why a branch stays behind the template, by code."""
