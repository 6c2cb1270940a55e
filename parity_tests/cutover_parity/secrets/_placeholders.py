"""Names the placeholders of a report by the order in which they come.

The workers' placeholders are made under a key that is random in each replay; numbers say as much about equality, and
equal replays give equal reports. Placeholders that stand in a case are those of its recording, and stay.
"""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from cutover_parity.cases._cases import Case

_NUMBERED = "secret-00000000"
_PLACEHOLDER = re.compile(r"secret-[0-9a-f]{16}")
Part = TypeVar("Part")


class Renaming:
    """One numbering for a whole report, which may begin after another's."""

    def __init__(self, after: int = 0) -> None:
        self._names: dict[str, str] = {}
        self._after = after

    def renamed(self, part: Part) -> Part:
        """Give a part of a report with its placeholders renamed: dataclasses, tuples and plain data, at every level."""
        given: Part = self._renamed(part, frozenset())
        return given

    def _renamed(self, value: Any, fixed: frozenset[str]) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: self._name(found[0], fixed), value)
        if isinstance(value, dict):
            return {self._renamed(name, fixed): self._renamed(item, fixed) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._renamed(item, fixed) for item in value)
        if is_dataclass(value) and not isinstance(value, Case | type):
            return self._renamed_fields(value, fixed)
        return value

    def _renamed_fields(self, value: Any, fixed: frozenset[str]) -> Any:
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        own = [item for item in held.values() if isinstance(item, Case)]
        fixed = fixed.union(*(_PLACEHOLDER.findall(repr(case)) for case in own))
        return replace(value, **{name: self._renamed(item, fixed) for name, item in held.items()})

    def _name(self, placeholder: str, fixed: frozenset[str]) -> str:
        if placeholder in fixed or placeholder.startswith(_NUMBERED):
            return placeholder
        return self._names.setdefault(placeholder, f"{_NUMBERED}{len(self._names) + self._after + 1:08}")
