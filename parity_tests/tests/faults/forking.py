"""Gives workers that start at once: harness and web libraries are imported here, and each worker is a fork.

A line comes in for each, {"root": …, "env": {…}, "asked": FILE, "replies": FILE}; when the worker has read all that it
is asked and has written its replies, a line with its exit code goes out. What a worker says goes to stderr.
"""

import json
import os
import sys

import fastapi
import httpx
import starlette.applications
import starlette.responses

from cutover_parity import worker

PRELOADED = (fastapi, httpx, starlette.applications, starlette.responses)


def become_worker(order):
    """Do what a worker does, in this process; it does not come back."""
    asked, replies = os.open(order["asked"], os.O_RDONLY), os.open(order["replies"], os.O_WRONLY)
    os.dup2(asked, 0)
    os.dup2(replies, 1)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["root"])
    sys.stdin = os.fdopen(0, encoding="utf-8")
    worker.main()


def main():
    """Start workers until there is no further line."""
    for line in sys.stdin:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            become_worker(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
