"""A migrated tree as its journal and its files have it: the originals, what was written last, the plan behind it.

Example: ``plan_of_journal(root, read_journal(root))``
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._scan import scan
from cutover_migrate.apply import Journal, read_journal
from cutover_migrate.apply._journal import applied_of, finished_of, original_of
from cutover_migrate.apply._rebase import Rebased, rebase
from cutover_migrate.find import Source, parse_source
from cutover_migrate.rewrite import Layout
from cutover_migrate.vendor import RUNTIME

Json = Mapping[str, Any]


def applied_plan(root: Path) -> Plan:
    """The plan that was applied to a tree.

    Raises:
        JournalError: Nothing was applied, or the journal cannot be used.
    """
    return plan_of_journal(root.resolve(), read_journal(root.resolve()))


def plan_of_journal(root: Path, journal: Journal) -> Plan:
    """The plan that was applied, worked out again from the originals."""
    recorded = journal.details["options"]
    options = plan_options(recorded, {"columns": recorded["columns"], "sites": recorded["sites"]})
    paths = [root / path for path in journal.details["scanned"] if (root / path).is_file()]
    parsed = _parsed(originals(root, journal))
    found = scan(paths, root=root, include=options.include, import_root=options.import_root, replaced=parsed)
    plan = make_plan(found, options)
    plan.layout = layout_of(journal)
    return plan


def plan_options(options: Json, names: Json) -> Options:
    """The options that a plan or a journal has written down."""
    return Options(
        services=options.get("services"),
        config=options.get("config"),
        import_root=options.get("import_root"),
        unsafe=bool(options.get("unsafe")),
        exclude=tuple(options.get("exclude", ())),
        include=tuple(options.get("include", ())),
        names=dict(names.get("columns", {})),
        site_names=dict(names.get("sites", {})),
        vendor=bool(options.get("vendor")),
    )


def originals(root: Path, journal: Journal) -> dict[str, bytes]:
    """The legacy files, as they were before ``apply``."""
    found: dict[str, bytes] = {}
    for file in journal.files:
        if not file.created and file.path.endswith(".py"):
            found[file.path] = original_of(root, file) or b""
    return found


def originals_with_edits(root: Path, journal: Journal) -> dict[str, bytes]:
    """The legacy files with the edits made since; where an edit touches ours, the file as it was."""
    found = originals(root, journal)
    for path, original in found.items():
        current = (root / path).read_bytes() if (root / path).is_file() else None
        carried = rebase(last_written(root, journal, path), current=current, wanted=original)
        if isinstance(carried, Rebased) and carried.data is not None:
            found[path] = carried.data
    return found


def last_written(root: Path, journal: Journal, path: str) -> bytes | None:
    """What this program wrote to a file last; ``None`` where it wrote nothing."""
    file = journal.file(path)
    return applied_of(root, file) if file is not None else None


def adopted_files(journal: Journal) -> tuple[str, ...]:
    """The files with adopted failover loops."""
    return tuple(dict.fromkeys(str(loop["file"]) for loop in journal.details.get("adopted", ())))


def finished_form(root: Path, journal: Journal, path: str, *, edits: bool = True) -> bytes | None:
    """A file with adopted loops as the cutover finished it, edits made since included; ``None`` for any other file."""
    kept = finished_of(root, path) if path in adopted_files(journal) else None
    if kept is None or not edits:
        return kept
    carried = rebase(last_written(root, journal, path), current=on_disk(root, path), wanted=kept)
    return carried.data if isinstance(carried, Rebased) and carried.data is not None else kept


def layout_of(journal: Journal) -> Layout:
    """Where the generated modules of a journal are."""
    generated = journal.generated
    return Layout(
        generated["config"], generated["registry"], generated["loader"],
        generated["config_module"], generated["registry_module"], generated["loader_module"],
        generated.get("runtime_module", RUNTIME),
    )  # fmt: skip


def on_disk(root: Path, path: str) -> bytes:
    """A file's bytes; none where it is not there."""
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return b""


def _parsed(originals: Mapping[str, bytes]) -> dict[str, Source]:
    return {path: parse_source(path, data) for path, data in originals.items()}
