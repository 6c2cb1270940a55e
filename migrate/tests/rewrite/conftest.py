"""Fixtures of the rewriting tests: a legacy text in, both stages out, each parsed and certified."""

import ast
import asyncio
import inspect
import itertools
import re
import sys
import textwrap
import types
from dataclasses import dataclass

import pytest

from cutover_migrate import NothingFound
from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._scan import scan
from cutover_migrate.certificate import certify
from cutover_migrate.rewrite import unify
from cutover_registry import ProviderRegistry, hold_arm, use_registry


@dataclass(frozen=True)
class Rewritten:
    """One plan and the texts of its main file at both stages."""

    plan: Plan
    applied: str
    finished: str
    config: str

    @property
    def entries(self):
        """PROVIDER_CONFIGS."""
        return self.tables["PROVIDER_CONFIGS"]

    @property
    def sites(self):
        """SITES."""
        return self.tables["SITES"]

    @property
    def tables(self):
        """The literals of the config module, by name."""
        return {
            statement.targets[0].id: ast.literal_eval(statement.value)
            for statement in ast.parse(self.config).body
            if isinstance(statement, ast.Assign)
        }

    @property
    def blocks(self):
        """Kind, decision and reason of each block around the sites, over all files."""
        return [
            (block.kind, block.decision, block.reason)
            for rewrite in self.plan.rewrites.values()
            for block in rewrite.block_plans()
        ]


def encoded(text):
    return text if isinstance(text, bytes) else textwrap.dedent(text).encode()


@pytest.fixture
def project(tmp_path):
    """Write files (texts are dedented) into a new project and give its folder."""
    numbers = itertools.count()

    def write(files):
        root = tmp_path / f"project{next(numbers)}"
        for path, text in {"pyproject.toml": "", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(encoded(text))
        return root

    return write


@pytest.fixture
def scanned(project):
    """Scan a text, written as `chat.py` (`more` files beside it)."""

    def run(text, *, path="chat.py", more=None, include=()):
        root = project({path: text, **(more or {})})
        return scan([root], root=root, include=include)

    return run


@pytest.fixture
def decided(scanned):
    """The decision about the one chain of a text."""

    def run(text, **options):
        found = scanned(text, **options)
        (site,) = [*found.sites, *found.near_misses]
        return site.decided

    return run


def proved(changes, plan, stage):
    certificate = certify(
        before={change.path: change.before for change in changes if change.before is not None},
        after={change.path: change.after for change in changes},
        config=plan.generated[plan.layout.config].encode(),
        config_module=plan.layout.config_module,
        stage=stage,
    )
    assert certificate.valid, "\n".join(certificate.findings())


@pytest.fixture
def planned(scanned):
    """The plan for a text."""

    def run(text, *, path="chat.py", more=None, include=(), **options):
        return make_plan(scanned(text, path=path, more=more, include=include), Options(**options))

    return run


@pytest.fixture
def rewritten(planned, project):
    """Rewrite a text; both stages must parse, be certified, and have nothing left to rewrite."""

    def run(text, *, path="chat.py", more=None, include=(), **options):
        plan = planned(text, path=path, more=more, include=include, **options)
        texts = []
        for stage, changes in (("applied", plan.applied()), ("finished", plan.finished())):
            for change in changes:
                ast.parse(change.after)
            proved(changes, plan, stage)
            root = project({change.path: change.after for change in changes})
            again = scan([root], root=root)
            assert again.chosen == [], stage
            encoding = plan.scan.tree.sources[path].encoding
            texts += [change.after.decode(encoding) for change in changes if change.path == path]
        return Rewritten(plan, *texts, plan.generated[plan.layout.config])

    return run


@pytest.fixture(scope="session")
def body_of():
    """The lines inside a text's function `chat`, dedented."""

    def cut(text):
        lines = text.splitlines()
        start = next(number for number, line in enumerate(lines) if "def chat(" in line)
        kept = list(itertools.takewhile(lambda line: not line.strip() or line[0] in " \t", lines[start + 1 :]))
        return textwrap.dedent("\n".join(kept)).strip("\n")

    return cut


@pytest.fixture(scope="session")
def holes_of():
    """Anti-unify texts: the holes or the first difference."""

    def run(*texts, local=()):
        return unify([ast.parse(textwrap.dedent(text)).body for text in texts], set(local))

    return run


@pytest.fixture(scope="session")
def chat():
    """A module with one function `chat(p, m)` of this body, and plain imports of clients."""

    def build(body, *, head="from clients import make_a, make_b, make_c, make_d", define="def chat(p, m, flag=None):"):
        return f"{head}\n\n\n{define}\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"

    return build


@pytest.fixture(scope="session")
def dedented():
    """Takes indentation and outer blank lines off a text."""
    return lambda text: textwrap.dedent(text).strip("\n")


WORLD = """
TRACE = []
BAD = "bad"


class Boom(Exception):
    pass


def f(*args, **options):
    TRACE.append(("f", repr(args), repr(options)))
    if BAD in args:
        raise Boom("f")
    return ("f", *args)


def g(*args, **options):
    TRACE.append(("g", repr(args), repr(options)))
    if BAD in args:
        raise Boom("g")
    return ["g", *args]


async def af(*args):
    return f("in", *args), f("out")


async def items(*args):
    for item in args:
        yield f(item)


class swallow:
    def __enter__(self):
        return f("entered")

    def __exit__(self, kind, error, trace):
        TRACE.append(("left", getattr(kind, "__name__", None)))
        return kind is Boom


class failing(swallow):
    def __exit__(self, kind, error, trace):
        raise Boom("left")


class aswallow(swallow):
    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *error):
        return self.__exit__(*error)
"""
WORLD_NAMES = "TRACE, Boom, af, aswallow, f, failing, g, items, swallow"
PROBES = ("a", "b", "c", "d", "no-such", "", None, "A")


@dataclass(frozen=True)
class Run:
    """One plan that was run: its texts, the decision about its first site, and what the legacy code did."""

    rewritten: Rewritten | None
    decided: object
    seen: list

    @property
    def lifted(self):
        """The keys that are served by handlers."""
        lift = self.decided.lift if self.decided else None
        return [key for branch in lift.members for key in branch.keys] if lift else []

    @property
    def kept(self):
        """The keys and reasons of the branches that stay."""
        return {key: kept.reason for kept in self.decided.kept for key in kept.keys}


def module(name, text="", **members):
    made = types.ModuleType(name)
    exec(compile(text, name, "exec"), vars(made))
    vars(made).update(members)
    return made


def plain(value):
    """The text of a value, without what differs from run to run and without where a function was defined."""
    text = re.sub(r"(?<= object) at 0x\w+|<coroutine .*?>", "", repr(value))
    return re.sub(r"<function .*? at 0x\w+>", "<function>", text)


def driven(value):
    """What a call gave in the end: coroutines are awaited, generators are gathered."""
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    if inspect.isasyncgen(value):
        return asyncio.run(gathered(value))
    return list(value) if inspect.isgenerator(value) else value


async def gathered(generator):
    return [item async for item in generator]


def executed(text, config, arm, calls):
    """What each call of a module gave or raised, and the calls that it made."""
    world = module("world", WORLD)
    modules = {"world": world}
    with hold_arm(arm):
        if config is not None:
            registry = ProviderRegistry.from_module(module("providers", config))
            registry_names = {"bind_providers": registry.bind, "use_registry": use_registry}
            modules["provider_registry"] = module("provider_registry", **registry_names)
        before = {name: sys.modules.get(name) for name in modules}
        sys.modules.update(modules)
        try:
            made = module("chat", text)
            return [outcome(made, world, call) for call in calls]
        finally:
            for name, old in before.items():
                sys.modules.pop(name)
                if old is not None:
                    sys.modules[name] = old


def outcome(made, world, call):
    world.TRACE.clear()
    try:
        ended = ("gave", plain(driven(eval(call, vars(made)))))
    except Exception as error:
        ended = ("raised", type(error).__name__, str(error))
    return call, ended, plain(world.TRACE)


@pytest.fixture
def run_alike(scanned):
    """Rewrite a module with `world`'s names, run it before and after at both stages, and compare all that is seen.

    `call` is the text of a call with `{}` for the key; it is made for every key of `PROBES` and two models.
    """

    def run(text, *, call="chat({}, {})", keys=PROBES, models=("m", "bad"), check=True, include=()):
        whole = f"from world import {WORLD_NAMES}\n\n\n{textwrap.dedent(text).lstrip(chr(10))}"
        whole = whole.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else whole
        calls = [call.format(repr(key), repr(model)) for key in keys for model in models]
        legacy = executed(whole, None, "legacy", calls)
        found = scanned(whole)
        every = [site.id for site in (*found.sites, *found.near_misses) if site.decided.is_rewritten]
        try:
            plan = make_plan(scanned(whole, include=[*every, *include]), Options(services="", config="", unsafe=True))
        except NothingFound:
            return Run(None, None, legacy)
        config = plan.generated[plan.layout.config]
        texts = []
        for stage, changes in (("applied", plan.applied()), ("finished", plan.finished())):
            (after,) = [change.after.decode() for change in changes if change.path == "chat.py"]
            for arm in ("registry", "legacy") if stage == "applied" else ("registry",):
                shown = f"{stage}, {arm}\n{after}\n{config}"
                for ours, theirs in zip(executed(after, config, arm, calls), legacy, strict=True):
                    assert ours == theirs, shown
            if check:
                proved(changes, plan, stage)
            texts.append(after)
        return Run(Rewritten(plan, *texts, config), plan.sites[0].decided, legacy)

    return run


@pytest.fixture(scope="session")
def with_body():
    """A function whose chain has a body at key "a", and plain ones at the other keys, which all lift."""
    plain_bodies = ("g(m)\nx = [f(m)]", "g(m, 3)\nf(2)\nx = f(2)", "f(m)\nx = m")

    def build(body, *, before="x = y = n = 0", after="return x, y, n", around="{}", define="def chat(p, m):"):
        lines = []
        for word, key, each in zip(("if", "elif", "elif", "elif"), "abcd", (body, *plain_bodies), strict=True):
            lines += [f'{word} p == "{key}":', textwrap.indent(each, "    ")]
        lead = around.partition("{}")[0].rpartition("\n")[2]
        inner = around.replace(f"{lead}{{}}", textwrap.indent("\n".join(lines), lead))
        whole = "\n".join(part for part in (before, inner, after) if part)
        return f"{define}\n{textwrap.indent(whole, '    ')}\n"

    return build
