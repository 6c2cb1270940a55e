"""What the front door's tests share: the command in processes of its own, and gateways to run it on."""

import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
LITTER = shutil.ignore_patterns("__pycache__", "*_cache", ".cutover")
CACHES = {"__pycache__", ".pytest_cache"}
SOURCES = {"legacy_gateway": "src", "relay_desk": "deskrelay", "gateway": "app"}
PROVIDERS = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class Ran:
    """What a finished command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)

    def refused(self) -> str:
        """The one message of a command that refused its input; that it was said in the house form is asserted."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("cutover: "), self.err
        assert "Traceback" not in self.err, self.err
        return self.err.removeprefix("cutover: ").rstrip("\n")


@dataclass
class WarmCommand:
    """A process that has the command's modules imported, and forks for each order."""

    server: subprocess.Popen[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, order: dict[str, Any]) -> int:
        """The exit code of one order."""
        with self.lock:
            self.server.stdin.write(json.dumps(order) + "\n")
            self.server.stdin.flush()
            return int(self.server.stdout.readline())


def environment(width: int = 100) -> dict[str, str]:
    """This process's, without what would change the command's mind."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CUTOVER_", "PYTEST_", "COV_", "UPSTREAM_")) and name not in {"FORCE_COLOR", "NO_COLOR"}
    }
    return {**kept, "COLUMNS": str(width), "PYTHONDONTWRITEBYTECODE": "1", "LOG_LEVEL": "CRITICAL", "TERM": "dumb"}


def contents(root: Path) -> dict[str, tuple[bytes, int] | None]:
    """Every file of a tree with its bytes and mode, every folder as None; bytecode and caches left out."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode) if path.is_file() else None
        for path in sorted(root.rglob("*"))
        if not CACHES & set(path.parts)
    }


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, tuple[bytes, int] | None]]:
    """A tree's contents, to compare."""
    return contents


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmCommand]:
    """The warm process."""
    script = Path(__file__).with_name("warm_command.py")
    with subprocess.Popen(
        [sys.executable, "-P", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as server:
        yield WarmCommand(server)
        server.stdin.close()


@pytest.fixture(scope="session")
def run(warm: WarmCommand) -> Callable[..., Ran]:
    """Run ``cutover`` with arguments in a process forked from a warm one; everything else is as from a shell."""

    def run(
        *argv: object, cwd: Path, env: dict[str, str] | None = None, width: int = 100, user: int | None = None
    ) -> Ran:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            said = {name: Path(folder, name) for name in ("stdout", "stderr")}
            for path in said.values():
                path.touch()
                path.chmod(0o666)
            order = {"argv": [str(word) for word in argv], "cwd": str(cwd), "user": user, "stdin": os.devnull}
            order |= {"env": environment(width) | (env or {})} | {name: str(path) for name, path in said.items()}
            code = warm.run(order)
            return Ran(code, said["stdout"].read_text(), said["stderr"].read_text())

    return run


@pytest.fixture(scope="session")
def on_a_terminal(warm: WarmCommand) -> Callable[..., Ran]:
    """Run ``cutover`` with a terminal as standard output and standard error; what both said is ``out``."""

    def run(*argv: object, cwd: Path, width: int = 100, env: dict[str, str] | None = None) -> Ran:
        master, slave = pty.openpty()
        name = os.ttyname(slave)
        order = {
            "argv": [str(word) for word in argv],
            "cwd": str(cwd),
            "env": environment(width) | (env or {}),
            "user": None,
        }
        code = warm.run(order | {"stdin": os.devnull, "stdout": name, "stderr": name})
        os.close(slave)
        shown = b""
        with suppress(OSError):
            while part := os.read(master, 65536):
                shown += part
        os.close(master)
        return Ran(code, shown.decode().replace("\r\n", "\n"), "")

    return run


@pytest.fixture
def cutover(run: Callable[..., Ran], tmp_path: Path) -> Callable[..., Ran]:
    """Run ``cutover`` with arguments, in the test's folder if no other is named."""

    def cutover(*argv: object, cwd: Path = tmp_path, **options: Any) -> Ran:
        return run(*argv, cwd=cwd, **options)

    return cutover


@pytest.fixture(scope="session")
def shell_environment() -> Callable[..., dict[str, str]]:
    """The environment that the command is run with."""
    return environment


@pytest.fixture
def gateway(tmp_path: Path) -> Path:
    """A small gateway."""
    return small_gateway(tmp_path / "gateway")


@pytest.fixture
def applied(migrated: "Migrated", tmp_path: Path) -> Path:
    """A small gateway with both arms."""
    return migrated.copy("gateway", "applied", tmp_path / "gateway")


@pytest.fixture(scope="session")
def generated() -> Callable[[Path, str], Path]:
    """The generated file of a role: ``config``, ``registry`` or ``loader``."""

    def find(root: Path, role: str) -> Path:
        return root / json.loads((root / ".cutover" / "journal.json").read_text())["generated"][role]

    return find


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The bundled fake upstream in a process of its own; gives its URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    command = [sys.executable, str(EXAMPLES / "fake_upstream.py"), "--port", str(port)]
    server = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=11)) as client:
            assert client.get(f"{url}/_faults").status_code == 200
        yield url
    finally:
        server.terminate()
        server.wait()


@dataclass
class Migrated:
    """The example gateways and the small one in each state, made once and copied."""

    folder: Path
    run: Callable[..., Ran]

    def copy(self, name: str, state: str, to: Path) -> Path:
        """A copy of a gateway that is ``legacy``, ``applied`` or ``finished``."""
        return Path(shutil.copytree(self._made(name, state), to))

    @property
    def small_plan(self) -> Path:
        """The plan that the small gateway was applied with."""
        return self._made("gateway", "applied").parent / "gateway.plan.json"

    def _made(self, name: str, state: str) -> Path:
        root = self.folder / state / name
        if root.exists():
            return root
        if state == "legacy" and name == "gateway":
            small_gateway(root)
        elif state == "legacy":
            shutil.copytree(EXAMPLES / name, root, ignore=LITTER)
        elif state == "applied":
            self.copy(name, "legacy", root)
            plan = root.parent / f"{name}.plan.json"
            assert self.run("plan", SOURCES[name], "-o", plan, cwd=root).code == 0
            assert self.run("apply", plan, cwd=root).code == 0
        else:
            self.copy(name, "applied", root)
            assert self.run("finish", cwd=root).code == 0
        return root


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, run: Callable[..., Ran]) -> Migrated:
    """The gateways, migrated."""
    return Migrated(tmp_path_factory.mktemp("examples"), run)


def small_gateway(root: Path) -> Path:
    """``app/desk.py`` asks one of four providers; whoever is not known is refused."""
    clients = root / "app" / "clients"
    clients.mkdir(parents=True)
    (root / "requirements.txt").write_text("httpx>=0.28\n")
    (root / "app" / "__init__.py").touch()
    (clients / "__init__.py").touch()
    for name in PROVIDERS:
        (clients / f"{name}.py").write_text(
            f'def ask_{name}(question, **options):\n    return f"{name}: {{question}} {{sorted(options.items())}}"\n'
        )
    lines = [f"from app.clients.{name} import ask_{name}" for name in PROVIDERS]
    lines += ["", "", "def answer(vendor, question, **options):"]
    for number, name in enumerate(PROVIDERS):
        lines += [f'    {"elif" if number else "if"} vendor == "{name}":']
        lines += [f"        said = ask_{name}(question, **options)"]
    lines += ["    else:", '        raise LookupError(f"nobody is called {vendor}")', "    return said", ""]
    (root / "app" / "desk.py").write_text("\n".join(lines))
    return root
