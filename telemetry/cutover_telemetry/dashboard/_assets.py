"""The page's files: our own style sheets and scripts, and Plotly's script out of its Python package.

Their addresses carry a hash of what is in them, so that a browser may keep them for ever. They are packed once.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files

from cutover_telemetry._errors import NotInstalled

STYLES = ("base.css", "panels.css", "charts.css")
SCRIPTS = (
    "sorting.js",
    "nodes.js",
    "theme.js",
    "labels.js",
    "failovers.js",
    "arms.js",
    "charts.js",
    "actions.js",
    "address.js",
    "live.js",
    "main.js",
)
PLOTLY = "plotly.min.js"
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
IMPORT = re.compile(r"^import [^;]*?;\n", re.MULTILINE)
MAPS_STYLE = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')
EXPORT = re.compile(r"^export ", re.MULTILINE)
STYLED = re.compile(r'getElementById\("([0-9a-f]{64})"\)')


@dataclass(frozen=True)
class Asset:
    """One file."""

    name: str
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """What it is."""
        return TYPES[self.name.rpartition(".")[2]]

    @cached_property
    def packed(self) -> bytes:
        """The same through gzip."""
        return gzip.compress(self.body, 6, mtime=0)


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its path under /assets/."""
    own = [Asset(name, _own(name)) for name in (*STYLES, *SCRIPTS)]
    plotly = Asset(PLOTLY, _plotly())
    return {**dict(_placed(own)), **dict(_placed([plotly]))}


@cache
def path_of(name: str) -> str:
    """The address of a file by its name."""
    return next(f"/assets/{path}" for path, asset in assets().items() if asset.name == name)


def style_sheet() -> str:
    """All style sheets as one text."""
    return "\n".join(_own(name).decode() for name in STYLES)


def script() -> str:
    """All own scripts as the one text of one module, for a page that stands alone."""
    parts = (EXPORT.sub("", IMPORT.sub("", _own(name).decode())) for name in SCRIPTS)
    return "\n".join(parts)


def plotly_script() -> str:
    """Plotly's script."""
    return _plotly().decode()


@cache
def maps_style() -> str | None:
    """The id of a style element that Plotly adds for maps unless there is an element with it; None if it adds none.

    There are no maps here, and the page's policy would refuse that style with an error in the console.
    """
    found = MAPS_STYLE.search(_plotly())
    return found[1].decode() if found else None


@cache
def plotly_marks() -> tuple[str, ...]:
    """The ids that make Plotly believe that its style sheet for maps is there; no policy of ours would let it in."""
    return tuple(dict.fromkeys(STYLED.findall(plotly_script())))


def _placed(together: list[Asset]) -> Iterator[tuple[str, Asset]]:
    digest = sha256(b"\0".join(asset.body for asset in together)).hexdigest()[:16]
    for asset in together:
        yield f"{digest}/{asset.name}", asset


def _own(name: str) -> bytes:
    return files(__package__).joinpath("assets", name).read_bytes()


@cache
def _plotly() -> bytes:
    try:
        return files("plotly").joinpath("package_data", PLOTLY).read_bytes()
    except ModuleNotFoundError as error:
        raise NotInstalled("charts", missing="plotly", extra="dashboard") from error
