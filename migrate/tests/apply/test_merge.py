"""The three-way merge: what is merged, what is a conflict, and that no line is lost or glued."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_migrate.apply._merge import Conflicting, Merged, merge


def lines(text, end=b"\n"):
    return b"".join(line.encode() + end for line in text.split())


@pytest.mark.parametrize(
    ("base", "current", "wanted", "merged"),
    [
        ("a b c d e", "a b c d e", "a X c d e", "a X c d e"),
        ("a b c d e", "a b c d E", "A b c d e", "A b c d E"),
        ("a b c", "0 a b c", "a b c 9", "0 a b c 9"),
        ("a b c", "a B c", "a B c", "a B c"),
        ("a ours c", "a ours new c", "a c", "a new c"),
        ("a ours c", "a new ours c", "a c", "a new c"),
        ("a ours", "a ours new", "a", "a new"),
        ("a old c", "a c", "a old new c", "a new c"),
        ("a b c", "", "a b c", ""),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_edits_that_do_not_overlap_are_merged(base, current, wanted, merged, end):
    result = merge(lines(base, end), current=lines(current, end), wanted=lines(wanted, end))
    assert result == Merged(lines(merged, end))


@pytest.mark.parametrize(
    ("base", "current", "wanted", "places"),
    [
        ("a b c", "a B c", "a X c", (2,)),
        ("a b c", "a c", "a X c", (2,)),
        ("a c", "a X c", "a Y c", (2,)),
        ("a b c d e f g", "a B c d e F g", "a X c d e Y g", (2, 6)),
        ("a x c", "a x x c", "a y c", (2,)),
        ("", "a", "b", (1,)),
    ],
)
def test_edits_of_the_same_lines_are_conflicts_with_their_place(base, current, wanted, places):
    assert merge(lines(base), current=lines(current), wanted=lines(wanted)) == Conflicting(places)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_last_line_without_an_end_gets_one_when_a_line_follows(end):
    base, current = b"a" + end + b"ours" + end, b"a" + end + b"ours" + end + b"mine" + end
    assert merge(base, current=current, wanted=b"a") == Merged(b"a" + end + b"mine" + end)


def test_a_last_line_without_an_end_stays_so_where_it_is_last():
    assert merge(b"a\nb\nc", current=b"A\nb\nc", wanted=b"a\nb\nours\nc") == Merged(b"A\nb\nours\nc")


def test_bytes_that_are_no_text_are_merged_by_line():
    assert merge(b"\xff\n\0\nx\n", current=b"\xfe\n\0\nx\n", wanted=b"\xff\n\0\ny\n") == Merged(b"\xfe\n\0\ny\n")


TEXT = st.lists(st.sampled_from(["a", "b", "", "c\r", "long line"]), max_size=12).map("\n".join).map(str.encode)


@given(TEXT, TEXT)
def test_where_one_side_is_unchanged_the_other_wins(base, other):
    assert merge(base, current=base, wanted=other) == Merged(other)
    assert merge(base, current=other, wanted=base) == Merged(other)


@given(TEXT, TEXT, TEXT)
def test_no_line_is_made_up_by_gluing(base, current, wanted):
    result = merge(base, current=current, wanted=wanted)
    known = {line.rstrip(b"\r\n") for text in (base, current, wanted) for line in text.splitlines()}
    if isinstance(result, Merged):
        assert {line.rstrip(b"\r\n") for line in result.data.splitlines()} <= known
    else:
        assert all(1 <= line <= len(current.splitlines()) + 1 for line in result.lines)


@given(TEXT, st.data())
def test_new_lines_of_both_sides_survive_a_merge(base, data):
    rows = base.splitlines(keepends=True)

    def added(mark):
        place = data.draw(st.integers(0, len(rows)))
        before = b"".join(rows[:place])
        return before + (b"" if before.endswith(b"\n") or not before else b"\n") + mark + b"\n" + b"".join(rows[place:])

    result = merge(base, current=added(b"MINE"), wanted=added(b"OURS"))
    if isinstance(result, Merged):
        assert result.data.splitlines().count(b"MINE") == 1
        assert result.data.splitlines().count(b"OURS") == 1
