"""The names that may be read behind a site."""

import ast
import textwrap

import pytest

from cutover_migrate.execute._inside._live import live_names
from cutover_migrate.execute._inside._places import find_places


@pytest.fixture
def live():
    """The live names behind the statement that calls `site`."""

    def find(text):
        body = ast.parse(textwrap.dedent(text)).body
        path = next(find_places(body, "site"))
        return sorted(live_names(body, path, path[-1] + 1) - {"site"})

    return find


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("site()\nreturn r", ["r"]),
        ("site()\nr = 1\nreturn r", []),
        ("site()\nr += 1", ["r"]),
        ("site()\nif a:\n    r = 1\nreturn r", ["a", "r"]),
        ("site()\nif a:\n    return b\nelse:\n    c = 1\nreturn c", ["a", "b"]),
        ("site()\nfor x in xs:\n    print(x)", ["print", "xs"]),
        ("site()\nfor x in xs:\n    pass\nreturn x", ["x", "xs"]),
        ("for x in xs:\n    n = n + 1\n    site()", ["n"]),
        ("for x in xs:\n    n = 0\n    site()\nreturn n", ["n"]),
        ("for x in xs:\n    use(n)\n    site()\n    break\nreturn m", ["m"]),
        ("while True:\n    site()\n    use(a)\nreturn b", ["a", "use"]),
        ("while c:\n    site()\n    continue\nreturn b", ["b", "c"]),
        ("with a as r:\n    site()\n    r.x()", ["r"]),
        ("try:\n    site()\nexcept E:\n    f(a)\nelse:\n    f(b)\nfinally:\n    f(c)", ["b", "c", "f"]),
        ("try:\n    f()\nexcept E:\n    site()\n    g(a)\nh(b)", ["a", "b", "g", "h"]),
        ("site()\nmatch a:\n    case [r]:\n        f(r)\n    case _:\n        f(b)", ["a", "b", "f"]),
        ("site()\nmatch a:\n    case 1:\n        r = 1\nreturn r", ["a", "r"]),
        ("site()\nmatch a:\n    case 1:\n        r = 1\n    case _:\n        r = 2\nreturn r", ["a"]),
        ("site()\nmatch a:\n    case 1:\n        return\n    case b:\n        r = b\nreturn r", ["a"]),
        ("site()\nif True:\n    r = 1\nreturn r", []),
        ("site()\nraise a from b", ["a", "b"]),
        ("site()\nreturn [r for r in rs]", ["rs"]),
        ("site()\nreturn lambda: a", []),
        ("site()\ndel r", []),
        ("def inner():\n    site()\n    return a\nreturn b", ["a"]),
        ("if a:\n    site()\nelse:\n    f(b)\nreturn c", ["c"]),
        ("site()\nimport r\nreturn r", []),
    ],
)
def test_it_is_what_some_path_reads_before_it_is_bound(live, text, names):
    assert live(text) == names
