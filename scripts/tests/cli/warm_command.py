"""Runs the command in a fresh process for every order, its modules imported once: run by conftest.py, not a test.

Reads one JSON order a line: argv, cwd, env, stdin, stdout, stderr (paths), user (a number or null). Answers the exit
code when that process has ended.
"""

import json
import os
import sys
import traceback

import click

from cutover_cli.__main__ import main
from cutover_cli._app import cutover


def serve() -> None:
    assert all(
        cutover.get_command(click.Context(cutover), name) for name in cutover.list_commands(click.Context(cutover))
    )
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def become(order) -> None:
    """Take the order's place in the system, run the command, and end."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        opened = os.open(order[name], os.O_RDWR | os.O_NOCTTY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False, encoding="utf-8") for number in (1, 2))
    os.environ.clear()
    os.environ.update(order["env"])
    if order["user"] is not None:
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])
    os.chdir(order["cwd"])
    sys.argv = ["cutover", *order["argv"]]
    code = 3
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
