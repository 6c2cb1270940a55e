"""The runtime check: both programs of each site are executed among recorders, and what they do is compared.

This is the only place that executes the code of the user. It does so when asked, in a child process without network,
home directory and descriptors; nothing of the application is imported.

    report = execute_project(Path("."))
    report.same, report.findings()
"""

from cutover_migrate.execute._child import Texts
from cutover_migrate.execute._project import execute_project
from cutover_migrate.execute._records import Executed, ExecuteDifference, ExecuteReport, NotExecuted
from cutover_migrate.execute._texts import execute_batch, execute_texts

__all__ = [
    "ExecuteDifference",
    "ExecuteReport",
    "Executed",
    "NotExecuted",
    "Texts",
    "execute_batch",
    "execute_project",
    "execute_texts",
]
