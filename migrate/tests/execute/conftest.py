"""Fixtures of the runtime check's tests: small functions before and after, executed together in one child process."""

import ast
import textwrap
from dataclasses import dataclass, field

import pytest

from cutover_migrate.execute import Executed, Texts, execute_batch

HEAD = """
import os
import hub
from clients import make_a, make_b, make_c, make_d, Failed
from keys import P, ONE, OTHER
"""
BIND = """
from registry import bind_providers, use_registry, normalize_provider_name

(CHAT,) = bind_providers(globals(), "chat")
"""
TABLES = {
    "SLOTS": {"make": "make_{}"},
    "PROVIDER_ALIASES": {"hug": "a"},
    "SITES": {"chat": {"slots": ["make"], "default": "d"}},
    "PROVIDER_CONFIGS": {
        "a": {"module_name": "clients", "sites": "*"},
        "b": {"module_name": "clients", "sites": "*"},
        "d": {"module_name": "clients", "sites": []},
    },
}
CONSTANTS = {"keys.P": "class P(str, Enum):\n    A = 'a'\n    B = 'b'\n", "keys.ONE": "'a'", "keys.OTHER": "'b'"}


@dataclass(frozen=True)
class Case:
    """One function before and after, as bodies of `define`, or whole where `define` is empty.

    `handlers` stand before the rewritten one, `head` replaces the imports (`new_head` those of the rewritten file),
    `tables` replaces tables.
    """

    before: str
    after: str
    define: str = "def chat(p, m, flag=None):"
    head: str = HEAD
    new_head: str | None = None
    handlers: str = ""
    tables: dict = field(default_factory=dict)
    stage: str = "applied"
    subject: str | None = None

    def texts(self, name: str) -> Texts:
        """What is executed, under a name for the report."""
        config = "".join(f"{each} = {value!r}\n" for each, value in {**TABLES, **self.tables}.items())
        before = self.head + self._function(self.before)
        after = (
            (self.head if self.new_head is None else self.new_head)
            + BIND
            + textwrap.dedent(self.handlers)
            + self._function(self.after)
        )
        for text in (before, after):
            ast.parse(text)
        return Texts(
            before=before.encode(),
            after=after.encode(),
            config=config.encode(),
            file=name,
            arms=("registry", "legacy") if self.stage == "applied" else ("registry",),
            constants=CONSTANTS,
            subjects={"chat": self.subject} if self.subject else {},
        )

    def _function(self, body: str) -> str:
        text = textwrap.dedent(body).strip("\n")
        return f"\n\n{self.define}\n{textwrap.indent(text, '    ')}\n" if self.define else f"\n\n{text}\n"


@pytest.fixture(scope="session")
def case():
    """Makes a case: `case(before, after, …)`."""
    return Case


@pytest.fixture(scope="session")
def chain_in():
    """Makes a case of a text in which `<chain>` stands for the chain and for the chain with its front.

    `body` is what a branch does, `{}` in it the key's letter; `template` is what the front does.
    """

    def build(
        text,
        *,
        subject="p",
        body="r = make_{}(m)",
        template="r = provider_config.make(m)",
        keys=('"a"', '"b"'),
        default="r = make_d(m)",
        **options,
    ):
        legacy = (
            f"if {subject} == {keys[0]}:\n    {body.format('a')}\nelif {subject} == {keys[1]}:\n    {body.format('b')}"
        )
        legacy += f"\nelse:\n    {default}" if default else ""
        front = f"if use_registry(CHAT, {subject}):\n    provider_config = CHAT.resolve({subject})\n    {template}\nel"
        before, after = (_put(textwrap.dedent(text), chain) for chain in (legacy, front + legacy))
        return Case(before, after, **options)

    return build


def _put(text: str, chain: str) -> str:
    (line,) = [line for line in text.splitlines() if line.strip() == "<chain>"]
    return text.replace(line, textwrap.indent(chain, line.removesuffix("<chain>")))


@pytest.fixture(scope="session")
def together():
    """Executes many cases in one child: names and cases in, the site of each out."""

    def run(cases, **limits):
        report = execute_batch([each.texts(name) for name, each in cases.items()], **{"rounds": 8, **limits})
        assert {site.file for site in report.sites} == set(cases), report.sites
        return {site.file: site for site in report.sites if site.site == "chat" or not isinstance(site, Executed)}

    return run


@pytest.fixture
def alone(together):
    """Executes one case, in a child of its own."""

    def run(before, after, *, limits=None, **options):
        return together({"case": Case(before, after, **options)}, **(limits or {}))["case"]

    return run
