"""Values that a JSON body may hold where something else was meant, and texts of every sort."""

from functools import cache

from hypothesis import strategies as st

from cutover_parity._messages import Json

_TEXTS = (
    "hi",
    "",
    " ",
    "null",
    "0",
    "line\nbreak\ttab",
    'quote " and \\ backslash',
    "data: [DONE]\n\n",
    '{"json": true}',
    "%s {0} ${HOME}",
    "<b>&amp;</b>",
    "é ß 漢字 🜁",
    "e\u0301 beside \u00e9",
    "\u202eright to left",
    "\u0000 and \u001f",
    "\u2028\u2029",
    "\ufeff",
    "\ud800",
)
_ODD: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    0.5,
    -0.0,
    1e308,
    2**31,
    2**63,
    10**30,
    "",
    "1",
    "true",
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"type": "unknown"},
)


@cache
def texts() -> st.SearchStrategy[str]:
    """Texts: plain, of many alphabets, with what breaks lines and escapes, and very long ones."""
    return st.sampled_from(_TEXTS) | st.text(max_size=40) | _huge()


@cache
def odd_values() -> st.SearchStrategy[Json]:
    """Values of other kinds, sizes and signs than a field means."""
    return st.sampled_from(_ODD) | texts() | st.integers() | st.floats(allow_nan=False)


@cache
def rarely(one_in: int) -> st.SearchStrategy[bool]:
    """True about once in so many draws; shrinks to False."""
    return st.integers(0, one_in - 1).map(lambda drawn: drawn == one_in - 1)


@cache
def _huge() -> st.SearchStrategy[str]:
    sizes = st.sampled_from((*(100,) * 12, *(1_000,) * 6, 20_000, 100_000))
    return st.builds(lambda text, size: text * size, st.sampled_from(("x", "é", "word ", "\n")), sizes)
