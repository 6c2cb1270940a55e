"""Why a hand-written failover loop stays: a code, the fact, and the edit by hand that would unlock it.

Each code stands in ``docs/refusals.md`` too; a test holds the two in step.

Example: ``ADOPT_REASONS["while-loop"].unlock``
"""

from __future__ import annotations

from cutover_migrate.rewrite import ReasonCode

ADOPT_REASONS: dict[str, ReasonCode] = {
    "loop-in-module": ReasonCode(
        "the loop runs in a module's or a class's body, where a new local name would become an attribute",
        "move the loop into a function",
    ),
    "locals-read": ReasonCode(
        "the function looks at its own local names, so a new one could be seen", "drop locals()/eval() there"
    ),
    "while-loop": ReasonCode(
        "the loop is a while, or an async for: what it goes over cannot be told",
        "write it as `for index, provider in enumerate(chain)`",
    ),
    "loop-header": ReasonCode(
        "the loop goes over something else than one provider after the other, with or without its number",
        "write it as `for provider in chain` or `for index, provider in enumerate(chain)`",
    ),
    "chain-generator": ReasonCode(
        "the chain is a generator or an iterator, which is asked for each provider when its turn comes",
        "make it a list before the loop",
    ),
    "chain-changed": ReasonCode(
        "the chain is changed while the loop goes over it, or under another name",
        "build the list before the loop, and leave it alone there",
    ),
    "index-changed": ReasonCode("the number of the attempt is assigned in the loop", "count under a name of its own"),
    "index-use": ReasonCode(
        "the number of the attempt, or the chain, is used for something else than number, last one, next one",
        "use the loop's own provider, and `chain[index + 1]` for the next",
    ),
    "last-by-name": ReasonCode(
        "the last one is told by its name, which may stand in the chain twice",
        "ask `index < len(chain) - 1`, with `enumerate`",
    ),
    "nested-loop": ReasonCode(
        "another loop stands between the chain's loop and the call: repetition, or a chain of chains",
        "move the inner loop into a function of its own",
    ),
    "no-handler": ReasonCode(
        "the call stands in no try of the loop's own, so nothing there decides to go on",
        "put the try around the call, right in the loop",
    ),
    "never-goes-on": ReasonCode("no handler goes on to the next provider", "this is no failover loop; nothing is lost"),
    "asks-everyone": ReasonCode(
        "an answer does not end the loop, or a later statement tells it from a failure",
        "end with break or return right behind the call, or in the try's else",
    ),
    "continue-elsewhere": ReasonCode(
        "the loop goes on where no failure is noted: from outside of a handler, or from inside a block of one",
        "leave providers out before the loop, or raise an error that the handler takes",
    ),
    "leaves-unasked": ReasonCode(
        "the try is left with return or break before anything was asked, or in its finally",
        "move that test in front of the try",
    ),
    "handler-falls-through": ReasonCode(
        "a handler runs on into the statements behind the try, where an answer goes too",
        "end the handler with continue, or put the statements into the try's else",
    ),
    "registry-name-taken": ReasonCode(
        "this module uses the name get_provider_registry for something of its own", "rename it in this module"
    ),
    "one-line": ReasonCode(
        "a loop or handler stands on one line with its body, or after a semicolon",
        "write each statement on its own line",
    ),
    "not-proved": ReasonCode(
        "the checker could not prove that the loop is the same program; the fact says where",
        "tell us: this is ours to mend",
    ),
}
"""Every code that a loop can carry, by name."""
