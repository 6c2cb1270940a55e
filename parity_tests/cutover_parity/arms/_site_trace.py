"""Learns which site a route reached with which key, where the application uses cutover_registry.

Both arms of an applied tree ask `use_registry(SITE, key)` first, whatever the answer; a finished tree asks the site
itself. Without cutover_registry there is no trace, and coverage is worked out from the calls.
"""

import sys
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.arms._route_log import LOG
from cutover_parity.compare._render import render


def trace_sites() -> bool:
    """Watch the sites of the application; say whether there is anything to watch."""
    registry = sys.modules.get("cutover_registry")
    if registry is None:
        return False
    asked = registry.use_registry
    watched = _watched(asked)
    for module in list(sys.modules.values()):
        if getattr(module, "use_registry", None) is asked:
            module.use_registry = watched  # type: ignore[attr-defined]
    for method in ("resolve", "__contains__"):
        setattr(registry.Site, method, _watched(getattr(registry.Site, method)))
    return True


def _watched(original: Any) -> Any:
    def watched(site: Any, key: Any) -> Any:
        given = original(site, key)
        log = LOG.get()
        if log is not None:
            log.visit(str(getattr(site, "name", site)), _key(key), taken=bool(given))
        return given

    return watched


def _key(key: Any) -> Json:
    return key if isinstance(key, str) else render(key)
