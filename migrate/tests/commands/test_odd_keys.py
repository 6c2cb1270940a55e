"""Keys that no identifier can be made of, and the order in which the files are named."""

import pytest

from cutover_migrate import certified_plan, scan_paths

TEXT = """
def f(x):
    return x


def chat(p, m):
    if p == "aa":
        x = f(m)
    elif p == "bb":
        x = [m]
        f(x)
    elif p == "cc":
        x = [m, 2]
    return x


def other(p, m):
    if p == "aa":
        return f(m)
    elif p == "bb":
        return [m]
    elif p == {key!r}:
        return m, 2, 3
    raise ValueError(p)
"""


@pytest.fixture
def planned(tmp_path):
    def make(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"app{number}.py").write_text(text)
        paths = sorted(tmp_path.glob("app*.py"))
        found = scan_paths(paths)
        every = [site.id for site in found.sites + found.near_misses]
        return [certified_plan(scan_paths(order, include=every)) for order in (paths, paths[::-1])]

    return make


@pytest.mark.parametrize("key", ["pun:no_comma", "image/webp", "[[A]]", "a b", "naïve", "ﬁ", "x²", "中", "class", "1"])
def test_a_key_may_be_any_text(planned, key):
    plan, _ = planned(TEXT.replace("{key!r}", repr(key)))
    assert [site.name for site in plan.sites] == ["chat", "other"]
    assert plan.options.exclude == ()


def test_names_do_not_depend_on_the_order_of_the_files(planned):
    one, other = planned(TEXT.replace("{key!r}", "'zz'"), TEXT.replace("{key!r}", "'yy'"))
    assert one.generated == other.generated
    assert [site.id for site in one.sites] == [site.id for site in other.sites]
