"""Buckets: the same everywhere and for ever, spread evenly, and independent between salts."""

import json
import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_registry import bucket_of

KEYS = st.text(min_size=1)
SALTS = st.text(st.characters(codec="ascii"), min_size=1, max_size=64)
MANY = 20_000
SIGMAS = 5


def within(found: int, tries: int, share: float) -> bool:
    """Whether a count is inside five standard deviations of a binomial's."""
    return abs(found - tries * share) <= SIGMAS * math.sqrt(tries * share * (1 - share))


@given(KEYS, SALTS)
def test_a_bucket_is_at_least_zero_and_below_one(key, salt):
    assert 0 <= bucket_of(key, salt=salt) < 1


@given(KEYS, SALTS)
def test_a_bucket_is_always_the_same(key, salt):
    assert bucket_of(key, salt=salt) == bucket_of(key, salt=salt)


@given(KEYS, SALTS, st.floats(0, 1), st.floats(0, 1))
def test_who_is_in_at_a_share_is_in_at_every_larger_one(key, salt, one, other):
    bucket = bucket_of(key, salt=salt)
    assert bucket < max(one, other) or not bucket < min(one, other)


# As computed once and for ever: a change here would move users between the arms in the middle of a rollout.
FOREVER = {
    ("user-1", "9f86d081"): 0.13529901736585792,
    ("user-2", "9f86d081"): 0.6465137053013129,
    ("user-1", "9f86d082"): 0.9502662338942569,
    ("é\u20ac\U0001f600", "salz"): 0.670489125882962,
    ("\ud800", "9f86d081"): 0.6860415008049432,
}


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_with_another_hash_seed_finds_the_same_buckets(seed):
    keys = [f"user-{number}" for number in range(50)]
    script = "import json, sys; from cutover_registry import bucket_of; " + (
        "print(json.dumps([bucket_of(key, salt='9f86d081') for key in json.load(sys.stdin)]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(keys),
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == [bucket_of(key, salt="9f86d081") for key in keys]


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.25, 0.5, 0.99])
@pytest.mark.parametrize("form", ["user-{}", "{:032x}", "{}@example.com"])
def test_a_share_of_many_keys_is_inside_the_bounds_of_a_binomial(share, form):
    inside = sum(bucket_of(form.format(number), salt="9f86d081") < share for number in range(MANY))
    assert within(inside, MANY, share)


@pytest.mark.parametrize(("salt", "other"), [("a", "b"), ("rollout-1", "rollout-2"), ("x", "x" * 64)])
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_two_salts_choose_independently(salt, other, share):
    both = first = 0
    for number in range(MANY):
        inside = bucket_of(f"user-{number}", salt=salt) < share
        first += inside
        both += inside and bucket_of(f"user-{number}", salt=other) < share
    assert within(both, first, share)


def test_a_longer_salt_than_the_hash_can_take_is_refused():
    with pytest.raises(ValueError, match="64"):
        bucket_of("user-1", salt="x" * 65)


@pytest.mark.parametrize(("asked", "bucket"), FOREVER.items(), ids=ascii)
def test_buckets_never_change(asked, bucket):
    assert bucket_of(asked[0], salt=asked[1]) == bucket
