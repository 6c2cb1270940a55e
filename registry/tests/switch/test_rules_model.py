"""What the hot path answers is what a naive reading of the rules says, for any rules, route and state."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_registry import SwitchRule, SwitchSnapshot, bucket_of, follow_switch, route_key, use_registry

NAMES = st.sampled_from(["*", "chat", "responses"])
PROVIDERS = st.sampled_from(["*", "near", "far", "groq", "elsewhere"])
TENANTS = st.sampled_from(["acme", "umbrella"])
SHARES = st.one_of(st.sampled_from([0, 1, 0.0, 1.0, 0.5]), st.floats(0, 1))
SAID = st.one_of(
    st.fixed_dictionaries({"arm": st.sampled_from(["legacy", "registry"])}), st.fixed_dictionaries({"share": SHARES})
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "tenant": TENANTS,
        "header": st.tuples(st.sampled_from(["x-beta", "X-Beta", "x-cell"]), st.sampled_from(["yes", "no"])),
    },
)
RULES = st.builds(
    lambda site, provider, said, conditions: SwitchRule(site, provider, **said, **conditions),
    NAMES,
    PROVIDERS,
    SAID,
    CONDITIONS,
)
SALTS = st.text(st.characters(codec="ascii"), min_size=1, max_size=64)
STATES = st.builds(
    SwitchSnapshot,
    st.lists(RULES, max_size=6).map(tuple),
    st.none(),
    SALTS,
    st.sampled_from([False, False, False, True]),
    st.frozensets(st.sampled_from(["near", "far"]), max_size=1),
)


@dataclass(frozen=True)
class Asking:
    """One route: what a request has of a key, a tenant and headers; None is no route at all."""

    key: str | None
    tenant: str | None
    headers: dict[str, str]


ROUTES = st.none() | st.builds(
    Asking,
    st.none() | st.text(min_size=1, max_size=8),
    st.none() | TENANTS,
    st.dictionaries(st.sampled_from(["x-beta", "X-Cell"]), st.sampled_from(["yes", "no"])),
)


def naively(state: SwitchSnapshot, site: str, provider: str, route: Asking | None) -> bool:
    """Read the rules as the documentation says them, from the first to the last."""
    if state.kill or provider in state.quarantined:
        return False
    answer = False
    for rule in state.rules:
        if rule.site not in ("*", site) or rule.provider not in ("*", provider):
            continue
        if rule.tenant is not None and (route is None or route.tenant != rule.tenant):
            continue
        if rule.header is not None:
            headers = {} if route is None else {name.lower(): value for name, value in route.headers.items()}
            if headers.get(rule.header[0].lower()) != rule.header[1]:
                continue
        if rule.share is None:
            answer = rule.arm == "registry"
        else:
            keyed = route is not None and route.key is not None
            answer = keyed and bucket_of(route.key, salt=state.salt) < rule.share
    return answer


def asked(sites, route: Asking | None) -> dict[tuple[str, str], bool]:
    places = [(name, site, key) for name, site in sites.items() for key in (*site.keys(), "nobody")]
    if route is None:
        return {(name, key): use_registry(site, key) for name, site, key in places}
    with route_key(route.key, tenant=route.tenant, headers=route.headers):
        return {(name, key): use_registry(site, key) for name, site, key in places}


@settings(deadline=None)
@given(STATES, ROUTES)
def test_the_hot_path_answers_as_a_naive_reading_of_the_rules(sites, state, route):
    follow_switch(state)
    expected = {
        (name, key): key in site and naively(state, name, key, route)
        for name, site in sites.items()
        for key in (*site.keys(), "nobody")
    }
    assert asked(sites, route) == expected


@settings(deadline=None)
@given(STATES)
def test_what_is_written_is_what_is_read(state):
    assert SwitchSnapshot.from_text(state.to_text()) == state


@settings(deadline=None)
@given(st.lists(RULES, max_size=4), st.floats(0, 1), st.floats(0, 1), SALTS, st.text(min_size=1))
def test_a_route_that_is_in_at_a_share_is_in_at_every_larger_one(chat, rules, one, other, salt, key):
    before = [rule for rule in rules if not (rule.arm == "registry" and not rule.conditional)]
    answers = []
    for share in sorted([one, other]):
        follow_switch(SwitchSnapshot((*before, SwitchRule(share=share)), salt=salt))
        with route_key(key):
            answers.append(use_registry(chat, "near"))
    assert answers in ([False, False], [False, True], [True, True])


@settings(deadline=None)
@given(st.lists(RULES, max_size=6), SALTS)
def test_without_a_route_a_share_never_switches_anything_on(sites, rules, salt):
    shares = tuple(rule for rule in rules if rule.arm != "registry" or rule.conditional)
    follow_switch(SwitchSnapshot(shares, salt=salt))
    assert not any(asked(sites, None).values())


@settings(deadline=None)
@given(st.text(min_size=1), st.floats(0, 1), SALTS)
def test_every_site_and_provider_at_one_share_finds_a_route_on_the_same_side(sites, key, share, salt):
    follow_switch(SwitchSnapshot((SwitchRule(share=share),), salt=salt))
    answers = {place: said for place, said in asked(sites, Asking(key, None, {})).items() if place[1] != "nobody"}
    assert len(set(answers.values())) == 1


@settings(deadline=None)
@given(STATES, ROUTES)
def test_a_key_that_is_no_plain_text_takes_the_arm_of_the_text_that_it_equals(chat, state, route):
    class Text(str):
        __hash__ = None

    follow_switch(state)
    with route_key(None if route is None else route.key, tenant=None if route is None else route.tenant):
        assert [use_registry(chat, Text(key)) for key in chat] == [use_registry(chat, key) for key in chat]
