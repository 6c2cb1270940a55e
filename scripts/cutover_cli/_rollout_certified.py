"""What the parity certificate says of the code that is here, asked anew once a minute while a controller runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from cutover_cli._rollout_options import OWN_CERTIFICATE, Where
from cutover_parity import NotACertificate, Valid, read_certificate, tree_of, valid_for
from cutover_rollout.controller import Certified

FRESH = 60.0  # seconds


def certified_of(where: Where, certificate: Path | None, legacy: Path | None) -> Certified:
    """The certificate of these trees as they are on disk now; the revision is of their sources."""
    file = where.file("certificate", certificate) or where.root / OWN_CERTIFICATE
    legacy_tree = where.file("legacy", legacy) or where.root
    revision = "-".join(tree_of(tree).sha256[:16] for tree in (legacy_tree, where.root))
    try:
        found = valid_for(read_certificate(file), legacy_tree, where.root)
    except NotACertificate as error:
        return Certified(revision, valid=False, problem=str(error))
    return Certified(revision) if isinstance(found, Valid) else Certified(revision, valid=False, problem=found.reason)


def certifying(where: Where, certificate: Path | None, legacy: Path | None) -> Callable[[], Certified]:
    """The same as a function that does not read the trees each time."""
    kept: list[tuple[float, Certified]] = []

    def asked() -> Certified:
        if not kept or time.monotonic() - kept[0][0] > FRESH:
            kept[:] = [(time.monotonic(), certified_of(where, certificate, legacy))]
        return kept[0][1]

    return asked
