import dataclasses
from collections import Counter

import pytest

from cutover_telemetry import summarise
from cutover_telemetry._records import BreakerRecord, RouteOutcome, SkipRecord
from cutover_telemetry.store import BreakerStretch, Sketch, Window

EVERYTHING = Window.everything()
SECOND = 1_000_000_000


@pytest.fixture
def stored(store):
    """Store routes, changes of circuits, and attempts without a route."""

    def put(*routes, breakers=(), lone=()):
        writer = store.writer()
        for each in routes:
            writer.route(each)
        for each in breakers:
            writer.breaker(each)
        for each in lone:
            writer.attempt(each)
        assert writer.flush()
        assert writer.faults.count == 0
        return store.query

    return put


def close_to(found, exact):
    """Whether stored quantiles are within one percent of exact percentiles."""
    if found is None or exact is None:
        return found is exact
    pairs = ((found.p50, exact.p50), (found.p95, exact.p95), (found.p99, exact.p99))
    return found.count == exact.count and all(abs(ours / theirs - 1) <= 0.01 for ours, theirs in pairs)


class TestBesideTheExactSummary:
    """The same routes, once with exact values and once through the store."""

    @pytest.fixture
    def routes(self, traffic):
        return traffic(2_500, seconds=3 * 3_600, providers=6)

    @pytest.fixture
    def summary(self, routes):
        return summarise(routes, [attempt for route in routes for attempt in route.attempts])

    def test_each_arm_of_each_provider_has_the_same_counts_and_quantiles(self, stored, routes, summary):
        arms = stored(*routes).arms(EVERYTHING).arms
        assert len(arms) == len(summary.providers)
        for ours, exact in zip(arms, summary.providers, strict=True):
            assert (ours.provider, ours.arm) == (exact.provider, exact.arm)
            assert (ours.volume.attempts, ours.volume.answered) == (exact.attempts, exact.answered)
            assert (ours.volume.failed, ours.volume.cancelled) == (exact.failed, exact.cancelled)
            assert ours.volume.errors == exact.errors
            assert close_to(ours.latency, exact.latency)
            assert close_to(ours.first_chunk, exact.first_chunk)

    def test_the_failover_matrix_is_the_same(self, stored, routes, summary):
        edges = stored(*routes).failovers(EVERYTHING).edges
        ours = {(edge.away, edge.to): (edge.failovers, pytest.approx(edge.lost)) for edge in edges}
        assert ours == {(each.away, each.to): (each.count, each.time_lost) for each in summary.failovers}

    def test_as_many_requests_were_saved_as_routes_failed_over(self, stored, routes):
        edges = stored(*routes).failovers(EVERYTHING).edges
        assert sum(edge.saved for edge in edges) == sum(each.outcome is RouteOutcome.FAILED_OVER for each in routes)

    def test_routes_by_arm_and_outcome_are_the_same(self, stored, routes, summary):
        cards = stored(*routes).routes(EVERYTHING).cards
        ours = {(card.arm, card.outcome): card.routes for card in cards}
        assert ours == {(row.arm, outcome): count for row in summary.arms for outcome, count in row.outcomes.items()}
        assert sum(card.lost for card in cards) == pytest.approx(sum(row.time_lost for row in summary.arms))

    def test_curves_add_up_to_the_whole(self, stored, routes, summary):
        query = stored(*routes)
        curves = query.arm_curves(EVERYTHING, provider="p03")
        for exact in summary.providers:
            if exact.provider == "p03":
                own = [point for point in curves.points if point.arm == exact.arm]
                assert sum(point.volume.attempts for point in own) == exact.attempts
                assert len({point.start for point in own}) == len(own) > 10
        assert all(point.start % curves.step == 0 for point in curves.points)

    def test_a_window_and_a_provider_narrow_every_answer(self, stored, routes):
        query = stored(*routes)
        middle = routes[0].started - routes[0].started % (60 * SECOND)
        window = Window(middle - 1_800 * SECOND, middle)
        inside = [attempt for each in routes for attempt in each.attempts if window.start <= attempt.ended < window.end]
        assert query.arms(window).window == window
        found = Counter({card.provider: card.volume.attempts for card in query.scorecard(window).providers})
        assert +found == Counter(attempt.provider for attempt in inside)
        (card,) = query.scorecard(window, provider="p01").providers
        assert card.volume.attempts == found["p01"]
        assert {each.provider for each in query.arms(window, provider="p01").arms} == {"p01"}
        assert all("p01" in {edge.away, edge.to} for edge in query.failovers(window, provider="p01").edges)


def test_a_card_says_everything_of_a_provider(stored, attempt, route):
    good = attempt("near", took=3, first=1, output_tokens=100, input_tokens=40)
    bad = [attempt("near", at=at, error_type=error) for at, error in ((1, "503"), (2, "429"), (3, "503"))]
    skips = (SkipRecord("near", "circuit_open", good.ended),)
    changes = [BreakerRecord("near", "closed", "open", good.ended)]
    rescued = route(bad[0], attempt("far", at=4), skips=skips)
    query = stored(route(good), rescued, route(bad[1]), route(bad[2]), breakers=changes)
    window = Window(good.ended // (60 * SECOND) * 60 * SECOND, good.ended + 60 * SECOND)
    far, near = query.scorecard(window).providers
    assert near.provider == "near"
    assert near.volume.errors == {"503": 2, "429": 1}
    assert near.volume.success == 0.25
    assert near.rate == pytest.approx(4 / 60)
    assert near.latency.p50 == pytest.approx(3, rel=0.01)
    assert near.first_chunk.p99 == pytest.approx(1, rel=0.01)
    assert (near.input_tokens, near.output_tokens, near.tokens_a_second) == (40, 100, 50.0)
    assert (near.failovers_away, near.failovers_to) == (1, 0)
    assert near.skips == {"circuit_open": 1}
    assert near.breaker == "open"
    assert (far.failovers_to, far.breaker, far.tokens_a_second) == (1, None, None)


def test_a_provider_that_was_only_skipped_has_a_card_too(stored, attempt, route):
    query = stored(route(attempt("far"), skips=(SkipRecord("near", "cooling_down", attempt().ended),)))
    cards = {card.provider: card for card in query.scorecard(EVERYTHING).providers}
    assert cards["near"].volume.attempts == 0
    assert cards["near"].volume.success is None
    assert cards["near"].skips == {"cooling_down": 1}


def test_an_empty_store_answers_every_question(store):
    window = Window.last(3_600)
    query = store.query
    assert query.scorecard(window).providers == ()
    assert query.failovers(EVERYTHING).edges == ()
    assert query.arms(window).arms == ()
    assert query.arm_curves(EVERYTHING).points == ()
    assert query.breakers(window).stretches == ()
    assert query.routes(window).latency is None
    assert query.recent(window) == query.attempts(window) == ()
    assert query.account().attempts == 0


def test_the_sketches_of_an_arm_are_there_for_who_judges(stored, attempt, route):
    query = stored(*(route(attempt(took=took, arm="registry")) for took in (1, 2, 3)))
    (card,) = query.arms(EVERYTHING).arms
    assert card.latency_sketch == Sketch.of([1.0, 2.0, 3.0])
    assert card.first_chunk_sketch == Sketch()
    assert "sketch" not in repr(card)


def test_an_arm_can_be_asked_for_at_one_site(stored, attempt, route):
    query = stored(route(attempt(site="chat")), route(attempt(site="responses")), route(attempt(site="chat")))
    (card,) = query.arms(EVERYTHING, site="chat").arms
    assert card.volume.attempts == 2
    assert sum(point.volume.attempts for point in query.arm_curves(EVERYTHING, site="responses").points) == 1


def test_the_overhead_of_our_own_layer_is_told(stored, attempt, route):
    query = stored(*(route(attempt(), overhead=overhead * 1_000) for overhead in range(1, 101)))
    found = query.routes(EVERYTHING)
    assert found.overhead.p50 == pytest.approx(50e-6, rel=0.01)
    assert found.overhead.p99 == pytest.approx(99e-6, rel=0.01)
    assert found.latency.count == 100


class TestRoutes:
    def test_the_latest_come_first_with_all_their_attempts(self, store, stored, attempt, route):
        routes = [route(attempt("a", at=at, error_type="503"), attempt("b", at=at + 1)) for at in (5, 1, 9, 3)]
        for each in routes:
            stored(each)
        recent = store.query.recent(EVERYTHING, most=3)
        assert [each.record for each in recent] == [routes[2], routes[0], routes[3]]

    def test_one_route_is_found_again_by_its_name(self, stored, traffic):
        query = stored(*traffic(1_100))
        for each in query.recent(EVERYTHING, most=1_100)[::97]:
            assert query.route(each.id) == each

    @pytest.mark.parametrize("name", ["", "1", "1.x", "-1.0", "9.0", "1.99999", "9" * 40 + ".0", "1.0; DROP", "²³.¹"])
    def test_a_name_of_no_route_gives_none(self, stored, attempt, route, name):
        assert stored(route(attempt())).route(name) is None

    def test_they_are_those_of_a_provider_an_outcome_and_a_window(self, stored, traffic):
        routes = traffic(900, seconds=600)
        query = stored(*routes)
        called = [each for each in routes if any(attempt.provider == "p07" for attempt in each.attempts)]
        over = [each for each in called if each.outcome is RouteOutcome.FAILED_OVER]
        window = Window(0, sorted(each.ended for each in over)[-2])
        latest = sorted((each for each in over if each.ended < window.end), key=lambda each: -each.ended)[:5]
        found = query.recent(window, provider="p07", outcome=RouteOutcome.FAILED_OVER, most=5)
        assert [each.record for each in found] == latest

    def test_a_quote_in_a_providers_name_finds_it_too(self, stored, attempt, route):
        name = 'say "hi"\\<img src=x>'
        query = stored(route(attempt(name)), route(attempt("other")))
        assert len(query.recent(EVERYTHING, provider=name)) == 1
        assert query.attempts(EVERYTHING, provider=name)[0].provider == name


class TestBreakers:
    CHANGES = (
        BreakerRecord("near", "closed", "open", 100),
        BreakerRecord("far", "closed", "open", 150),
        BreakerRecord("near", "open", "half-open", 200),
        BreakerRecord("near", "half-open", "closed", 300),
    )

    def test_the_stretches_between_the_changes(self, stored):
        found = stored(breakers=self.CHANGES).breakers(Window(50, 400))
        assert found.changes == self.CHANGES
        assert found.stretches == (
            BreakerStretch("far", "closed", 50, 150),
            BreakerStretch("far", "open", 150, None),
            BreakerStretch("near", "closed", 50, 100),
            BreakerStretch("near", "open", 100, 200),
            BreakerStretch("near", "half-open", 200, 300),
            BreakerStretch("near", "closed", 300, None),
        )

    def test_a_circuit_that_was_open_when_the_window_began_is_shown_as_open(self, stored):
        found = stored(breakers=self.CHANGES).breakers(Window(160, 190))
        assert found.stretches == (BreakerStretch("far", "open", 160, None), BreakerStretch("near", "open", 160, None))

    def test_one_provider_alone(self, stored):
        found = stored(breakers=self.CHANGES).breakers(EVERYTHING, provider="far")
        assert {each.provider for each in found.stretches} == {"far"}
        assert len(found.changes) == 1


def test_every_answer_is_frozen(stored, attempt, route):
    query = stored(route(attempt()))
    answers = (query.scorecard(EVERYTHING), query.failovers(EVERYTHING), query.arms(EVERYTHING), query.account())
    for answer in (*answers, query.routes(EVERYTHING), query.breakers(EVERYTHING), query.recent(EVERYTHING)[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(answer, dataclasses.fields(answer)[0].name, None)


class TestPanels:
    """One reading for all that attempts tell."""

    @pytest.fixture
    def query(self, stored, traffic):
        return stored(*traffic(600, seconds=1_200, providers=4))

    def test_they_are_what_the_single_questions_say(self, query):
        panels = query.panels(EVERYTHING)
        ours, theirs = (
            [dataclasses.replace(card, tokens_a_second=round(card.tokens_a_second, 6)) for card in cards]
            for cards in (panels.providers, query.scorecard(EVERYTHING).providers)
        )
        assert ours == theirs
        assert panels.arms == query.arms(EVERYTHING).arms
        curves = query.arm_curves(EVERYTHING)
        assert (panels.window, panels.step, panels.arm_points) == (curves.window, curves.step, curves.points)

    @pytest.mark.parametrize("narrowed", [{"provider": "p01"}, {"site": "chat"}, {"provider": "p02", "site": "none"}])
    def test_they_can_be_narrowed(self, query, narrowed):
        panels = query.panels(EVERYTHING, **narrowed)
        assert panels.arms == query.arms(EVERYTHING, **narrowed).arms
        assert panels.arm_points == query.arm_curves(EVERYTHING, **narrowed).points

    def test_slices_and_points_of_providers_add_up(self, query):
        panels = query.panels(EVERYTHING)
        for card in panels.providers:
            for some in (panels.provider_points, panels.slices):
                own = [each for each in some if each.provider == card.provider]
                assert sum(each.attempts for each in own) == card.volume.attempts
                assert sum(each.failed for each in own) == card.volume.failed
        assert sum(each.latency_sketch.count for each in panels.slices) == sum(
            card.latency.count for card in panels.providers
        )

    def test_fewer_points_are_longer_slices_of_the_same(self, query):
        few, many = query.panels(EVERYTHING, points=5), query.panels(EVERYTHING, points=90)
        assert (few.step, many.step) == (600 * SECOND, 60 * SECOND)
        assert [card.volume for card in few.providers] == [card.volume for card in many.providers]

    def test_what_is_written_later_is_in_the_next_ones(self, query, stored, traffic):
        before = query.panels(EVERYTHING)
        stored(*traffic(50, seed=2, seconds=300, providers=4))
        after = query.panels(EVERYTHING)
        assert after.arms == query.arms(EVERYTHING).arms
        assert after.arms != before.arms

    def test_minutes_are_the_slices_of_minutes(self, query):
        panels = query.panels(EVERYTHING)
        assert query.minutes(EVERYTHING) == panels.slices
        registry = tuple(each for each in panels.slices if each.arm == "registry" and each.provider == "p01")
        assert query.minutes(EVERYTHING, provider="p01", arm="registry", site="chat") == registry

    def test_the_names_there_are_to_choose_from(self, query):
        assert query.names().providers == ("p00", "p01", "p02", "p03")
        assert query.names().sites == ("chat",)


def test_questions_at_once_are_answered_from_one_view_of_the_file(stored, store, attempt, route):
    stored(route(attempt()))
    with store.query.at_once() as query:
        assert query.account().attempts == 1
        stored(route(attempt()))
        assert query.account().attempts == 1
        assert query.scorecard(EVERYTHING).providers[0].volume.attempts == 1
    assert store.query.account().attempts == 2


def test_the_latest_routes_of_a_site_are_those_with_an_attempt_there(stored, attempt, route):
    query = stored(
        route(attempt(site="chat", at=1)),
        route(attempt(site="images", at=2)),
        route(attempt("groq", site="images", at=3, error_type="503"), attempt(site="chat", at=4, number=2)),
    )
    assert [found.record.attempts[0].provider for found in query.recent(EVERYTHING, site="images")] == ["groq", "near"]
    assert query.recent(EVERYTHING, site="images", provider="near")[0].record.attempts[0].site == "images"
    assert query.recent(EVERYTHING, site="nowhere") == ()
