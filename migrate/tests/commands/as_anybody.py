"""Applies a fresh plan as a user for whom mode bits count, and says how it went: the error's kind, then its text.

Usage: python as_anybody.py FOLDER
"""

import os
import sys
from pathlib import Path

from cutover_migrate import MigrateError, apply_plan, make_plan, plan_json, scan_paths

NOBODY = 65534


def main(root):
    """Drop the rights of the system's owner, then plan and apply."""
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        apply_plan(root, plan_json(make_plan(scan_paths([root], root=root))))
    except MigrateError as error:
        print(f"{type(error).__name__}\n{error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
