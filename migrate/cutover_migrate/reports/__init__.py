"""Reports of a scan for other programs and for people: SARIF, a patch, one HTML page. Nothing is written here.

Example: ``json.dumps(sarif_log(scan, version="0.1.0"))``
"""

from cutover_migrate.reports._diff import patch
from cutover_migrate.reports._fingerprints import NAME as FINGERPRINT
from cutover_migrate.reports._fingerprints import fingerprints
from cutover_migrate.reports._page import html_page
from cutover_migrate.reports._sarif import sarif_log
from cutover_migrate.reports._sides import Sides
from cutover_migrate.reports._text import visible

__all__ = ["FINGERPRINT", "Sides", "fingerprints", "html_page", "patch", "sarif_log", "visible"]
