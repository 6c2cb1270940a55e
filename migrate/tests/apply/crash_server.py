"""Runs commands in processes of their own, one fork each, and ends them with SIGKILL at a given step.

One JSON line in, one out. Started by the `crash` fixture; importing once and forking makes a sweep cheap.
"""

import base64
import errno
import json
import os
import signal
import sys

from cutover_migrate import apply
from cutover_migrate.apply import FileChange


def decode(data):
    return None if data is None else base64.b64decode(data)


def run(request, step):
    changes = [FileChange(path, decode(before), decode(after)) for path, before, after in request.get("changes", [])]
    root = request["root"]
    match request["command"]:
        case "commit":
            return apply.commit(root, changes, journal=request.get("journal", {}), step=step)
        case "advance":
            return apply.advance(root, changes, journal=request.get("journal", {}), step=step)
        case "undo":
            return apply.undo(root, force=request.get("force", False), step=step)
        case "recover":
            return apply.recover(root, step=step)


def child(request, pipe):
    steps = 0

    def step(_):
        nonlocal steps
        steps += 1
        if steps == request.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if steps == request.get("fail_at"):
            raise OSError(errno.ENOSPC, "No space left on device")

    if request.get("uid") is not None:
        os.setgroups([])
        os.setgid(request["uid"])
        os.setuid(request["uid"])
    answer = {"killed": False, "outcome": None, "error": None, "message": None}
    try:
        outcome = run(request, step)
        answer["outcome"] = type(outcome).__name__
    except Exception as error:
        answer |= {"error": type(error).__name__, "message": str(error)}
    os.write(pipe, json.dumps({**answer, "steps": steps}).encode())


def serve(request):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            child(request, writing)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return {"killed": True, "outcome": None, "error": None, "message": None, "steps": request["kill_at"]}
    return json.loads(answer)


for line in sys.stdin:
    print(json.dumps(serve(json.loads(line))), flush=True)
