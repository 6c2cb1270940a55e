"""The sites that an earlier scan knew already: the fingerprints in its SARIF file.

Example: ``known_sites(Path("cutover.sarif"))``
"""

from __future__ import annotations

import json
from pathlib import Path

from cutover_cli._unusable import Unusable
from cutover_migrate.reports import FINGERPRINT


def known_sites(path: Path | None) -> frozenset[str]:
    """The fingerprints in a SARIF file of ours; none where no file is named."""
    if path is None:
        return frozenset()
    again = f"make one with `cutover scan --sarif {path}`"
    try:
        log = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise Unusable(f"{path}: there is no such baseline; {again}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise Unusable(f"{path}: not a baseline ({error}); {again}") from error
    try:
        results = [result for run in log["runs"] for result in run["results"]]
        marks = [result.get("partialFingerprints", {}).get(FINGERPRINT) for result in results]
        return frozenset(mark for mark in marks if isinstance(mark, str))
    except (AttributeError, KeyError, TypeError) as error:
        raise Unusable(f"{path}: not a baseline, as it is no SARIF log; {again}") from error
