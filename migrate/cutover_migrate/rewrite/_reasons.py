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
    "item-subject": ReasonCode(
        'the subject is an item (x["k"], x.get("k"), getattr); rewritten only with --unsafe: reading it is a call',
        "assign the subject to a name before the chain",
    ),
    "frame-read": ReasonCode(
        "the function looks at its own local names, so a new one could be seen", "drop locals()/eval() there"
    ),
    "open-predicate": ReasonCode(
        "a branch is not decided by a key alone, and no two branches beside it are",
        "move the branch out of the chain, or compare with a constant",
    ),
    "negated": ReasonCode(
        "a branch is taken when the subject is not a key, and no two branches beside it are decided by one",
        "turn the test round",
    ),
    "foreign-test": ReasonCode(
        "a branch tests another subject, and no two branches beside it are decided by a key",
        "move that test out of the chain",
    ),
    "few-keys": ReasonCode("fewer than two of its branches could leave together", "nothing would be gained here"),
    "both-arms": ReasonCode("the chain has its registry arm already", "run `cutover finish`, or `cutover undo`"),
    "key-not-literal": ReasonCode(
        "a key is a name whose text cannot be read off the sources (bound twice, computed, or from elsewhere)",
        "compare with the literal value",
    ),
    "enum-not-text": ReasonCode(
        "a key is a member of an enum whose members do not compare as texts",
        "derive the enum from str too (class Provider(str, Enum)), or compare its .value",
    ),
    "key-not-text": ReasonCode("a key is not a text", "provider tables are keyed by text"),
    "siblings-fall-through": ReasonCode(
        "consecutive ifs of which one goes on to the next: several can fire in one pass",
        "end each body with return, or join them with elif",
    ),
    "scope-bound": ReasonCode(
        "a body means something else in a function of its own (global, del, class, super(), locals() and the like)",
        "take that statement out of the branch",
    ),
    "yields": ReasonCode("a body yields, which only its own function can do", "return the items and yield them behind"),
    "leaves-loop": ReasonCode(
        "a body leaves the loop around the chain with break or continue",
        "set a flag and leave the loop behind the chain",
    ),
    "returns-sometimes": ReasonCode(
        "some bodies return and others go on behind the chain", "return in all of them, or assign and return behind"
    ),
    "capture-unbound": ReasonCode(
        "a body reads a local name that may have no value when the chain is reached",
        "give the name a value before the chain",
    ),
    "output-unbound": ReasonCode(
        "a name that is read behind the chain gets its value in some branches only",
        "give the name a value before the chain",
    ),
    "seen-on-error": ReasonCode(
        "when a body fails in its middle, an except or finally around the chain may read what it had assigned",
        "assign last, or before the try",
    ),
    "closure": ReasonCode(
        "a function or generator inside shares a name that a body assigns or that changes later",
        "pass the value as an argument or a default",
    ),
    "many-captures": ReasonCode(
        "the bodies read more of the function's names than a readable handler takes",
        "gather the values in one object",
    ),
    "private-name": ReasonCode(
        "a body reads a name with two leading underscores, which Python spells otherwise in a class",
        "use one underscore",
    ),
    "holds-site": ReasonCode(
        "another chain inside one of its branches is rewritten; one edit at a time", "exclude the inner chain by name"
    ),
    "unknown-name": ReasonCode(
        "a branch calls a name that this module does not bind itself (a builtin or a star import)",
        "import the name explicitly",
    ),
    "file-name": ReasonCode(
        "the file's name is no module's name, so the table cannot say where a handler is",
        "rename the file (letters, digits and underscores)",
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
    "content-parts": ReasonCode(
        "it tells the parts of a message or the events of a stream apart: the subject is an item of a loop's element, "
        "and the branches read different other items of it",
        "name the chain with --include if it chooses a provider all the same",
    ),
    "parameter-names": ReasonCode(
        "it tells parameters apart: the subject is a loop's own element, and the branches only store values",
        "name the chain with --include if it chooses a provider all the same",
    ),
    "error-text": ReasonCode(
        "it tells errors apart: the subject comes from a caught exception",
        "name the chain with --include if it chooses a provider all the same",
    ),
    "content-types": ReasonCode(
        "it tells media types apart: every key is one",
        "name the chain with --include if it chooses a provider all the same",
    ),
    "message-roles": ReasonCode(
        "it tells messages apart: every key is a role of a chat message",
        "name the chain with --include if it chooses a provider all the same",
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
    "hole-in-closure": "the branch differs inside a function or generator that runs later",
    "guarded": "the branch asks for more than its key",
    "key-not-a-name": "the branch's key is no provider's name: not a text, or the empty one",
    "duplicate-key": "a branch further up asks for this key too",
    "behind-open": "a branch in front of it is not decided by a key alone, and its order counts",
    "before-open": "only one stretch of branches leaves, and another holds more of them",
    "open-predicate": "the branch is not decided by a key alone",
    "negated": "the branch is taken when the subject is not a key",
    "foreign-test": "the branch tests another subject",
    **{
        code: REASONS[code].message
        for code in (
            "scope-bound",
            "yields",
            "leaves-loop",
            "returns-sometimes",
            "capture-unbound",
            "output-unbound",
            "seen-on-error",
            "closure",
            "private-name",
            "key-not-literal",
            "enum-not-text",
            "key-not-text",
        )
    },
}
"""Why a branch stays in place, by code."""
