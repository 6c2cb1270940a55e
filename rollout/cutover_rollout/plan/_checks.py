"""What a plan's values must be; each problem is said by the field that has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

from cutover_rollout._errors import RolloutError
from cutover_rollout._rules import Rule, checked_rule
from cutover_rollout.plan._errors import InvalidPlan

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s]*")
ROUNDING = 1e-9


def number(where: str, field: str, value: object, *, least: float, most: float) -> None:
    """Refuse what is no number, or outside of these limits."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not plain or not isfinite(value) or not least <= value <= most:  # type: ignore[operator,arg-type]
        raise InvalidPlan(where, f"{field} is {value!r}, not a number from {least:g} to {most:g}")


def whole(where: str, field: str, value: object, *, least: int, most: int = 10**12) -> None:
    """Refuse what is no whole number, or outside of these limits."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidPlan(where, f"{field} is {value!r}, not a whole number from {least} to {most}")


def flag(where: str, field: str, value: object) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        raise InvalidPlan(where, f"{field} is {value!r}, neither true nor false")


def choice(where: str, field: str, value: object, *, known: Sequence[str]) -> None:
    """Refuse what is none of these words."""
    if value not in known:
        listed = " nor ".join(repr(word) for word in known)
        raise InvalidPlan(where, f"{field} is {value!r}, neither {listed}")


def words(where: str, field: str, value: object) -> None:
    """Refuse an empty text, and what is none."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidPlan(where, f"{field} is {value!r}, not a text")


def matching(where: str, field: str, value: object, pattern: re.Pattern[str], *, form: str) -> None:
    """Refuse a text of another form."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidPlan(where, f"{field} is {value!r}, not {form}")


def at_most_one(where: str, field: str, total: float) -> None:
    """Refuse parts that are more than the whole."""
    if total > 1 + ROUNDING:
        raise InvalidPlan(where, f"{field} add up to {total:.4g}, more than 1")


def routes(where: str, sites: object, providers: object, *, tenant: str | None, header: tuple[str, str] | None) -> None:
    """Refuse names and conditions that the switch would refuse."""
    for field, names in (("sites", sites), ("providers", providers)):
        if not isinstance(names, tuple) or not names:
            raise InvalidPlan(where, f'{field} is {names!r}, not a list of names; ["*"] is every one')
        for name in names:
            words(where, field, name)
            try:
                checked_rule(Rule("*", "*", share=0.0, tenant=tenant, header=header))
            except RolloutError as error:
                raise InvalidPlan(where, str(error)) from error
        if len(set(names)) < len(names) or ("*" in names and len(names) > 1):
            raise InvalidPlan(where, f'{field} is {list(names)!r}: a name stands twice, or beside "*"')
