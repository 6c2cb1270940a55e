"""Before and after of each file that is edited, cut to the lines of one site.

The texts are taken from the plan as it would be written; nothing is known here of how they were made.

Example: ``Sides(plan).of(site)``
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate._plan import Plan
from cutover_migrate._scan import Site
from cutover_migrate.apply import FileChange
from cutover_migrate.find import Source
from cutover_migrate.reports._alignment import Alignment
from cutover_migrate.reports._highlight import highlighted
from cutover_migrate.rewrite import identifier


@dataclass(frozen=True)
class Part:
    """Lines of one version of a file, as HTML; ``changed`` are the numbers of those that the other version lacks."""

    first: int
    lines: tuple[str, ...]
    changed: frozenset[int]


@dataclass(frozen=True)
class Version:
    """One version of a file."""

    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return plain(self.text).split("\n")

    def part(self, first: int, last: int, changed: set[int]) -> Part:
        """Some lines of it, whole statements; they alone are highlighted, since files are long and sites are not."""
        lines = highlighted("\n".join(self.lines[first - 1 : last])) if last >= first else []
        return Part(first, tuple(lines), frozenset(changed & {*range(first, last + 1)}))


class Sides:
    """The two versions of every edited file: as it is, and with the legacy arm gone."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._changes: dict[str, FileChange] = {change.path: change for change in plan.finished()}
        self._files: dict[str, tuple[Version, Alignment]] = {}

    def after(self, site: Site) -> Part:
        """What stands in the place of a site."""
        version, aligned = self._of(site.path)
        first, last = aligned.span(site.facts.start_line, site.facts.end_line)
        return version.part(first, last, aligned.new)

    def text(self, site: Site, part: Part) -> list[str]:
        """The lines of a part of a site's file, with the legacy arm gone, as they will be written."""
        return self._of(site.path)[0].lines[part.first - 1 : part.first - 1 + len(part.lines)]

    def gone(self, site: Site) -> set[int]:
        """The lines of a site's file that go."""
        return self._of(site.path)[1].gone

    def handlers(self, site: Site) -> list[Part]:
        """The functions that a site's branches became."""
        version, _ = self._of(site.path)
        wanted = self._handlers.get(site.id, set())
        found = [node for node in ast.parse(version.text).body if getattr(node, "name", None) in wanted]
        return [version.part(node.lineno, node.end_lineno or node.lineno, set()) for node in found]

    @cached_property
    def tables(self) -> Mapping[str, object]:
        """The generated tables, read as literals."""
        text = self.plan.generated[self.plan.layout.config]
        return {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in ast.parse(text).body
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }

    @cached_property
    def _handlers(self) -> dict[str, set[str]]:
        """The names of the handlers in each site's table, by its id: references that begin with a dot."""
        entries, conventions = self.tables["PROVIDER_CONFIGS"], self.tables["SLOTS"]
        assert isinstance(entries, dict)
        assert isinstance(conventions, dict)
        found: dict[str, set[str]] = {}
        for site in self.plan.sites:
            for slot in site.slots:
                usual = str(conventions.get(slot, ""))
                references = [
                    entries[key].get("slots", {}).get(slot, usual.replace("{}", identifier(key))) for key in site.keys
                ]
                names = {name[1:] for name in references if name is not None and name.startswith(".")}
                found.setdefault(site.id, set()).update(names)
        return found

    def _of(self, path: str) -> tuple[Version, Alignment]:
        if path not in self._files:
            source = self.plan.scan.tree.sources[path]
            before, after = Version(decoded(source)), Version(_text(source, self._changes[path].after))
            self._files[path] = after, Alignment(before.lines, after.lines)
        return self._files[path]


def decoded(source: Source) -> str:
    """The text of a source, without its byte order mark."""
    return _text(source, source.data)


def plain(text: str) -> str:
    """A text with line feeds alone, as line numbers count them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text(source: Source, data: bytes | None) -> str:
    return (data or b"").decode(source.encoding, errors="replace").removeprefix("\ufeff")
