"""A whole tree surveyed: in this process where it is small, else by several, and from the cache what is known.

However it is done, the result is the same. Large trees are never held as syntax trees: a file is parsed, summed up as
:class:`Facts`, and parsed again where a decision itself is wanted.

Example: ``survey_tree(read_tree([Path("src")], parse=False)).sites``
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from cutover_migrate.errors import BadInput, NotPython
from cutover_migrate.find import Constants, KeyedTable, ModuleMap, Outline, Source, Tree, find_tables, read_source
from cutover_migrate.rewrite import Decided
from cutover_migrate.survey._cache import SurveyCache, survey_key
from cutover_migrate.survey._facts import Facts
from cutover_migrate.survey._file import FileSurvey, decided_sites, survey_file
from cutover_migrate.survey._workers import in_processes

SMALL = 2_000_000
"""Bytes of source up to which a tree is surveyed here, kept parsed, and not remembered."""
IMPORTS = re.compile(rb"^(?:from[ \t]+([\w.]*\w)[ \t]+import\b|import[ \t]+(\w[\w., \t]*))", re.MULTILINE)

Progress = Callable[[int, int], None]


@dataclass
class TreeSurvey:
    """The sites of a tree, file by file, and the way to their decisions."""

    tree: Tree
    modules: ModuleMap
    constants: Constants
    sites: list[Facts] = field(default_factory=list)
    tables: dict[str, tuple[KeyedTable, ...]] = field(default_factory=dict)
    _decided: dict[str, list[Decided]] = field(default_factory=dict, repr=False)

    def decided(self, facts: Facts) -> Decided:
        """The decision that the facts were taken from; its file is parsed if it is not."""
        if facts.path not in self._decided:
            source = self.tree.sources[facts.path]
            self._decided[facts.path] = decided_sites(source, self.modules, self.constants)[1]
        return self._decided[facts.path][facts.number]


def survey_tree(
    tree: Tree,
    *,
    import_root: str | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Progress | None = None,
) -> TreeSurvey:
    """Survey every file of a tree; those that do not parse become ``unread``, or raise if they were named.

    ``jobs`` is the number of processes (as many as there are processors where it is not given); ``progress`` is told
    how many files of how many are done.
    """
    told = progress or (lambda _done, _of: None)
    with _collector_at_rest():
        if jobs is None and sum(len(source.data) for source in tree.sources.values()) <= SMALL:
            return _here(tree, import_root, told)
        return _at_large(tree, import_root, jobs or _processors(), SurveyCache.open(tree.root) if cache else None, told)


def _here(tree: Tree, import_root: str | None, told: Progress) -> TreeSurvey:
    """Survey a small tree and keep what was parsed."""
    _leave_out(tree, (source.path for source in tree.sources.values()))
    modules = ModuleMap(tree.root, tree.sources, import_root=import_root)
    found = TreeSurvey(tree, modules, Constants(modules, tree.sources))
    for done, source in enumerate(tree.sources.values(), start=1):
        facts, found._decided[source.path] = decided_sites(source, modules, found.constants)
        found.sites += facts
        found.tables[source.path] = tuple(find_tables(source.tree))
        told(done, len(tree.sources))
    return found


def _at_large(tree: Tree, import_root: str | None, jobs: int, cache: SurveyCache | None, told: Progress) -> TreeSurvey:
    """Survey a large tree under a likely import root, and again if the outlines say that it is another."""
    likely = ModuleMap(tree.root, tree.sources, import_root=import_root, outlines=_rough_outlines(tree)).import_root
    while True:
        surveys = _Round(tree, likely, cache, told).surveys(jobs)
        _leave_out(tree, [path for path, survey in surveys.items() if survey.failure is not None])
        outlines = {path: survey.outline for path, survey in surveys.items()}
        modules = ModuleMap(tree.root, tree.sources, import_root=import_root, outlines=outlines)
        if modules.import_root == likely:
            sites = [facts for path in tree.sources for facts in surveys[path].sites]
            tables = {path: surveys[path].tables for path in tree.sources}
            return TreeSurvey(tree, modules, Constants(modules, tree.sources), sites, tables)
        likely = modules.import_root


def _leave_out(tree: Tree, paths: Iterable[str]) -> None:
    """Make files that do not parse ``unread``."""
    for path in list(paths):
        try:
            assert tree.sources[path].tree
        except NotPython as error:
            if path in tree.named:
                raise
            tree.leave_out(path, error.line, error.reason)
    tree.unread.sort(key=lambda file: file.path)


class _Round:
    """One way through all files of a tree, under one import root."""

    def __init__(self, tree: Tree, import_root: str, cache: SurveyCache | None, told: Progress) -> None:
        self._tree = tree
        self._import_root = import_root
        self._cache = cache
        self._told = told
        self._modules = ModuleMap(tree.root, tree.sources, import_root=import_root)
        self._digests: dict[str, str] = {}
        self._found: dict[str, FileSurvey] = {}

    def surveys(self, jobs: int) -> dict[str, FileSurvey]:
        """The survey of each file, by its path."""
        keys = {survey_key(path, source.digest, self._import_root): path for path, source in self._tree.sources.items()}
        known = self._cache.get(keys) if self._cache is not None else {}
        self._add({keys[key]: survey for key, survey in known.items()})
        if jobs > 1:
            root, missing = self._tree.root, self._missing()
            for batch, surveys in in_processes(missing, root=root, import_root=self._import_root, count=jobs):
                answered = zip(batch, surveys, strict=True)
                self._add({source.path: survey for source, survey in answered if survey is not None})
        constants = Constants(self._modules, _Unparsed(self._tree.sources))
        for source in self._missing():
            self._found[source.path] = survey_file(Source(source.path, source.data), self._modules, constants)
            self._told(len(self._found), len(self._tree.sources))
        if self._cache is not None:
            self._cache.put(
                {key: self._found[path] for key, path in keys.items() if self._found[path] is not known.get(key)}
            )
        return self._found

    def _add(self, surveys: Mapping[str, FileSurvey]) -> None:
        """Take what others found, if it still holds."""
        self._found |= {path: survey for path, survey in surveys.items() if self._holds(survey)}
        self._told(len(self._found), len(self._tree.sources))

    def _missing(self) -> list[Source]:
        return [source for path, source in self._tree.sources.items() if path not in self._found]

    def _holds(self, survey: FileSurvey) -> bool:
        """Whether everything else that a survey rests on is as it was."""
        return all(self._modules.path_of(module) == path for module, path in survey.asked) and all(
            self._digest(path) == digest for path, digest in survey.read
        )

    def _digest(self, path: str) -> str:
        if path in self._tree.sources:
            return self._tree.sources[path].digest
        if path not in self._digests:
            try:
                self._digests[path] = read_source(self._tree.root, path, parse=False).digest
            except BadInput:
                self._digests[path] = ""
        return self._digests[path]


class _Unparsed(Mapping[str, Source]):
    """Sources that are parsed anew at each look, so that no tree stays."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def __getitem__(self, path: str) -> Source:
        return Source(path, self._sources[path].data)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


def _rough_outlines(tree: Tree) -> dict[str, Outline]:
    """Outlines as the lines show them, which is nearly always what they are."""
    found = {}
    for path, source in tree.sources.items():
        names = [first or second for first, second in IMPORTS.findall(source.data)]
        modules = [part.split(b" as ")[0].strip().decode() for name in names for part in name.split(b",")]
        found[path] = Outline.of(modules, is_script=b"__name__" in source.data)
    return found


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Trees are large and have no cycles: looking for some in between takes as long as parsing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
