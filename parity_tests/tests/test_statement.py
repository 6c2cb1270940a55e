import random

import pytest

from cutover_parity import Case, Match, Mismatch, Request, Script, Tally, statement_lines
from cutover_parity.replay._statement import _at_most, upper_bound
from cutover_parity.replay._tally import features_of, providers_of


def case(key="near", body=b"{}", **options):
    return Case("c", Request("POST", "/", (), body), Script(), "answer", key, **options)


def aside(*made, trace=()):
    return {"made": [["m", provider, "slot", "answer"] for provider in made], "trace": list(trace), "requests": 0}


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (1, 10), (5, 10), (3, 200), (150, 200), (199, 200)])
def test_the_bound_is_where_so_few_mismatches_become_unlikely(hits, trials):
    bound = upper_bound(hits, trials)
    exact = sum(_term(hits_, trials, bound) for hits_ in range(hits + 1))
    assert exact == pytest.approx(0.05, rel=1e-6)


def _term(hits, trials, rate):
    ways = 1
    for index in range(hits):
        ways = ways * (trials - index) // (index + 1)
    return ways * rate**hits * (1 - rate) ** (trials - hits)


def test_the_bound_of_millions_of_replays_is_found():
    assert upper_bound(0, 10_000_000) == pytest.approx(2.9957e-7, rel=1e-3)
    bound = upper_bound(20_000, 1_000_000)
    assert 0.02 < bound < 0.0203
    assert _at_most(20_000, 1_000_000, bound) == pytest.approx(0.05, rel=1e-4)


def test_more_replays_lower_the_bound_and_more_mismatches_raise_it():
    generator = random.Random(1)
    for _ in range(200):
        trials = generator.randrange(2, 5000)
        hits = generator.randrange(trials)
        assert upper_bound(hits, trials) <= upper_bound(hits + 1, trials) <= 1
        assert upper_bound(hits, trials + 1) <= upper_bound(hits, trials)
        assert upper_bound(hits, trials) > hits / trials


def test_counts_are_kept_by_provider_and_feature():
    tally = Tally()
    tally.add(case(body=b'{"stream":true,"n":2}'), Match(), [aside("near", "groq"), aside("near")])
    tally.add(case(body=b'{"n":2,"stop":[]}'), Mismatch(()), [aside("groq")])
    assert {name: (count.replays, count.mismatches) for name, count in tally.providers.items()} == {
        "near": (1, 0),
        "groq": (2, 1),
    }
    assert {name: count.replays for name, count in tally.features.items()} == {"n": 2, "stream": 1}
    assert tally.total.mismatches == 1
    assert list(statement_lines(tally)) == [
        "  at most by provider: groq 97.47%, near 95.00%",
        "  at most by feature: n 97.47%, stream 95.00%",
    ]


def test_merged_parts_count_like_the_whole():
    whole, one, other = Tally(), Tally(), Tally()
    for number in range(10):
        verdict = Mismatch(()) if number == 3 else Match()
        asides = [aside("near" if number % 2 else "groq")]
        whole.add(case(body=b'{"n":1}'), verdict, asides)
        (one if number < 5 else other).add(case(body=b'{"n":1}'), verdict, asides)
    one.merge(other)
    assert one.to_json() == whole.to_json()


def test_names_without_end_are_counted_as_others():
    tally = Tally()
    for number in range(400):
        tally.add(case(body=b'{"field%d": 1}' % number), Match(), [aside("near")])
    assert len(tally.features) == 301
    assert tally.features["(others)"].replays == 100
    assert tally.total.replays == 400


@pytest.mark.parametrize(
    ("asides", "key", "providers"),
    [
        ([aside("a", "b"), aside("a")], "k", ("a", "b")),
        ([aside(trace=[["site", "t", True], ["site", None, False]])], "k", ("t",)),
        ([aside()], "k", ("k",)),
        ([aside()], None, ("(none)",)),
    ],
)
def test_providers_are_those_attempted_or_else_asked_for(asides, key, providers):
    assert providers_of(case(key), asides) == providers


@pytest.mark.parametrize(
    ("body", "features"),
    [
        (b"", ("no body",)),
        (b"{", ("body that is not JSON",)),
        (b"[1]", ("body that is no object",)),
        (b'{"stream":false,"tools":[],"stop":null,"user":""}', ()),
        (b'{"stream":true,"tools":[{"type":"function"}]}', ("function part", "stream", "tools")),
        (
            b'{"messages":[{"role":"user","content":[{"type":"text"},{"type":"image_url"}]}]}',
            ("image_url part", "messages", "text part"),
        ),
    ],
)
def test_features_are_read_off_the_shape_of_a_request(body, features):
    assert features_of(Request("POST", "/", (), body)) == features
