"""Fixtures of the rewriting tests: a legacy text in, both stages out, each parsed and certified."""

import ast
import itertools
import textwrap
from dataclasses import dataclass

import pytest

from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._scan import scan
from cutover_migrate.certificate import certify
from cutover_migrate.rewrite import unify


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
