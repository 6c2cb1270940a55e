"""What takes the codemod with it, in one place; `cutover_migrate` loads it at the first name that is asked of it."""

from cutover_migrate._adopt import Adoptable, LoopsAdopted, adopt_failover, adoption_json, plan_adoption
from cutover_migrate._commands import AlreadyDone, Applied, Finished, Verified, certified_plan, journal_of
from cutover_migrate._commands import apply as apply_plan
from cutover_migrate._commands import finish as finish_cutover
from cutover_migrate._commands import take_back as undo_cutover
from cutover_migrate._commands import verify as verify_cutover
from cutover_migrate._disagreements import Disagreement
from cutover_migrate._migrated_tree import applied_plan
from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._report import empty_plan, journal_json, lines_json, plan_json, scan_json
from cutover_migrate._scan import Scan, Site
from cutover_migrate._scan import scan as scan_paths
from cutover_migrate._undo_site import SitesUndone, undo_sites

__all__ = [
    "Adoptable",
    "AlreadyDone",
    "Applied",
    "Disagreement",
    "Finished",
    "LoopsAdopted",
    "Options",
    "Plan",
    "Scan",
    "Site",
    "SitesUndone",
    "Verified",
    "adopt_failover",
    "adoption_json",
    "applied_plan",
    "apply_plan",
    "certified_plan",
    "empty_plan",
    "finish_cutover",
    "journal_json",
    "journal_of",
    "lines_json",
    "make_plan",
    "plan_adoption",
    "plan_json",
    "scan_json",
    "scan_paths",
    "undo_cutover",
    "undo_sites",
    "verify_cutover",
]
