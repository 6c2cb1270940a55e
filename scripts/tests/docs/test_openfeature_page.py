"""docs/how-to/openfeature.md: its Python runs and prints what it shows, over the flags that stand on the page."""

import contextlib
import io
import re

import pytest
from openfeature import api

from cutover_registry import bucket_of, follow_switch
from cutover_rollout.openfeature import _answer

PATH = "docs/how-to/openfeature.md"
SHOWN = re.compile(r"print\(.*\)  # (.*)$", re.MULTILINE)


@pytest.fixture
def run(pages, tmp_path, monkeypatch):
    """Run blocks of the page in one namespace; give it, what was printed and what the page shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTOVER_ARM", raising=False)
    names, printed = {"__name__": "page"}, io.StringIO()

    def running(*numbers):
        blocks = [pages[PATH].fences("python")[number] for number in numbers]
        with contextlib.redirect_stdout(printed):
            for block in blocks:
                exec(compile(block, PATH, "exec"), names)
        return names, printed.getvalue().splitlines(), [shown for block in blocks for shown in SHOWN.findall(block)]

    yield running
    if "follower" in names:
        names["follower"].stop()
    api.shutdown()
    follow_switch(None)


def test_the_switch_answers_as_the_page_shows(run):
    _, printed, shown = run(0, 1)
    assert printed == shown
    assert len(shown) == 4
    assert bucket_of("user-1", salt="9f86d081") < 0.25


def test_flagd_s_flags_are_followed_as_the_page_shows(run, pages, tmp_path):
    why = "flagd's provider is not installed: make lock setup (dev group: openfeature-provider-flagd)"
    pytest.importorskip("openfeature.contrib.provider.flagd", reason=why)
    (flags,) = pages[PATH].fences("json")
    (tmp_path / "flags.json").write_text(flags)
    names, printed, shown = run(2)
    assert printed == shown
    assert len(shown) == 1
    names["tool"].shutdown()


def test_every_reason_stands_on_the_page(pages):
    source = _answer.__loader__.get_data(_answer.__file__).decode()
    reasons = set(re.findall(r"Reason\.([A-Z_]+)", source))
    because = set(re.findall(r'Reason\.[A-Z_]+, "([a-z ]+)"', source)) | {"kill", "quarantine", "arm"}
    assert len(reasons) == 5
    assert [word for word in (*reasons, *because) if f"`{word}`" not in pages[PATH].text] == []
