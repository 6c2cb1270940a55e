"""Surveying: every file's chains with what was decided about them, for trees of any size."""

from cutover_migrate.survey._cache import SurveyCache
from cutover_migrate.survey._facts import Facts, KeptFact, refused_facts
from cutover_migrate.survey._file import FileSurvey, decided_sites, refused, survey_file
from cutover_migrate.survey._tree import Progress, TreeSurvey, survey_tree

__all__ = [
    "Facts",
    "FileSurvey",
    "KeptFact",
    "Progress",
    "SurveyCache",
    "TreeSurvey",
    "decided_sites",
    "refused",
    "refused_facts",
    "survey_file",
    "survey_tree",
]
