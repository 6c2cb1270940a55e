"""What the pages about other tools say is so: their listings run, their tables name what there is."""

import re
import sys
from types import ModuleType

import pytest
from starlette.applications import Starlette

from cutover_telemetry.grafana import rules
from cutover_telemetry.incoming import _body, _gathering, _seen
from cutover_telemetry.names import V1_41
from cutover_telemetry.prometheus import _families, _grid, _text
from cutover_telemetry.store import Limits

TOOLS, SERVICE = "docs/how-to/send-to-your-tools.md", "docs/how-to/show-an-unmodified-service.md"


@pytest.fixture
def application(monkeypatch):
    """An application as the listings import it."""
    for name in ("src", "src.main"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["src.main"].app = Starlette()


@pytest.mark.parametrize("place", [0, 1])
def test_the_listings_about_tools_run(pages, application, place):
    spelt = {}
    exec(compile(pages[TOOLS].fences("python")[place].replace("4318", "9"), TOOLS, "exec"), spelt)
    spelt["telemetry"].uninstrument()
    for sink in [each for each in spelt.values() if type(each).__name__ == "LogEvents"]:
        sink.close()
    if place:
        assert [route.path for route in spelt["app"].routes] == ["/internal"]


def test_the_listing_about_a_service_runs(pages, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (listing,) = (text for text in pages[SERVICE].fences("python") if "Receiver" in text)
    spelt = {}
    exec(compile(listing, SERVICE, "exec"), spelt)
    spelt["receiver"].close()
    assert (tmp_path / "telemetry.db").exists()


def test_every_alert_is_in_the_table(pages):
    named = re.findall(r"^\| `(Cutover\w+)` \|", pages[TOOLS].text, re.MULTILINE)
    assert named == [alert.name for alert in rules(V1_41).alerts]


def test_figures_are_those_of_the_code(pages):
    tools, service = pages[TOOLS].text, pages[SERVICE].text
    assert f"{len(_grid.SECONDS)} fixed bounds from 1 ms to {_grid.SECONDS[-1]:.0f} s" in tools
    assert f"{_families.MOST_SERIES:,} a metric" in tools
    assert f"the last {Limits().piece_attempts:,}\nattempts" in tools
    assert f"at most {_text.LONGEST_VALUE} characters" in tools
    assert f"{_body.LARGEST_BODY // _body.MEBIBYTE} MiB" in service
    assert f"({_gathering.MOST_NAMES:,} of a kind" in service
    assert f"more than {_seen.OLDEST // (24 * 3600 * _seen.NANOSECONDS)} days ago" in service
    assert f"{_gathering.SETTLED_AFTER:.0f} seconds after" in service
    assert f"after {_gathering.GIVEN_UP_AFTER:.0f} seconds without" in service
