"""Names of providers: known, by an alias, misspelt, unknown, bound to a model, not at all, no text."""

from functools import cache

from hypothesis import strategies as st

from cutover_parity._messages import Json
from cutover_parity.arms._plan import UNKNOWN_KEY
from cutover_parity.cases._naming import Naming

_NOT_TEXT: tuple[Json, ...] = (None, 0, 1, True, [], {}, ["x"], {"name": "x"}, 1.5)


@cache
def providers(keys: tuple[str, ...], *, aliases: tuple[str, ...] = ()) -> st.SearchStrategy[Naming]:
    """All ways, the keys themselves most often."""
    known = st.sampled_from(keys or (UNKNOWN_KEY,))
    usual = known.map(lambda key: Naming("known", key))
    other = [
        st.just(Naming("absent", None)),
        st.sampled_from((UNKNOWN_KEY, "", "default", "auto", "none")).map(lambda key: Naming("unknown", key)),
        st.builds(_near, known, st.integers(0, 7)),
        known.map(lambda key: Naming("locked", key, key)),
        st.tuples(known, known).map(lambda pair: Naming("crossed", *pair)),
        st.sampled_from(_NOT_TEXT).map(lambda value: Naming("not text", value)),
    ]
    if aliases:
        other.insert(0, st.sampled_from(aliases).map(lambda alias: Naming("alias", alias)))
    return st.one_of(usual, usual, usual, *other)


def _near(key: str, shape: int) -> Naming:
    swapped = key.replace("-", "_") if "-" in key else key.replace("_", "-")
    shapes = (f"{key} ", f" {key}", f"{key}\n", key.upper(), key.title(), swapped, key[:-1], f"{key}/m")
    return Naming("near", shapes[shape])
