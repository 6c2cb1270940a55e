"""Planting of wrong dispatches, to see that what should catch them does.

One fault is chosen from the syntax tree of a migrated tree and its generated table, never by names, and written in
place. A kind only counts where it changes what the gateway does for at least one key.

    planted = plant(Path("copy-of-a-migrated-tree"), seed=7)
"""

from cutover_cli._plant._errors import NothingApplicable, NotMigrated, PlantError, UnknownKind
from cutover_cli._plant._planting import KINDS, KINDS_ON_REQUEST, Planted, plant

__all__ = [
    "KINDS",
    "KINDS_ON_REQUEST",
    "NotMigrated",
    "NothingApplicable",
    "PlantError",
    "Planted",
    "UnknownKind",
    "plant",
]
