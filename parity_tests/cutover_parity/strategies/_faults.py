"""Fault schedules: what the first attempts of a route meet, and every later one."""

from functools import cache

from hypothesis import strategies as st

from cutover_parity.cases._script import ANSWER, Script, Step

_STATUSES = (503, 429, 500, 502, 504, 401, 402, 403, 404, 400, 408, 409, 413, 418, 422, 501, 529, 599)
_RETRY_AFTER = ("", "1", "0", "30", "3600", "-1", "0.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT")
_SECONDS = (0.1, 1.0, 5.0, 29.9, 30.1, 60.0, 119.0, 121.0, 600.0)
_CHUNKS = (0, 1, 2, 3, 10)
_PLAIN = ("timeout", "connect", "reset", "malformed", "value", "hang")

EVERY_STEP = (*(Step("status", status) for status in _STATUSES), *map(Step, _PLAIN), Step("cut", 1))


@cache
def steps() -> st.SearchStrategy[Step]:
    """What one attempt meets: an answer, a failure of every kind, a slow answer, a stream that ends early."""
    status = st.builds(
        lambda number, after: Step("status", number, retry_after=after),
        st.sampled_from(_STATUSES),
        st.sampled_from(_RETRY_AFTER),
    )
    return st.one_of(
        st.just(Step()),
        status,
        status,
        status,
        st.sampled_from(_PLAIN).map(Step),
        st.sampled_from(_CHUNKS).map(lambda chunks: Step("cut", chunks)),
        st.sampled_from(_SECONDS).map(lambda seconds: Step("slow", seconds=seconds)),
    )


@cache
def fault_schedules(*, most: int = 4) -> st.SearchStrategy[Script]:
    """Scripts: all well, the same fault always, or a few attempts of their own and then one kind for the rest."""
    always = steps().map(lambda step: Script(rest=step))
    first = st.lists(steps(), min_size=1, max_size=most).map(lambda drawn: Script(tuple(drawn)))
    both = st.builds(
        lambda drawn, rest: Script(tuple(drawn), rest), st.lists(steps(), min_size=1, max_size=most), steps()
    )
    return st.one_of(st.just(ANSWER), first, always, both)
