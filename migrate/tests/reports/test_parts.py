"""The parts of the reports: alignment of two versions, visible text, highlighted lines."""

import pytest

from cutover_migrate.reports._alignment import Alignment
from cutover_migrate.reports._code_html import pane
from cutover_migrate.reports._highlight import highlighted
from cutover_migrate.reports._text import html_text, visible


@pytest.mark.parametrize(
    ("before", "after", "span", "found"),
    [
        ("abcde", "abcde", (2, 4), (2, 4)),
        ("abcde", "xxabcde", (1, 2), (1, 4)),
        ("abcde", "axxbcde", (2, 3), (2, 5)),
        ("abcde", "aXcde", (2, 2), (2, 2)),
        ("abcde", "aXYZcde", (2, 2), (2, 4)),
        ("abcde", "ae", (2, 4), (2, 1)),
        ("abcde", "Xbcde", (2, 3), (2, 3)),
        ("abcde", "abcdX", (4, 4), (4, 4)),
        ("abcde", "abcdexx", (4, 5), (4, 5)),
        ("abcde", "bXde", (3, 5), (2, 4)),
        ("", "xx", (1, 0), (1, 2)),
    ],
)
def test_a_span_is_found_again(before, after, span, found):
    assert Alignment(list(before), list(after)).span(*span) == found


def test_what_differs_is_known_on_both_sides():
    aligned = Alignment(list("abcd"), list("aXYd"))
    assert (aligned.gone, aligned.new) == ({2, 3}, {2, 3})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é ☃ \t\n", "plain é ☃ \t\n"),
        ("\x00\x1b\x7f\r", "⟨U+0000⟩⟨U+001B⟩⟨U+007F⟩⟨U+000D⟩"),
        ("a\u202eb\u2066\u200b\ufeff", "a⟨U+202E⟩b⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩"),
        ("\udc80", "⟨U+DC80⟩"),
    ],
)
def test_hidden_characters_are_shown(text, shown):
    assert visible(text) == shown


def test_text_is_escaped_for_elements_and_attributes():
    assert html_text("<a href=\"x\" id='y'>&") == "&lt;a href=&quot;x&quot; id=&#x27;y&#x27;&gt;&amp;"
    assert html_text(7) == "7"


@pytest.mark.parametrize(
    "text", ["", "\n", "\n\nx\n", "x", "x = 1\n", "'''a\nb'''\nc", "def f():\n\treturn 'x'  # c\n", "x = = 1 ?\n\n"]
)
def test_highlighting_keeps_every_line(text):
    assert len(highlighted(text)) == len(text.split("\n"))


def test_a_text_over_two_lines_is_closed_on_each():
    assert highlighted("'''a\nb'''") == ["<span class=\"st\">&#x27;&#x27;&#x27;a</span>",
                                         "<span class=\"st\">b&#x27;&#x27;&#x27;</span>"]  # fmt: skip


def test_kinds_have_their_classes():
    (line,) = highlighted("async def f(): return 1 and 'x'  # why")
    for name in ("ke", "fu", "nu", "st", "co"):
        assert f'class="{name}"' in line


def test_a_pane_takes_off_the_margin_that_all_lines_have():
    shown = pane(["    a", "", "      b"], first=1, caption="c", label="l", marks={3: "add"})
    assert ">a</span>\n" in shown
    assert ">  b</span>" in shown
    assert 'data-n="3" data-m="+"' in shown


def test_a_line_that_begins_inside_a_text_keeps_the_margin():
    shown = pane(highlighted("  x = '''\n  y'''")[0:2], first=1, caption="c", label="l", marks={})
    assert ">  x" in shown
