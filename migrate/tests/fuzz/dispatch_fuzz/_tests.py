"""What a branch asks: keys in every spelling, and tests that no key decides."""

from __future__ import annotations

from dispatch_fuzz._scope import Scope

SYMBOLS = {
    "near": ("NEAR", "keys.NEAR", "Provider.NEAR", "Provider.NEAR.value", "Loud.NEAR", "keys.Provider.NEAR"),
    "a-b": ("A_B", "Provider.A_B", "Kind.A_B.value", "keys.A_B"),
    "x.ai": ("X_AI", "Provider.X_AI", "Provider.X_AI.value"),
    "b_2": ("Loud.B_2", "Loud.B_2.value"),
    "z": ("Provider.Z", "OWN_Z"),
}
PLAIN_MEMBERS = {"near": ("Kind.NEAR",), "a-b": ("Kind.A_B",)}
OPEN = (
    '"{}" in (SUBJECT or "")',
    '"{}" in SUBJECT',
    'str(SUBJECT).startswith("{}")',
    'SUBJECT.startswith("{}")',
    'SUBJECT != "{}"',
    'SUBJECT not in ("{}", "z")',
    'not SUBJECT == "{}"',
    'model == "{}"',
    'flag and model == "m"',
    'flag and SUBJECT == "{}"',
    'flag or SUBJECT == "{}"',
    "isinstance(SUBJECT, list)",
    "@count@(model) > 2",
    "SUBJECT is None",
    "SUBJECT is model",
    "(extra := SUBJECT) == model",
    'SUBJECT == "{}" == model',
    'SUBJECT > "y"',
    "STATE",
)
GUARDS = ("{} and flag", "{} and model == 'm'", "{} and @count@(model) > 1", "{} and (note := model)")
CASES = (
    "str() as other if other.startswith('KEY')",
    "[*_]",
    "None",
    "{}",
    "str() if flag",
    "int() | float()",
    "(None | 3)",
)
STYLES = {
    "equal": 8.0,
    "turned": 1.0,
    "tuple": 2.0,
    "list": 0.5,
    "or": 1.5,
    "set": 0.15,
    "is": 0.05,
    "doubly": 0.3,
    "broken": 0.5,
    "wrapped": 0.5,
}


def spelled(scope: Scope, key: str, *, symbols: float) -> str:
    """A key as source: a literal in either quote, or a name that stands for it."""
    dice = scope.dice
    if dice.chance(symbols) and key in SYMBOLS:
        return dice.pick(SYMBOLS[key])
    if key in PLAIN_MEMBERS and scope.strange(0.05):
        return dice.pick(PLAIN_MEMBERS[key])
    if dice.chance(0.3):
        return repr(key)
    return '"' + key.replace('"', '\\"') + '"'


def keyed(scope: Scope, subject: str, keys: list[str], *, symbols: float) -> str:
    """A test that is true exactly for these keys."""
    dice = scope.dice
    texts = [spelled(scope, key, symbols=symbols) for key in keys]
    style = dice.weighted(STYLES)
    if style in {"equal", "turned", "is", "doubly"} and len(texts) > 1:
        style = "tuple"
    if style == "wrapped" and len(texts) == 1:
        style = "equal"
    inner = ", ".join(texts)
    asked = [f"{subject} == {text}" for text in texts]
    return {
        "equal": asked[0],
        "turned": f"{texts[0]} == {subject}",
        "tuple": f"{subject} in ({inner},)",
        "list": f"{subject} in [{inner}]",
        "set": f"{subject} in {{{inner}}}",
        "or": " or ".join(asked),
        "is": f"{subject} is {texts[0]}" if texts[0].isidentifier() else asked[0],
        "doubly": f"({asked[0]})",
        "broken": " or \\\x01        ".join(asked) if len(asked) > 1 else f"{subject} \\\x01        == {texts[0]}",
        "wrapped": "(\x01        " + "  # this or\x01        or ".join(asked) + "\x01    )",
    }[style]


def guarded(scope: Scope, test: str) -> str:
    """A keyed test that asks for something more."""
    return scope.dice.pick(GUARDS).replace("{}", f"({test})" if " or " in test else test)


def open_test(scope: Scope, subject: str, key: str) -> str:
    """A test that no key decides."""
    plain = key.replace('"', "").replace("'", "")
    return scope.dice.pick(OPEN).replace("SUBJECT", subject).replace("{}", plain[:3])


def pattern(scope: Scope, keys: list[str], *, symbols: float) -> str:
    """A case that is taken exactly for these keys."""
    texts = [spelled(scope, key, symbols=symbols) for key in keys]
    texts = [
        text if "." in text or not text.isidentifier() else repr(key) for text, key in zip(texts, keys, strict=True)
    ]
    return scope.dice.pick((" | ", " | ", " |\x01            " if len(texts) < 2 else " | ")).join(texts)


def open_case(scope: Scope, key: str) -> str:
    """A case that no key decides."""
    return scope.dice.pick(CASES).replace("KEY", key[:2].replace('"', "").replace("'", ""))
