"""The options that ``scan`` and ``plan`` share, and what follows from them together with the project's settings.

Example: ``choose(context, paths, root, include=(), exclude=(), …).scan().rewritten``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cutover_cli._console import file_progress
from cutover_cli._inputs import named_root, readable, settled
from cutover_cli._settings import nearest, read_settings
from cutover_cli._unusable import Unusable
from cutover_migrate import Options, Scan, Site, project_root, scan_paths

Command = Callable[..., Any]
TYPED = {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}
FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
ROOT = click.option(
    "--root", type=click.Path(path_type=Path), help="The project's root folder (default: found from here)."
)


@dataclass(frozen=True)
class Choices:
    """What is to be scanned and how; ``typed`` tells whether the paths were, so that settings may be of other files."""

    paths: tuple[Path, ...]
    root: Path
    options: Options
    settings: Mapping[str, Any]
    typed: bool
    jobs: int | None = None
    cache: bool = True

    def scan(self) -> Scanned:
        """The scan that was asked for.

        Raises:
            Unusable: A site that is named in the options is not there.
        """
        include = self.options.include
        if self.typed and include and include == tuple(self.settings.get("include", ())):
            there = {site.id for site in _every(self._scanned(()))}
            include = tuple(site for site in include if site in there)
        found = self._scanned(include)
        exclude = tuple(self._known(found, self.options.exclude, of="exclude"))
        names = {
            site: self.options.site_names[site] for site in self._known(found, self.options.site_names, of="names")
        }
        return Scanned(found, replace(self.options, include=include, exclude=exclude, site_names=names), self.root)

    def _scanned(self, include: tuple[str, ...]) -> Scan:
        with file_progress("scanning") as told:
            found = scan_paths(
                self.paths,
                root=self.root,
                include=include,
                import_root=self.options.import_root,
                jobs=self.jobs,
                cache=self.cache,
                progress=told,
            )
        return readable(found)

    def _known(self, found: Scan, sites: Iterable[str], *, of: str) -> Iterator[str]:
        """The ids of sites; those of the settings that are not in what was typed are left out."""
        optional = self.typed and of in self.settings
        there = {site.id for site in _every(found)}
        for name in sites:
            if name in there or not optional:
                yield find_site(found, name).id


@dataclass(frozen=True)
class Scanned:
    """A scan with the options that a plan of it is made with."""

    found: Scan
    options: Options
    root: Path

    @property
    def rewritten(self) -> list[Site]:
        """The sites that a plan with these options takes."""
        allowed = [site for site in self.found.chosen if self.options.unsafe or site.facts.level == "safe"]
        return [site for site in allowed if site.id not in self.options.exclude]


def selection(command: Command) -> Command:
    """The options that say what is scanned, and how much of it may be rewritten."""
    return _decorated(
        command,
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
        ROOT,
        click.option("--include", multiple=True, metavar="SITE",
                     help="Treat this site (by id) as provider dispatch too."),
        click.option("--exclude", multiple=True, metavar="SITE", help="Leave this site (by id) as it is."),
        click.option("--services", metavar="FOLDER", help="Folder for provider_registry.py and provider_loader.py."),
        click.option("--config", metavar="FOLDER", help="Folder for providers.py."),
        click.option("--import-root", metavar="FOLDER",
                     help="Folder from which the project's imports resolve, if it is not seen."),
        click.option("--unsafe/--no-unsafe", default=False, help="Rewrite sites of level unsafe too."),
        click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N",
                     help="Processes for a large tree (default: as many as there are processors)."),
        click.option("--cache/--no-cache", default=True, help="Use and keep what earlier scans knew of a file."),
    )  # fmt: skip


def reports(command: Command) -> Command:
    """The options that ask for other forms of a report."""
    return _decorated(
        command,
        click.option("--show", multiple=True, metavar="SITE", help="Show this site whole, with its code."),
        click.option("--code", is_flag=True, help="Show the deciding lines of every site."),
        click.option("--diff", is_flag=True, help="Print every edit as a unified diff for `git apply` or `patch -p1`."),
        click.option("--stage", type=click.Choice(["applied", "finished"]), default="applied", show_default=True,
                     help="What --diff shows: both arms, or the legacy arm gone."),
        click.option("--sarif", type=FILE, help="Write SARIF 2.1.0 to this file (- for standard output)."),
        click.option("--html", type=FILE, help="Write one HTML page that needs nothing else to this file."),
    )  # fmt: skip


def choose(context: click.Context, paths: tuple[Path, ...], root: Path | None, **given: Any) -> Choices:
    """What was typed, else what the project's settings say, else what is usual."""
    top = root_of(paths or (Path(),), root)
    settings = read_settings(top)
    values = {name: setting_or(context, settings, name, value) for name, value in given.items()}
    names = settings.get("names", {})
    options = Options(
        services=values["services"],
        config=values["config"],
        import_root=values["import_root"],
        unsafe=values["unsafe"],
        exclude=tuple(values["exclude"]),
        include=tuple(values["include"]),
        names=dict(names.get("columns", {})),
        site_names=dict(names.get("sites", {})),
    )
    usual = tuple(top / path for path in settings.get("paths", ()))
    here = Path() if Path().resolve().is_relative_to(top.resolve()) else top
    return Choices(
        paths or usual or (here,), top, options, settings, typed=bool(paths), jobs=values["jobs"], cache=values["cache"]
    )


def setting_or(context: click.Context, settings: dict[str, Any], name: str, value: Any) -> Any:
    """The value of an option: as typed, else the project's setting, else the usual one."""
    if context.get_parameter_source(name) in TYPED:
        return value
    return settings.get(name, value)


def root_of(paths: tuple[Path, ...], root: Path | None) -> Path:
    """The root of the project that the paths belong to, nothing half-written in it."""
    return settled(project_root(paths) if root is None else named_root(root))


def find_site(found: Scan, name: str) -> Site:
    """A site by its id, or by the end of it where that is one site's alone."""
    sites = _every(found)
    exact = [site for site in sites if site.id == name]
    ending = exact or [site for site in sites if site.id.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise Unusable(f"{name}: more than one site is called that: {_listed(ending)}; name one by its whole id")
    known = tuple(site.id for site in sites)
    hint = nearest(name, known) if known else "no site was found"
    raise Unusable(f"{name}: no site has this id; {hint if len(hint) < 200 else '`cutover scan` lists them'}")


def _every(found: Scan) -> list[Site]:
    return [*found.sites, *found.near_misses]


def _listed(sites: Iterable[Site]) -> str:
    return ", ".join(site.id for site in sites)


def _decorated(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
