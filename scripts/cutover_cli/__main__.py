"""Entry point of the ``cutover`` command.

Exit codes: 0 fine, 1 a finding (a mismatch, not certified), 2 usage or input that cannot be used, 3 internal.
"""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; say how to install what is missing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        from cutover_cli._app import run  # noqa: PLC0415  the core installs without click and rich
    except ModuleNotFoundError as error:
        print(f"cutover needs {error.name}; install it with: pip install 'provider-cutover[all]'", file=sys.stderr)
        sys.exit(2)
    sys.exit(run())


if __name__ == "__main__":
    main()
