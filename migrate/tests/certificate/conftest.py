"""A small gateway to prove things about: three providers, two sites, one function body at a time."""

from collections.abc import Callable
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
