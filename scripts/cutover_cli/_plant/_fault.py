"""A fault that could be planted: the file, the splices, and a sentence that says what is wrong then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cutover_cli._plant._sources import Source, Splice
from cutover_cli._plant._tree import Place, Tree


@dataclass(frozen=True)
class Fault:
    """One wrong dispatch, not yet written."""

    source: Source
    splices: tuple[Splice, ...]
    sentence: str


Finder: TypeAlias = Callable[[Tree, Place], Iterator[Fault]]
