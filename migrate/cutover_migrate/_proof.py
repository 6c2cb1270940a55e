"""What has to hold before anything is written: the certificate, and tables that the runtime takes.

Example: ``certified(plan.layout, before=before, after=after, config=config, definitions={}, stage="applied")``
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from cutover_migrate.certificate import Certificate, certify
from cutover_migrate.errors import NotCertified
from cutover_migrate.rewrite import Layout
from cutover_registry import CutoverRegistryError, ProviderRegistry


def proof(
    layout: Layout,
    *,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    config: bytes,
    definitions: Mapping[str, bytes],
    stage: str,
) -> Certificate:
    """What the checker says of files in this layout."""
    return certify(
        before=before,
        after=after,
        config=config,
        config_module=layout.config_module,
        import_root=layout.import_root,
        runtime=layout.runtime_module,
        definitions=definitions,
        stage="finished" if stage == "finished" else "applied",
    )


def check_tables(text: str) -> None:
    """Have the runtime read the tables, as literals: what it would refuse at start-up is refused here."""
    tables = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    try:
        ProviderRegistry.from_mapping(tables)
    except CutoverRegistryError as error:
        raise NotCertified(
            f"the runtime would refuse the table that results, so nothing was written: {error}"
        ) from error


def listed(head: str, findings: Iterable[object]) -> str:
    """A heading and the first five findings."""
    lines = [f"  {finding}" for finding in list(findings)[:5]]
    return "\n".join([f"{head}:", *lines])
