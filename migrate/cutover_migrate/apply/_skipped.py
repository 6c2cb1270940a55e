"""Outcomes of the dependency entry other than a change."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = "provider-cutover"
REQUIREMENT = "provider-cutover>=0.1"


@dataclass(frozen=True, slots=True)
class Skipped:
    """No change: `reason` says why, `advice` what to type; it is empty where nothing is to be done."""

    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class NotHere:
    """This file does not list the application's dependencies."""


def is_ours(requirement: str) -> bool:
    """Tell whether a requirement, in PEP 508 or pip's form, names this distribution."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    if re.search(rf"[#&]egg={NAME}\b", requirement):
        return True
    return found is not None and re.sub(r"[-_.]+", "-", found[1]).lower().rstrip("-") == NAME
