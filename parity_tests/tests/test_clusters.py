import json
from datetime import date

import pytest

from cutover_parity import (
    Case,
    CaseError,
    Comparer,
    Difference,
    Mismatch,
    NoiseRule,
    NoiseRules,
    Request,
    Script,
    Signature,
)
from cutover_parity.arms._arm import Reply
from cutover_parity.compare._clusters import Clusters
from cutover_parity.replay._duel import Answered
from cutover_parity.replay._findings import Findings


def observed(*, status=200, provider="near", function=None, body="{}", error=None):
    call = {"provider": provider, "slot": "s", "function": function or f"make_{provider}", "module": "m",
            "args": [], "kwargs": {}, "on": "event loop", "outcome": "answer"}  # fmt: skip
    answer = {"status": status, "headers": [], "chunks": [body], "finished": True}
    return {"answer": answer, "error": error, "calls": [call], "requests": [], "timeouts": [], "escapes": []}


def case(name="c", body=b"{}", **options):
    return Case(name, Request("POST", "/", (), body), Script(), "answer", **options)


def outcome(one, other, *, name="c", body=b"{}", provider="near"):
    aside = json.dumps({"trace": [], "made": [["m", provider, "s", "answer"]], "requests": 0, "moments": [3.0]})
    return Answered(case(name, body), Reply(json.dumps(one), aside), Reply(json.dumps(other), aside))


def findings(*outcomes):
    found = Findings()
    for each in outcomes:
        asides = json.loads(each.legacy.aside), json.loads(each.registry.aside)
        found.compared(each, Comparer(), asides)
    return found


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        (Difference("calls", "[3].function", "a", "b"), "calls[*].function: changed"),
        (Difference("answer", "status", 200, 500), "answer.status: 200 became 500"),
        (Difference("exception", "type", "KeyError", "ValueError"), "exception.type: KeyError became ValueError"),
        (Difference("exception", "", None, {"type": "KeyError"}), "exception: null became object"),
        (Difference("calls", "[0].kwargs.n", 1, "(absent)"), "calls[*].kwargs.n: lost"),
        (Difference("requests", "[1]", "(absent)", {}), "requests[*]: added"),
        (Difference("answer", "body.0123456789ab.n", 1, True), "answer.body.*.n: int became bool"),
    ],
)
def test_a_signature_says_where_and_how(difference, says):
    assert str(Signature.of(Mismatch((difference,)))) == says


def test_mismatches_of_one_cause_are_one_cluster_with_its_smallest_case():
    found = findings(
        *(
            outcome(observed(provider=name), observed(provider=name, function="make_x"), name=f"{name} {size}",
                    body=b"x" * size, provider=name)
            for name in ("near", "groq", "oak")
            for size in (30, 10, 20)
        )
    )  # fmt: skip
    (cluster,) = found.clusters
    assert cluster.count == 9
    assert cluster.providers == (("groq", 3), ("near", 3), ("oak", 3))
    assert cluster.smallest.case.id == "groq 10"
    assert cluster.title == "calls[*].function: changed, with groq, near, oak"
    assert str(cluster.smallest.differences[0]) == "calls[0].function: legacy 'make_groq', registry 'make_x'"


@pytest.mark.parametrize(
    ("index", "legacy", "registry", "says"),
    [
        (0, "make_nova_labs", "make_elm", "another provider's make_…"),
        (1, "tidy_nova_labs", "tidy_elm", "another provider's tidy_…, after other calls"),
        (0, "make_nova_labs_stream", "make_elm", "make_…_stream became another provider's make_…"),
        (0, "ask", "make_elm", "changed"),
    ],
)
def test_another_providers_function_is_told_by_its_kind_so_that_each_kind_is_a_cluster(index, legacy, registry, says):
    called = Difference("calls", f"[{index}].function", legacy, registry)
    provider = Difference("calls", f"[{index}].provider", "nova-labs", "elm")
    assert str(Signature.of(Mismatch((called, provider)))) == f"calls[*].function: {says}"
    assert str(Signature.of(Mismatch((called,)))) == "calls[*].function: changed"


def test_what_only_few_providers_show_may_have_a_cause_each():
    found = findings(
        outcome(observed(provider="near"), observed(provider="groq", function="make_near"), provider="near"),
        outcome(observed(provider="oak"), observed(provider="groq", function="make_oak"), provider="oak"),
    )
    assert [cluster.providers for cluster in found.clusters] == [(("near", 1),), (("oak", 1),)]


def test_other_changes_and_other_places_are_other_clusters_the_largest_first():
    found = findings(
        outcome(observed(), observed(status=500)),
        outcome(observed(), observed(status=404)),
        outcome(observed(), observed(status=404)),
        outcome(observed(), observed(body="[]")),
    )
    assert [(str(cluster.signature), cluster.count) for cluster in found.clusters] == [
        ("answer.status: 200 became 404", 2),
        ("answer.body: object became list", 1),
        ("answer.status: 200 became 500", 1),
    ]


def test_parts_that_are_merged_give_what_one_pass_gives():
    outcomes = [
        outcome(observed(), observed(status=500 + number % 3), name=f"c{number}", body=b"x" * (50 - number))
        for number in range(40)
    ]
    whole, merged = findings(*outcomes), Findings()
    for start in (0, 7, 30):
        end = {0: 7, 7: 30, 30: 40}[start]
        merged.merge(findings(*outcomes[start:end]))
    assert merged == whole
    assert merged.clusters == whole.clusters
    assert whole.counts == {"match": 0, "mismatch": 40, "ignored": 0, "died": 0}
    assert all(len(cluster.cases) == 10 for cluster in whole.clusters)


def test_kinds_without_end_are_counted_under_one():
    clusters = Clusters()
    for number in range(700):
        verdict = Mismatch((Difference("answer", f"body.field{number}x", 1, 2),))
        seen = observed()
        clusters.add(case(f"c{number}"), verdict, provider="near", observations=(seen, seen), asides=({}, {}))
    found = clusters.clusters()
    assert sum(cluster.count for cluster in found) == 700
    assert len(found) == 501
    assert str(found[0].signature) == "(further kinds): differ"


def test_a_representative_keeps_both_answers_in_time():
    (cluster,) = findings(outcome(observed(), observed(body="[1]"))).clusters
    legacy, registry = cluster.smallest.legacy, cluster.smallest.registry
    assert [(moment.at, moment.size, moment.text) for moment in legacy.chunks] == [(3.0, 2, "{}")]
    assert (registry.timed, registry.finished, registry.chunks[0].text) == (True, True, "[1]")


def test_a_long_stream_is_not_kept_whole():
    long = observed()
    long["answer"]["chunks"] = ["x" * 1000] * 1000
    (cluster,) = findings(outcome(observed(), long)).clusters
    line = cluster.smallest.registry
    assert (len(line.chunks), line.left_out, len(line.chunks[0].text)) == (200, 800, 160)


def test_errors_are_counted_by_kind_and_the_first_of_each_is_kept():
    found, later = Findings(), Findings()
    for number in range(150):
        found.error(CaseError(f"c{number}", "legacy", f"GET /{number}"))
    later.error(CaseError("later", "legacy", "GET /0"))
    later.error(CaseError("later", "registry", "GET /0"))
    found.merge(later)
    assert found.errors["legacy", "GET /0"] == CaseError("c0", "legacy", "GET /0", 2)
    assert found.errors["legacy", "further kinds of errors"].count == 50
    assert found.errors["registry", "further kinds of errors"].count == 1
    assert sum(error.count for error in found.errors.values()) == 152


def test_ignored_cases_are_counted_by_reason():
    found = Findings()
    for number in range(130):
        rule = NoiseRule("answer.status", "number", f"reason {number}", date(2100, 1, 1))
        each = outcome(observed(), observed(status=201))
        asides = json.loads(each.legacy.aside), json.loads(each.registry.aside)
        found.compared(each, Comparer(noise=NoiseRules((rule,))), asides)
    assert found.counts == {"match": 0, "mismatch": 0, "ignored": 130, "died": 0}
    assert found.reasons["reason 0"] == 1
    assert found.reasons["other combinations of reasons"] == 30
    assert found.hidden.counts == {"answer.status (number)": 130}
    assert len(found.ignored) == 100
