"""Modules of the standard library that most processes need late or never, imported when they are first read.

A gateway pays for `import cutover_registry` at every start of a worker; `logging`, `pathlib` and `json` together cost
more than all that is defined here.
"""

import importlib

from cutover_registry._typing import Any


class Later:
    """A module by its name.

    >>> Later("json").dumps([1])
    '[1]'
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
