"""Proposals for names: slots from callee affixes, sites from functions. No decision depends on them.

Example: ``find_pattern({"groq": "make_groq_request", "near": "make_near_request"})`` gives ``"make_{}_request"``
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping

DIALECT_WORDS = frozenset({"openai", "oai", "api"})
"""Words of a callee that say which wire format it speaks, not what it does; left out of a proposed slot name."""

RESERVED = frozenset(
    {
        "name",
        "module_name",
        "timeout",
        "priority",
        "auto_detect",
        "sites",
        "slots",
        "values",
        "config",
        "lazy",
        "capabilities",
    }
)


def identifier(key: str) -> str:
    """A provider's name as it stands in function names: ``-`` and ``.`` become ``_``."""
    return key.replace("-", "_").replace(".", "_")


def find_pattern(callees: Mapping[str, str]) -> str | None:
    """The commonest ``prefix{}suffix`` in which ``{}`` is the provider's identifier, if at least half have it."""
    counts: Counter[str] = Counter()
    for key, callee in callees.items():
        name = identifier(key)
        counts.update({callee[:start] + "{}" + callee[start + len(name) :] for start in _places(callee, name)})
    if not counts:
        return None
    best = max(counts, key=lambda pattern: (counts[pattern], pattern))
    return best if 2 * counts[best] >= len(callees) and "{" not in best.replace("{}", "") else None


def provider_in(callee: str, pattern: str) -> str | None:
    """The identifier that stands at the pattern's hole."""
    prefix, suffix = pattern.split("{}", 1)
    if callee.startswith(prefix) and callee.endswith(suffix) and len(callee) > len(prefix) + len(suffix):
        return callee[len(prefix) : len(callee) - len(suffix)]
    return None


def slot_name(pattern: str | None, callees: Iterable[str]) -> str:
    """A slot name from what the callees share."""
    if pattern is not None:
        last = pattern.split(".")[-1]
        words = _words(last.replace("{}", "_"))
    else:
        words = _shared_words([callee.split(".")[-1] for callee in callees])
    return proper([word for word in words if word not in DIALECT_WORDS] or words or ["call"])


def proper(words: Iterable[str]) -> str:
    """Words joined to an attribute name that is neither a keyword nor a field of an entry."""
    name = re.sub(r"\W", "_", "_".join(words)).strip("_").lower() or "call"
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_slot" if keyword.iskeyword(name) or name in RESERVED else name


def is_attribute(name: object) -> bool:
    """Whether a name can be a column: an attribute that is no keyword and has no meaning of its own."""
    usable = isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name) and name[0] != "_"
    return usable and name not in RESERVED


def value_name(context: str, kind: str, values: Iterable[object] = ()) -> str:
    """A name for a constant or attribute of the table, from the keyword or target that it is given to."""
    plain = "label" if all(isinstance(value, str) for value in values) else "value"
    return proper(_words(context) or (["method"] if kind == "attribute" else [plain]))


def site_names(function: str, callees: list[list[str]]) -> list[str]:
    """Names for the sites of one function: the function's own, and what each site's callees say that no other's do.

    The site with the most words of its own goes by the function's name alone.
    """
    base = _words(function.rsplit(".", maxsplit=1)[-1]) or ["site"]
    said = [list(dict.fromkeys(word for callee in each for word in _words(callee))) for each in callees]
    own = []
    for number, words in enumerate(said):
        others = {word for other, each in enumerate(said) if other != number for word in each}
        own.append([word for word in words if word not in others and word not in base])
    plain = max(range(len(own)), key=lambda number: len(own[number]))
    return [proper(base if number == plain else [*base, *words]) for number, words in enumerate(own)]


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first free number behind it."""
    used = set(taken)
    if name not in used:
        return name
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


def _places(callee: str, name: str) -> list[int]:
    """Where an identifier stands in a callee as whole words."""
    if not name:
        return []
    places = []
    for match in re.finditer(re.escape(name), callee):
        before, after = callee[: match.start()], callee[match.end() :]
        if (not before or not before[-1].isalnum()) and (not after or not after[0].isalnum()):
            places.append(match.start())
    return places


def _words(text: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]


def _shared_words(names: list[str]) -> list[str]:
    if not names:
        return []
    lists = [_words(name) for name in names]
    common = set(lists[0]).intersection(*map(set, lists[1:]))
    return [word for word in lists[0] if word in common]
