"""Runs code in fresh processes, forked from this one, which has imported the standard modules that tests need.

Each line of standard input is an order: ``{"code": …, "cwd": …, "arm": …, "out": …, "err": …}``; the answer is its
exit code. Nothing of a gateway is ever imported here.
"""

import importlib.util  # noqa: F401
import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from unittest import mock  # noqa: F401

import pytest  # noqa: F401

import cutover_registry  # noqa: F401


def obey(order):
    """Run the code as a script in its folder; never returns."""
    code = 0
    for number, path in ((1, order["out"]), (2, order["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    try:
        os.chdir(order["cwd"])
        os.environ["CUTOVER_ARM"] = order["arm"]
        sys.path.insert(0, order["cwd"])
        sys.argv = ["probe"]
        exec(compile(order["code"], "<probe>", "exec"), {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main():
    """Obey each order in a child."""
    warnings.simplefilter("error")
    sys.dont_write_bytecode = True
    for name in [name for name in os.environ if name.startswith(("CUTOVER_", "PYTEST_"))]:
        del os.environ[name]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            obey(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    main()
