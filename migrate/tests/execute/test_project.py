"""A project at stage applied and finished: the journal says what is executed, and nothing of it is imported."""

import json
import textwrap

import pytest

from cutover_migrate import Options, apply_plan, finish_cutover, make_plan, plan_json, scan_paths
from cutover_migrate.apply import JournalMissing
from cutover_migrate.execute import Executed, execute_project
from cutover_migrate.execute._project import constants_of

CHAT = '''
"""Raises where it is imported."""
from .clients import make_a, make_b, make_c

TIMEOUTS = {"b": 120}
raise SystemExit("imported")


class Gateway:
    async def chat(self, request, model):
        for attempt in request.chain:
            try:
                if attempt == "a":
                    answer = await make_a(model, request)
                elif attempt == "b":
                    answer = await make_b(model, request)
                else:
                    answer = await make_c(model, request)
            except ValueError:
                continue
            return answer, TIMEOUTS.get(attempt, 30)


def pick(provider, model):
    if provider == "a":
        return make_a(model)
    if provider == "b":
        return make_b(model)
    raise LookupError(provider)
'''
NAMES = """
import enum
from .more import FAST as QUICK, SLOW

Plain = make()
ONE = "a"
MANY = frozenset({"a", "b"})
TWICE = "a"
TWICE = "b"


class Kind(str, enum.Enum):
    A = "a"
    B = "b"


class Odd(enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value):
        return cls.A
"""


@pytest.fixture
def applied(tmp_path):
    """A project with two sites, both arms living."""
    texts = {"pyproject.toml": "", "app/__init__.py": "", "app/chat.py": CHAT, "app/names.py": NAMES}
    texts["app/clients.py"] = 'raise SystemExit("imported")\n'
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text))
    plan = make_plan(scan_paths([tmp_path], root=tmp_path), Options(unsafe=True))
    apply_plan(tmp_path, plan_json(plan), add_dependency=False)
    return tmp_path


def test_both_arms_of_every_site_are_executed(applied):
    report = execute_project(applied, rounds=6)
    assert report.same, report.findings()
    names = {site["name"] for site in json.loads((applied / ".cutover/journal.json").read_text())["sites"]}
    assert {site.site for site in report.executed} >= names
    assert all(site.same for site in report.executed)


def test_what_is_finished_is_executed_against_the_originals(applied):
    finish_cutover(applied)
    report = execute_project(applied, rounds=6)
    assert report.same, report.findings()
    assert {site.function for site in report.executed} >= {"pick"}
    assert not report.not_executed


def test_an_edit_by_hand_is_found_and_told(applied):
    path = applied / "app/chat.py"
    text = path.read_text()
    at = text.index("def pick")
    path.write_text(text[:at] + text[at:].replace("(model)", "(model, None)", 1))
    (finding,) = execute_project(applied, rounds=4).findings()
    assert finding == (
        "app/chat.py: pick: at key 'a' legacy does: call app.clients.make_a(arg model); "
        "registry does: call app.clients.make_a(arg model, None)"
    )


def test_an_entry_edited_by_hand_is_found(applied):
    path = next(applied.rglob("providers.py"))
    path.write_text(path.read_text().replace('"SLOTS"', "").replace('"make_{}"', '"make_c"'))
    report = execute_project(applied, rounds=4)
    assert report.differences or report.not_executed


def test_a_site_that_is_gone_is_not_passed_over(applied):
    path = applied / "app/chat.py"
    path.write_bytes((applied / ".cutover/originals/app/chat.py").read_bytes())
    report = execute_project(applied, rounds=4)
    assert {site.reason for site in report.not_executed} == {"the rewritten file has no symbol for it"}


def test_the_report_is_json(applied):
    report = execute_project(applied, rounds=2)
    found = json.loads(json.dumps(report.to_json()))
    assert found["same"] is True
    assert found["pairs"] == sum(site.pairs for site in report.sites if isinstance(site, Executed))
    assert {"site", "file", "function", "pairs", "reached", "differences", "first"} <= set(found["sites"][0])


def test_nothing_is_written_into_the_project(applied):
    before = {path: path.read_bytes() for path in applied.rglob("*") if path.is_file()}
    execute_project(applied, rounds=2)
    assert {path: path.read_bytes() for path in applied.rglob("*") if path.is_file()} == before


def test_constants_of_other_files_are_read_and_never_imported(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text('TOP = "top"\nraise SystemExit("imported")\n')
    (tmp_path / "app/names.py").write_text(textwrap.dedent(NAMES))
    (tmp_path / "app/more.py").write_text('FAST = "fast"\nSLOW = print("slow")\n')
    text = """
    from app import TOP, names
    from .names import Kind, Odd, ONE as FIRST, MANY, Plain, TWICE, QUICK, SLOW
    def chat():
        from .more import FAST
    """
    found = constants_of(tmp_path, "", {}, textwrap.dedent(text).encode(), "app.chat", "app/chat.py")
    kind = found.pop("app.names.Kind")
    assert kind.startswith("class Kind(str, enum.Enum):")
    assert found == {
        "app.TOP": "'top'",
        "app.more.FAST": "'fast'",
        "app.names.MANY": "frozenset({'a', 'b'})",
        "app.names.ONE": "'a'",
        "app.names.QUICK": "'fast'",
    }


def test_an_original_goes_before_the_file_on_disk(tmp_path):
    (tmp_path / "names.py").write_text('ONE = "now"\n')
    originals = {"src/names.py": b'ONE = "then"\n'}
    assert constants_of(tmp_path, "src", originals, b"from names import ONE", "chat", "src/chat.py") == {
        "names.ONE": "'then'"
    }


def test_without_a_journal_there_is_nothing_to_execute(tmp_path):
    with pytest.raises(JournalMissing):
        execute_project(tmp_path)
