"""Choosing and writing: the seed picks a kind, a site that can take it, and one of the faults possible there.

planted = plant(Path("tree"), 7)
print(planted.sentence, planted.diff)
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from cutover_cli._plant._arguments import lost_argument, lost_rest
from cutover_cli._plant._captures import early_binding
from cutover_cli._plant._errors import NothingApplicable, UnknownKind
from cutover_cli._plant._exceptions import other_exception, swallowed_exception, wrong_failover
from cutover_cli._plant._fault import Fault, Finder
from cutover_cli._plant._functions import swapped_branches, wrong_callee
from cutover_cli._plant._sets import changed_default, widened_set
from cutover_cli._plant._timeouts import changed_timeout
from cutover_cli._plant._tree import Place, Tree, read_tree

Item = TypeVar("Item")
KINDS: Mapping[str, Finder] = MappingProxyType(
    {
        "changed-default": changed_default,
        "changed-timeout": changed_timeout,
        "early-binding": early_binding,
        "lost-argument": lost_argument,
        "swallowed-exception": swallowed_exception,
        "swapped-branches": swapped_branches,
        "widened-set": widened_set,
        "wrong-callee": wrong_callee,
        "wrong-failover": wrong_failover,
    }
)
KINDS_ON_REQUEST: Mapping[str, Finder] = MappingProxyType({"lost-rest": lost_rest, "other-exception": other_exception})


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted; `line` is where it begins in the file as it is now, `diff` a unified diff."""

    seed: int
    kind: str
    site: str
    file: str
    line: int
    sentence: str
    diff: str


def plant(root: Path, seed: int, *, kind: str | None = None) -> Planted:
    """Plant one wrong dispatch in a migrated tree, in place; the same seed in the same tree plants the same.

    Kinds of `KINDS_ON_REQUEST` show only in some traffic or applications, so a seed alone never picks them.

    Raises:
        NotMigrated: There is no migrated tree.
        UnknownKind: There is no such kind.
        NothingApplicable: No site can take such a fault.
    """
    finders = {**KINDS, **KINDS_ON_REQUEST}
    if kind is not None and kind not in finders:
        raise UnknownKind(kind, tuple(finders))
    tree, chance = read_tree(root), random.Random(seed)
    for name in [kind] if kind else _shuffled(KINDS, chance):
        for place, fault in _drawn(tree, finders[name], chance):
            text = fault.source.spliced(fault.splices)
            if _compiles(fault, text):
                (root / fault.source.path).write_bytes(text.encode(fault.source.encoding))
                return _planted(seed, name, place, fault, text)
    raise NothingApplicable(kind, state=tree.state, sites=tuple(dict.fromkeys(place.name for place in tree.places)))


def _drawn(tree: Tree, finder: Finder, chance: random.Random) -> Iterator[tuple[Place, Fault]]:
    for place in _shuffled(tree.places, chance):
        for fault in _shuffled(finder(tree, place), chance):
            yield place, fault


def _shuffled(items: Iterable[Item], chance: random.Random) -> list[Item]:
    drawn = list(items)
    chance.shuffle(drawn)
    return drawn


def _compiles(fault: Fault, text: str) -> bool:
    try:
        compile(text, fault.source.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return text != fault.source.text


def _planted(seed: int, kind: str, place: Place, fault: Fault, text: str) -> Planted:
    path = fault.source.path
    before, after = (each.splitlines(keepends=True) for each in (fault.source.text, text))
    line = fault.source.line_at(min(splice.start for splice in fault.splices))
    diff = "".join(_ended(part) for part in unified_diff(before, after, f"a/{path}", f"b/{path}"))
    return Planted(seed, kind, place.name, path, line, fault.sentence, diff)


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
