"""Arms: a tree, an application in it, and the side to which its switch is held; each runs in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from cutover_parity._messages import Json
from cutover_parity.arms._http_stubs import Depth
from cutover_parity.cases._cases import Case
from cutover_parity.errors import AppNotLoaded, UnknownArm, WorkerDied

SIDES = ("legacy", "registry", None)
_TAIL = 4000
_FAREWELL = 3.0


@dataclass(frozen=True, slots=True)
class ArmSpec:
    """One arm: `root` is the tree, `app` is `module:attribute` or `module:factory()`, `side` holds the switch.

    `paths` (relative to `root`) go to the front of the module search path; `env` is added to the environment; `hooks`
    is the user's hooks file (see `_hooks`); `name` stands for the folder's name in messages.
    """

    root: Path
    app: str
    side: str | None = None
    paths: tuple[str, ...] = (".",)
    env: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    hooks: Path | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise UnknownArm(str(self.side))
        if not self.root.is_dir():
            raise AppNotLoaded(self.app, self.root, "there is no such folder")

    @property
    def label(self) -> str:
        """A short name for messages."""
        return (self.name or self.root.name) + (f" held to {self.side}" if self.side else "")


@dataclass(frozen=True, slots=True)
class ArmSetup:
    """What both workers of a replay are told before the first case; `key` keeps placeholders equal in both.

    `salts` (legacy, registry) enter the fixed random numbers, ids and clocks: two that differ show the noise. `limit`
    is the longest that a route may take, `patience` the longest that an application may take to start, in seconds.
    """

    depth: Depth
    modules: Mapping[str, Mapping[str, Mapping[str, str]]]
    templates: Json
    key: bytes
    limit: float = 30.0
    salts: tuple[str, str] = ("", "")
    patience: float = 300.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One observation as the worker wrote it, and what coverage needs, both still JSON text.

    `begun` is the moment of the worker's clock at which the route began; only whether two are equal matters.
    """

    observation: str
    aside: str
    begun: str = ""


class Arm:
    """A running worker; cases go in by `feed`, replies come out in the same order by `reply`."""

    def __init__(self, spec: ArmSpec, setup: ArmSetup, *, salt: str = "") -> None:
        self.spec = spec
        self.missing: tuple[str, ...] = ()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [spec.python, "-P", "-m", "cutover_parity.worker"],
            cwd=spec.root,
            env=_environment(spec),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )
        self._feeder: threading.Thread | None = None
        self._write(json.dumps(_setup_line(spec, setup, salt)).encode())

    def wait_until_ready(self) -> None:
        """Wait for the application; raise AppNotLoaded with the end of the worker's traceback."""
        line = _pipe(self._process.stdout).readline()
        ready: Json = json.loads(line) if line else {"ready": False, "reason": self._tail()}
        if not ready["ready"]:
            raise AppNotLoaded(self.spec.app, self.spec.root, _explained(ready["reason"], self.spec.python))
        self.missing = tuple(ready["missing"])

    def feed(self, lines: Iterable[bytes]) -> None:
        """Hand over cases from a thread of its own, as fast as the worker takes them."""
        self._feeder = threading.Thread(target=self._feed, args=(lines,), daemon=True)
        self._feeder.start()

    def send(self, case: Case) -> None:
        """Hand over one case, to be answered by the next reply."""
        self._write(line_of(case))

    def reply(self, case_id: str) -> Reply:
        """Wait for the next reply; raise WorkerDied if there will be none."""
        line = _pipe(self._process.stdout).readline()
        if not line.endswith(b"\n"):
            raise WorkerDied(self.spec.label, case_id, self._process.wait(), self._tail())
        return Reply(*line.decode().rstrip("\n").split("\t"))

    def close(self) -> None:
        """End the worker: it may shut its application down, but not for long."""
        if self._feeder is None or not self._feeder.is_alive():
            self._hang_up()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._feeder is not None:
            self._feeder.join()
        self._hang_up()
        _pipe(self._process.stdout).close()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hang_up(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            _pipe(self._process.stdin).close()

    def _feed(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if not self._write(line):
                return

    def _write(self, line: bytes) -> bool:
        stdin = _pipe(self._process.stdin)
        try:
            stdin.write(line + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def _tail(self) -> str:
        self._process.wait()
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _TAIL))
        return self._stderr.read().decode(errors="replace").strip()


def line_of(case: Case) -> bytes:
    """Give a case as the line that a worker reads."""
    return json.dumps(case.to_json(), separators=(",", ":")).encode()


def _explained(reason: str, python: str) -> str:
    if "No module named 'cutover_parity'" not in reason and "No module named cutover_parity" not in reason:
        return reason
    return f"{reason}\n({python} needs this package too: install provider-cutover[parity] there)"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _environment(spec: ArmSpec) -> dict[str, str]:
    env = {**os.environ, **spec.env, "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    env.pop("CUTOVER_ARM", None)
    if spec.side is not None:
        env["CUTOVER_ARM"] = spec.side
        # A kill file beside the switch would beat the side, and both arms would be the legacy one.
        env["CUTOVER_SWITCH_FILE"] = str(spec.root.resolve() / ".cutover" / "held" / "switch.json")
    return env


def _setup_line(spec: ArmSpec, setup: ArmSetup, salt: str) -> Json:
    return {
        "root": str(spec.root.resolve()),
        "app": spec.app,
        "paths": list(spec.paths),
        "depth": setup.depth,
        "modules": setup.modules,
        "templates": setup.templates,
        "key": setup.key.hex(),
        "limit": setup.limit,
        "patience": setup.patience,
        "hooks": None if spec.hooks is None else str(spec.hooks.resolve()),
        "salt": salt,
    }
