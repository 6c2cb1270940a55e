"""Hypothesis strategies for what a gateway meets: requests, provider names, upstream faults, and several in a row.

    @given(routes([Seed.of(request)], keys=("ash", "birch")))
    def test_both_arms_do_the_same(cases): ...

Everything shrinks towards the seed as it is, the first key, and attempts that answer.
"""

from cutover_parity.cases._naming import Naming
from cutover_parity.strategies._faults import EVERY_STEP, fault_schedules, steps
from cutover_parity.strategies._keys import providers
from cutover_parity.strategies._messages import messages
from cutover_parity.strategies._mutations import mutated
from cutover_parity.strategies._options import OPTIONS
from cutover_parity.strategies._requests import requests
from cutover_parity.strategies._routes import case_of, cases, routes
from cutover_parity.strategies._values import odd_values, texts

__all__ = [
    "EVERY_STEP",
    "OPTIONS",
    "Naming",
    "case_of",
    "cases",
    "fault_schedules",
    "messages",
    "mutated",
    "odd_values",
    "providers",
    "requests",
    "routes",
    "steps",
    "texts",
]
