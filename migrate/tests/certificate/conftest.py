"""A small gateway to prove things about: three providers, two sites, one function body at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent, indent

import pytest

from cutover_migrate.certificate import Certificate, certify

IMPORTS = """\
from src.near import make_near, process_near
from src.far import make_far, process_far
from src.main import make_main, process_main
"""
APPLIED = """\
from src.registry import bind_providers, use_registry
CHAT, STREAM = bind_providers(globals(), "chat", "stream")
"""
FINISHED = """\
from src.registry import bind_providers
CHAT, STREAM = bind_providers(globals(), "chat", "stream")
"""
CONFIG = """\
DEFAULT_TIMEOUT = 30
PROVIDER_ALIASES = {"hug": "near"}
SLOTS = {"make": "make_{}", "process": "process_{}"}
SITES = {
    "chat": {"slots": ["make", "process"], "default": "main", "values": ["label", "timeout"]},
    "stream": {"slots": ["make"], "default": "main", "kept": ["far"], "kept_slots": ["process"]},
}
PROVIDER_CONFIGS = {
    "near": {"module_name": "src.near", "sites": "*", "values": {"label": "Near", "method": "go"}, "timeout": 120},
    "far": {"module_name": "src.far", "sites": ["chat"], "values": {"label": "Far", "method": "run"}},
    "main": {"module_name": "src.main", "sites": [], "values": {"label": "Main", "method": "do"}},
}
AUTO_DETECT_PROVIDERS = ["near", "far"]
MODELS = ["m1"]
"""


def function(body: str, *, head: str) -> str:
    return head + indent(dedent(body).strip("\n"), "    ") + "\n"


@pytest.fixture
def config() -> str:
    """The config that the bodies below are proved against."""
    return CONFIG


@pytest.fixture
def prove_files() -> Callable[..., Certificate]:
    """Proves whole files: `prove_files(legacy, new, stage=…, config=…)`."""

    def prove(legacy: str, new: str, *, stage: str = "applied", config: str = CONFIG) -> Certificate:
        return certify(
            before={"src/chat.py": legacy.encode()},
            after={"src/chat.py": new.encode()},
            config=config.encode(),
            config_module="src.config.providers",
            stage=stage,
        )

    return prove


@pytest.fixture
def prove(prove_files: Callable[..., Certificate]) -> Callable[..., Certificate]:
    """Proves one function's body, the lines around it being right: `prove(legacy, new, stage=…, config=…, head=…)`."""

    def prove_body(
        legacy: str, new: str, *, stage: str = "applied", config: str = CONFIG, head: str = "def route(p, m, flag=0):\n"
    ) -> Certificate:
        before = IMPORTS + function(legacy, head=head)
        lines = IMPORTS + APPLIED if stage == "applied" else FINISHED
        return prove_files(before, lines + function(new, head=head), stage=stage, config=config)

    return prove_body


@pytest.fixture
def findings(prove: Callable[..., Certificate]) -> Callable[..., str]:
    """Gives what stands against one function's body, as one text."""

    def text(legacy: str, new: str, **options: object) -> str:
        return "\n".join(prove(legacy, new, **options).findings())

    return text


@dataclass(frozen=True)
class Lifted:
    """A function with a chain, and the same with its keyed branches in handlers.

    `near` and `far` are the branches' bodies, `call` is the template's one line (`{}` stands for the slot), `gives`
    ends a handler. `around` is the function, `{}` the chain at the depth of its line.
    """

    around: str
    near: str
    far: str
    call: str
    takes: str
    gives: str = ""
    default: str = "raise LookupError(p)"
    word: str = "def"
    head: str = ""

    def handlers(self) -> dict[str, str]:
        """The handlers' texts by key."""
        bodies = {"near": self.near, "far": self.far}
        return {
            key: f"{self.word} _pick_{key}({self.takes}):\n" + block(body + "\n" + self.gives, "    ")
            for key, body in bodies.items()
        }

    def function(self, *, stage: str) -> str:
        """The function's text at a stage (`legacy` too)."""
        place = next(line for line in self.around.splitlines() if "{}" in line)
        margin = place[: len(place) - len(place.lstrip())]
        front = "provider_config = PICK.resolve(p)\n" + self.call.format("provider_config.pick")
        first = {"legacy": "", "applied": "if use_registry(PICK, p):\n", "finished": "if p in PICK:\n"}[stage]
        chain = first + (block(front, "    ") if first else "")
        if stage != "finished":
            chain += f"{'el' if first else ''}if p == 'near':\n{block(self.near, '    ')}"
            chain += f"elif p == 'far':\n{block(self.far, '    ')}"
        chain += f"else:\n{block(self.default, '    ')}" if self.default else ""
        return self.around.replace(place, block(chain, margin).rstrip("\n"))

    def module(self, *, stage: str) -> str:
        """The file's text at a stage (`legacy` too)."""
        if stage == "legacy":
            return f"{self.head}{self.function(stage=stage)}\n"
        names = "bind_providers, use_registry" if stage == "applied" else "bind_providers"
        lines = [f"from src.registry import {names}", self.head, '(PICK,) = bind_providers(globals(), "pick")']
        return "\n".join([*lines, *self.handlers().values(), self.function(stage=stage), ""])


PICKING = """\
SITES = {"pick": {"slots": ["pick"]}}
PROVIDER_CONFIGS = {
    "near": {"sites": ["pick"], "slots": {"pick": "._pick_near"}},
    "far": {"sites": ["pick"], "slots": {"pick": "._pick_far"}},
}
"""


def block(text: str, margin: str) -> str:
    return indent(dedent(text).strip("\n"), margin) + "\n"


@pytest.fixture
def lifted() -> Callable[..., Lifted]:
    """Makes a function whose branches are lifted."""
    return Lifted


@pytest.fixture
def prove_lift(prove_files: Callable[..., Certificate]) -> Callable[..., tuple[Certificate, Certificate]]:
    """Proves a lift at both stages; `edit` is done to the new texts first."""

    def prove(
        lifted: Lifted, *, edit: Callable[[str], str] = str, config: str = PICKING
    ) -> tuple[Certificate, Certificate]:
        legacy = lifted.module(stage="legacy")
        stages = ("applied", "finished")
        applied, finished = (
            prove_files(legacy, edit(lifted.module(stage=stage)), stage=stage, config=config) for stage in stages
        )
        return applied, finished

    return prove
