"""What the checker takes for granted.

A certificate is a proof under assumptions about the running program that no reading of the source can settle.
Each one is written down here, and every certificate names those that its proofs leaned on: somebody who knows that
one of them is false for their gateway knows which certificates not to trust.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axiom:
    """One assumption: a stable id and the sentence that is assumed."""

    id: str
    text: str


ADDITION = Axiom(
    "addition",
    "A provider whose entry names no `sites` is new, and meant to be served; the legacy program has no say about it.",
)
ALIAS_EXACT = Axiom(
    "alias-exact",
    "`normalize_provider_name` gives the alias table's value for a key of it, and the argument itself otherwise.",
)
BIND = Axiom(
    "bind",
    "`bind_providers` binds, for the sites that it is given, the names that the module does not have yet, "
    "to what the legacy import of the same module and name gave, and fails as that import failed.",
)
CHAIN_STAYS = Axiom(
    "chain-stays",
    "What a failover loop goes over is a list or a tuple, or something else that has a length and gives the same "
    "items as often as it is asked; while the loop runs, whoever it is handed to does not change it, and nobody else "
    "assigns the global, the attribute or the outer function's name that holds it.",
)
CONFIG_STAYS = Axiom(
    "config-stays",
    "The tables of the config module are, while the program runs, what its file says; "
    "the registry module is built from that file.",
)
CONSTANT_STAYS = Axiom(
    "constant-stays",
    "A module-level name that its file binds once, to a text, is that text whenever it is read, from other files too.",
)
DECIDER_READ = Axiom(
    "decider-read",
    "Reading the function that decides whether a loop goes on, and the error that it is asked about, has no effect and "
    "does not raise.",
)
ENUM_TEXT = Axiom(
    "enum-text",
    "A member of an enum that is a `str` equals and hashes as its text, and nobody puts another in its place.",
)
FAILOVER_LEGACY = Axiom(
    "failover-legacy",
    "With the policy LEGACY, which a registry has at first, a route gives the items of its chain in their order; "
    "`has_next` and `following` are what number, length and `chain[i + 1]` say, `goes_on(error, decide)` is "
    "`has_next and decide(error)`, `answered(x)` is x, and `answered()` and `failed(error)` do nothing else to the "
    "program than to keep the error for a while.",
)
FRAMES = Axiom("frames", "Nothing decides on line numbers, tracebacks, source text or the number of stack frames.")
FRESH_GLOBAL = Axiom(
    "fresh-global",
    "Module-level names that the legacy file does not mention are read by nobody through the module's namespace.",
)
FRESH_LOCAL = Axiom(
    "fresh-local",
    "A local name that the legacy function does not mention is fresh: "
    "nothing else reads it, through frames or debuggers either.",
)
HANDLER_FRAME = Axiom(
    "handler-frame",
    "A branch does the same in a function of its own: nothing looks at the frame that it runs in, at the name of the "
    "function that a log line or a function made there gives, or at how deep the calls are.",
)
HASHABLE = Axiom("hashable", "A subject that is compared with the members of a set literal is hashable.")
IMPORT_ORDER = Axiom(
    "import-order",
    "The provider modules of a file may be imported in another order, and further down in it: "
    "their imports do not look at what the others, and the lines in between, did.",
)
ITEM_READ = Axiom(
    "item-read",
    'A subject like `x["k"]`, `x.get("k")`, `getattr(x, "k", d)` or `os.getenv("K")` is only a read: it has no effect '
    "and gives the same answer as long as the legacy chain and the registry look at it.",
)
LAZY_IMPORT = Axiom(
    "lazy-import",
    "What a branch imports for itself is there, and stays the same from the import statement to its last use.",
)
LIFETIME = Axiom(
    "lifetime",
    "Nothing depends on when an object is destroyed that only a local name of a lifted branch held: "
    "it goes when the handler returns, and went when the function returned.",
)
LOAD_ANSWER = Axiom("load-answer", "The safe-import helper's answer has every name that it was asked for.")
LOAD_NAMES = Axiom("load-names", "The safe-import helper does not look at the order of the names that it is asked for.")
LOOKUP = Axiom(
    "lookup",
    "`in`, `resolve` and `use_registry` of a site do not raise, have no effect on the program, "
    "and agree with the table that the config file gives; equality decides, without alias, case folding or strip.",
)
NO_STOP_ITERATION = Axiom(
    "no-stop-iteration",
    "What a lifted branch calls raises no StopIteration, which a coroutine turns into a RuntimeError.",
)
ONE_KEY = Axiom("one-key", "A subject equals at most one key, and equals it each time that it is compared.")
PACKAGE_MEMBER = Axiom(
    "package-member",
    "`from package import module` gives `package.module`, and a relative import is resolved from the file's path.",
)
PLAIN_TRUTH = Axiom("plain-truth", "Testing a plain parameter for truth or for None has no effect and does not raise.")
PRIVATE_HOLDER = Axiom(
    "private-holder", "The name that held a safe import's result is read by no other file once its own file dropped it."
)
SLOT_READ = Axiom(
    "slot-read",
    "Reading a slot of a resolved provider is the read of the same module global, at the same point of evaluation, "
    "and fails as that read fails.",
)
SUBJECT_READ = Axiom(
    "subject-read",
    "Reading the subject, and comparing it with a string or None, has no effect and gives the same answer each time.",
)
TABLE_ORDER = Axiom("table-order", "Nothing looks at the order of the timeouts table's entries.")
TEXT_METHOD = Axiom(
    "text-method",
    "A subject like `x.lower()` is the method of a text: calling it again has no effect and gives the same text.",
)
VALUE_READ = Axiom("value-read", "Reading a value or the timeout of a resolved provider gives the entry's constant.")

AXIOMS: tuple[Axiom, ...] = (
    ADDITION,
    ALIAS_EXACT,
    BIND,
    CHAIN_STAYS,
    CONFIG_STAYS,
    CONSTANT_STAYS,
    DECIDER_READ,
    ENUM_TEXT,
    FAILOVER_LEGACY,
    FRAMES,
    FRESH_GLOBAL,
    FRESH_LOCAL,
    HANDLER_FRAME,
    HASHABLE,
    IMPORT_ORDER,
    ITEM_READ,
    LAZY_IMPORT,
    LIFETIME,
    LOAD_ANSWER,
    LOAD_NAMES,
    LOOKUP,
    NO_STOP_ITERATION,
    ONE_KEY,
    PACKAGE_MEMBER,
    PLAIN_TRUTH,
    PRIVATE_HOLDER,
    SLOT_READ,
    SUBJECT_READ,
    TABLE_ORDER,
    TEXT_METHOD,
    VALUE_READ,
)
