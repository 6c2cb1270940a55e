"""The vendored runtime: `cutover_registry` written into the application, so that nothing of ours need be installed.

What is written is the installed package file by file: its own imports made relative, its name in docstrings replaced,
a header put on top. Each file is parsed again and compared with what those two replacements give, node by node.

Example: ``vendored_files("src/services/_cutover_registry", module="src.services._cutover_registry")``
"""

from cutover_migrate.vendor._disk import foreign_files, obstacle
from cutover_migrate.vendor._files import LICENCE_FILE, vendored_files
from cutover_migrate.vendor._rename import RUNTIME, NotVendored, renamed

__all__ = ["LICENCE_FILE", "RUNTIME", "NotVendored", "foreign_files", "obstacle", "renamed", "vendored_files"]
