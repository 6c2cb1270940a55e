import pytest

from cutover_telemetry import DIALECTS, V1_41, Attribute, Dialect, Event, Metric
from cutover_telemetry._names import attempt_span_name, route_span_name


def test_the_default_dialect_spells_each_attribute_as_the_table_does():
    assert DIALECTS == {"v1_41": V1_41}
    spelt = V1_41.spell(dict.fromkeys(Attribute, 1))
    assert list(spelt) == [attribute.value for attribute in Attribute]


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
