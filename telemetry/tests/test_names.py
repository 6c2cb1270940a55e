import pytest
from opentelemetry.semconv._incubating.attributes import feature_flag_attributes, gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from cutover_telemetry import (
    BOTH,
    DIALECTS,
    LATEST,
    V1_41,
    Attribute,
    Dialect,
    Event,
    Metric,
    UnknownDialect,
    chosen_dialect,
)
from cutover_telemetry.spans._described import attempt_span_name, route_span_name


def test_the_default_dialect_spells_each_attribute_as_the_table_does():
    assert list(DIALECTS) == ["v1_41", "latest", "both"]
    spelt = V1_41.spell(dict.fromkeys(Attribute, 1))
    assert list(spelt) == [attribute.value for attribute in Attribute]


@pytest.mark.parametrize(
    ("metric", "v1_41", "latest"),
    [
        (Metric.ATTEMPT_DURATION, ["gen_ai.client.operation.duration"], ["gen_ai.client.inference.duration"]),
        (
            Metric.TIME_TO_FIRST_CHUNK,
            ["gen_ai.client.operation.time_to_first_chunk"],
            ["gen_ai.client.inference.time_to_first_chunk"],
        ),
        (
            Metric.TIME_PER_CHUNK,
            ["gen_ai.client.operation.time_per_output_chunk"],
            ["gen_ai.client.inference.time_per_output_chunk"],
        ),
        (Metric.TOKEN_USAGE, ["gen_ai.client.token.usage"], []),
        (Metric.INPUT_TOKENS, [], ["gen_ai.client.inference.usage.input_tokens"]),
        (Metric.ROUTE_DURATION, ["cutover.route.duration"], ["cutover.route.duration"]),
    ],
)
def test_a_metric_is_spelt_as_its_dialect_has_it_and_in_both_ways_where_both_are_wanted(metric, v1_41, latest):
    assert list(V1_41.metric_names(metric)) == v1_41
    assert list(LATEST.metric_names(metric)) == latest
    assert set(BOTH.metric_names(metric)) == {*v1_41, *latest}


@pytest.mark.parametrize(
    ("opted", "dialect"),
    [
        ("", V1_41),
        ("http,database/dup", V1_41),
        ("gen_ai_latest_experimental", LATEST),
        ("http, gen_ai_latest_experimental ,rpc", LATEST),
        ("gen_ai_latest_experimental/dup", BOTH),
        ("gen_ai_latest_experimental,gen_ai_latest_experimental/dup", BOTH),
    ],
)
def test_the_environment_chooses_the_dialect_as_other_instrumentations_have_it(opted, dialect, monkeypatch):
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", opted)
    assert chosen_dialect() is dialect


def test_configuration_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    assert chosen_dialect("v1_41") is V1_41
    assert chosen_dialect(BOTH) is BOTH


def test_a_dialect_that_is_none_is_refused_with_those_that_are():
    with pytest.raises(UnknownDialect) as caught:
        chosen_dialect("v1_36")
    assert str(caught.value) == "there is no dialect 'v1_36'; write one of v1_41, latest, both"


def test_each_name_says_what_it_means_and_each_metric_its_unit():
    assert all(name.meaning for name in (*Attribute, *Event, *Metric))
    assert all(metric.unit for metric in Metric)


def test_names_of_the_installed_conventions_are_theirs():
    for module, prefix in ((gen_ai_attributes, "GEN_AI"), (feature_flag_attributes, "FEATURE_FLAG")):
        known = {value for name, value in vars(module).items() if name.startswith(prefix) and isinstance(value, str)}
        ours = {one.value for one in Attribute if one.value.startswith(prefix.lower() + ".")}
        assert ours - known <= {"gen_ai.token.modality"}
    known = {value for value in vars(gen_ai_metrics).values() if isinstance(value, str)}
    released = {name for metric in Metric for name in V1_41.metric_names(metric) if name.startswith("gen_ai.")}
    assert released <= known


def test_a_dialect_may_spell_an_attribute_in_two_ways_and_leaves_the_others_alone():
    both = Dialect("both", {Attribute.PROVIDER: ("gen_ai.provider.name", "gen_ai.system")})
    assert both.spell({Attribute.PROVIDER: "near", Attribute.ARM: "legacy"}) == {
        "gen_ai.provider.name": "near",
        "gen_ai.system": "near",
        "cutover.arm": "legacy",
    }


def test_attributes_without_a_value_are_left_out_but_zero_and_false_are_values():
    spelt = V1_41.spell({Attribute.MODEL: None, Attribute.CHUNKS: 0, Attribute.CANCELLED: False})
    assert spelt == {"cutover.attempt.chunks": 0, "cutover.attempt.cancelled": False}


def test_the_attributes_of_the_genai_conventions_have_their_names():
    assert Attribute.OPERATION == "gen_ai.operation.name"
    assert Attribute.PROVIDER == "gen_ai.provider.name"
    assert Attribute.MODEL == "gen_ai.request.model"
    assert Attribute.TIME_TO_FIRST_CHUNK == "gen_ai.response.time_to_first_chunk"
    assert Metric.ATTEMPT_DURATION == "gen_ai.client.operation.duration"


def test_no_name_stands_in_the_table_twice():
    names = [*Attribute, *Event, *Metric]
    assert len({name.value for name in names}) == len(names)


@pytest.mark.parametrize(
    ("model", "route", "attempt"), [("m-1", "route chat m-1", "chat m-1"), (None, "route chat", "chat")]
)
def test_a_span_is_named_by_its_model_if_there_is_one(model, route, attempt):
    assert (route_span_name(model), attempt_span_name(model)) == (route, attempt)
