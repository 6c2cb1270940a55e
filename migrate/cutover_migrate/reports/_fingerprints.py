"""Fingerprints of sites: the same as long as the chain stays where it is, whatever is edited around it.

A fingerprint is made of the file, the function, the subject and the kind of chain, and of the chain's number among
those that have the same; not of lines, keys or bodies. Adding a branch, or a line above, does not change it.

Example: ``fingerprints(scan.sites)["app.desk.answer.1"]``
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from cutover_migrate._scan import Site

NAME = "cutoverSite/v1"


def fingerprints(sites: Iterable[Site]) -> dict[str, str]:
    """The fingerprint of each site, by its id; 32 hexadecimal digits."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = {}
    for site in sites:
        facts = site.facts
        place = (site.path, facts.function, facts.kind, facts.subject)
        seen[place] += 1
        found[site.id] = sha256("\0".join((*place, str(seen[place]))).encode(errors="replace")).hexdigest()[:32]
    return found
