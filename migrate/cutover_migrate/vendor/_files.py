"""The files of the vendored runtime, from the installed package.

Example: ``vendored_files("app/_cutover_registry", module="app._cutover_registry")["app/_cutover_registry/_site.py"]``
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from cutover_migrate.vendor._licence import LICENCE
from cutover_migrate.vendor._rename import RUNTIME, renamed

DISTRIBUTION = "provider-cutover"
PARTS = ("", "failover/")
"""The folders that are vendored: the runtime itself, and failover; the providers' clients are not."""
LICENCE_FILE = "LICENSE"
HEADER = """\
# {file} of cutover_registry, from provider-cutover {version} (MIT, see LICENSE beside it).
# Written by `cutover apply --vendor-runtime`; `cutover verify` reports any edit.
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
"""


def vendored_files(folder: str, *, module: str) -> dict[str, str]:
    """The text of each file of the package ``module``, by its path in the project.

    Raises:
        NotVendored: The installed runtime is in a form that cannot be renamed.
    """
    release = _version()
    sources = {
        f"{part}{entry.name}": entry
        for part in PARTS
        for entry in files(RUNTIME).joinpath(part).iterdir()
        if entry.name.endswith(".py")
    }
    texts = {
        f"{folder}/{name}": HEADER.format(file=name, version=release)
        + renamed(sources[name].read_text("utf-8"), module=module, below=name.count("/"))
        for name in sorted(sources)
    }
    return {**texts, f"{folder}/{LICENCE_FILE}": LICENCE}


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed as a distribution)"
