"""Hand-written failover loops around finished sites become loops over a route of the registry.

Found by shape and rewritten by a few small edits a loop; what cannot be adopted is refused with a code and the fact.
Nothing is written here, and nothing is proved: the checker does that in its own way.

Example: ``adopt_file(source, registry_module="src.services.provider_registry").loops``
"""

from cutover_migrate.adopt._file import FileAdoption, adopt_file
from cutover_migrate.adopt._find import Askers, askers_of, loops_of, site_names
from cutover_migrate.adopt._outcome import Adopted, Refused
from cutover_migrate.adopt._project import adopt_files, asker_names
from cutover_migrate.adopt._reasons import ADOPT_REASONS

__all__ = [
    "ADOPT_REASONS",
    "Adopted",
    "Askers",
    "FileAdoption",
    "Refused",
    "adopt_file",
    "adopt_files",
    "asker_names",
    "askers_of",
    "loops_of",
    "site_names",
]
