"""The certificate: an independent proof that a rewritten gateway is the program that it was.

The checker knows nothing of the rewriter. It takes the legacy bytes, the bytes on disk and the bytes of the config,
walks both trees side by side, and at every dispatch site reduces both arms at every key to what is left of them
there; the residual programs must be equal. What it takes for granted is in `AXIOMS`; what it does not know it does not
certify.

    certificate = certify(before=…, after=…, config=…, config_module="src.config.providers", stage="applied")
    certificate.valid, list(certificate.findings())
"""

from cutover_migrate.certificate._adoption import certify_adoption
from cutover_migrate.certificate._adoption_records import Adoption, LoopProof
from cutover_migrate.certificate._axioms import AXIOMS, Axiom
from cutover_migrate.certificate._certify import certify
from cutover_migrate.certificate._records import (
    Added,
    Certificate,
    Difference,
    Different,
    FileBinding,
    KeyProof,
    Same,
    SiteProof,
    Stage,
)

__all__ = [
    "AXIOMS",
    "Added",
    "Adoption",
    "Axiom",
    "Certificate",
    "Difference",
    "Different",
    "FileBinding",
    "KeyProof",
    "LoopProof",
    "Same",
    "SiteProof",
    "Stage",
    "certify",
    "certify_adoption",
]
