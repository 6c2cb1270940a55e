"""Names that come from outside: what cannot be seen of them is spelt out, everything else is left alone."""

import json

import pytest

from cutover_telemetry.dashboard import Address, tag, to_html
from cutover_telemetry.dashboard._page import to_data

SPELT = {
    "near\u202egroq": "near\\u202egroq",
    "zero\u200bwidth": "zero\\u200bwidth",
    "nul\x00": "nul\\u0000",
    "\ud800half": "\\ud800half",
    "\ufeff": "\\ufeff",
    "line\u2028end": "line\\u2028end",
}


@pytest.mark.parametrize(("name", "spelt"), SPELT.items())
def test_what_cannot_be_seen_is_spelt_out_in_texts(name, spelt):
    assert to_html(tag("p", name)) == f"<p>{spelt}</p>"
    assert to_data(tag("p", name)) == ["p", {}, spelt]


@pytest.mark.parametrize("name", ["near", "münchen 🙂", "نجم", "a\u00a0b", "two\nlines", "日本", ""])
def test_what_can_be_read_is_left_alone(name):
    assert to_html(tag("p", name)) == f"<p>{name}</p>"
    assert to_data(tag("p", name)) == ["p", {}, *([name] if name else [""])]


@pytest.mark.parametrize("name", ["\ud800", "x\udfffy", "\udc00\ud800"])
def test_halves_of_characters_break_no_page_no_data_and_no_address(name):
    made = tag("a", name, href=Address().to(provider=name), data_key=name)
    assert to_html(made).encode()
    assert json.dumps(to_data(made), ensure_ascii=False).encode()


def test_attributes_keep_what_they_are_found_by():
    assert to_data(tag("tr", data_key="near\u202e")) == ["tr", {"data-key": "near\u202e"}]


@pytest.mark.parametrize(("value", "written"), [(0, ' tabindex="0"'), (True, ' tabindex=""'), (False, ""), (None, "")])
def test_an_attribute_of_nought_is_one(value, written):
    assert to_html(tag("p", tabindex=value)) == f"<p{written}></p>"
