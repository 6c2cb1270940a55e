"""A chain with its constants and enum members read as the texts that they stand for.

Example: ``resolved(chain, constants, "chat.py")``
"""

from __future__ import annotations

from dataclasses import replace

from cutover_migrate.find import Branch, Chain, Constant, Constants, Key, Open, Symbol


def resolved(chain: Chain, constants: Constants, path: str) -> tuple[Chain, frozenset[str]]:
    """The chain, and the files besides ``path`` in which its keys are defined."""
    definitions: set[str] = set()
    branches = tuple(_branch(branch, chain, constants, path, definitions) for branch in chain.branches)
    changed = any(new is not old for new, old in zip(branches, chain.branches, strict=True))
    known = replace(chain, branches=branches) if changed else chain
    return known, frozenset(definitions - {path})


def _branch(branch: Branch, chain: Chain, constants: Constants, path: str, definitions: set[str]) -> Branch:
    test = branch.test
    if isinstance(test, Open) or not any(isinstance(key, Symbol) for key in test.keys):
        return branch
    keys: list[Key] = []
    for key in test.keys:
        if not isinstance(key, Symbol) or key.node is None:
            keys.append(key)
            continue
        meaning = constants.meaning_of(path, key.node, scopes=chain.scopes)
        if isinstance(meaning, Constant):
            keys.append(meaning.text)
            definitions |= meaning.definitions
        else:
            keys.append(replace(key, code=meaning.code))
    return replace(branch, test=replace(test, keys=tuple(keys)))
