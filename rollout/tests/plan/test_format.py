"""Plan files: what is read is what was written, what is not known is refused, and the schema says the same."""

import json

import jsonschema
import pytest

from cutover_rollout.plan import (
    InvalidPlan,
    RolloutPlan,
    Stage,
    UnreadablePlan,
    Webhook,
    default_plan,
    plan_from_json,
    plan_to_json,
    read_plan,
)
from cutover_telemetry.judge import DEFAULT_METRICS, Guard, Metric, MetricPlan

LAST = {"name": "all", "share": 1, "minutes": 60}
GOOD = [
    {},
    {"version": 1, "promote": "by-hand"},
    {"stages": [{"name": "shadow", "share": 0, "minutes": 1, "shadow": True}, LAST]},
    {"stages": [{"name": "5 %", "share": 0.05, "minutes": 30, "requests": 10, "part": 1}, LAST]},
    {"metrics": {"p99": False, "errors": {"margin": 0.01}}},
    {"milestones": {"10": 1}, "guard": {"minutes": 8, "rest": 1, "restless_minutes": 30, "scatter": True}},
    {"header": {"name": "X-Beta", "value": "yes"}, "tenant": "acme"},
    {"webhooks": [{"url": "https://hooks.example.com/a?b=c", "secret_env": "SECRET"}]},
    {"sites": ["chat"], "providers": ["groq", "near"]},
]
BAD = {
    "there is no field 'promot'; did you mean 'promote'?": {"promot": "by-hand"},
    "version is 2, and this release knows version 1": {"version": 2},
    "promote is 'never', neither 'automatic' nor 'by-hand'": {"promote": "never"},
    "there is no field 'shares'; did you mean 'share'?": {"stages": [{"name": "a", "shares": 1, "minutes": 1}, LAST]},
    "it lacks the field 'minutes'": {"stages": [{"name": "a", "share": 0.5}, LAST]},
    "share is 1.5, not a number from 0 to 1": {"stages": [{"name": "a", "share": 1.5, "minutes": 1}, LAST]},
    "a shadow has share 0, and nothing else has": {"stages": [{"name": "a", "share": 0, "minutes": 1}, LAST]},
    "requests is -1": {"stages": [{"name": "a", "share": 0.5, "minutes": 1, "requests": -1}, LAST]},
    "there is no field 'p90'": {"metrics": {"p90": False}},
    "alpha is 0.9": {"alpha": 0.9},
    "url is 'hooks.example.com', not an http or https address": {
        "webhooks": [{"url": "hooks.example.com", "secret_env": "S"}]
    },
    "secret_env is 'a b', not the name of a variable": {"webhooks": [{"url": "http://a.example", "secret_env": "a b"}]},
    "'soon' is not a minute": {"milestones": {"soon": 1}},
    "certificate is 1, neither true nor false": {"certificate": 1},
    "sites is (), not a list of names": {"sites": []},
    "errors are not among the metrics": {"metrics": {"errors": False}},
}
NONSENSE = [
    None, 3, "plan", [], {"stages": 3}, {"stages": [3]}, {"metrics": []}, {"metrics": {"p50": 3}}, {"header": 3},
    {"sites": "chat"}, {"alpha": "a"}, {"guard": 3}, {"name": ""}, {"alpha": float("nan")}, {"webhooks": 1},
]  # fmt: skip
ONLY_THE_PARSER = {
    "the last stage has to have share 1": {"stages": [{"name": "half", "share": 0.5, "minutes": 1}]},
    "no more than 'a' before it": {
        "stages": [{"name": "a", "share": 0.5, "minutes": 1}, {"name": "b", "share": 0.4, "minutes": 1}, LAST]
    },
    "a name stands twice": {"stages": [{"name": "all", "share": 0.5, "minutes": 1}, LAST]},
    "the parts of the stages add up to 1.2": {
        "stages": [
            {"name": "a", "share": 0.1, "minutes": 1, "part": 0.6},
            {"name": "b", "share": 0.5, "minutes": 1, "part": 0.6},
            LAST,
        ]
    },
    "the parts of some stages leave nothing": {
        "stages": [
            {"name": "a", "share": 0.1, "minutes": 1},
            {"name": "b", "share": 0.5, "minutes": 1, "part": 1},
            LAST,
        ]
    },
    "outage and the parts of the metrics add up to 1.": {"metrics": {"errors": {"part": 1}}},
    "the milestones add up to 1.5": {"milestones": {"4": 0.5, "60": 1}},
    "restless_minutes is 2": {"guard": {"restless_minutes": 2}},
}


@pytest.mark.parametrize("told", GOOD, ids=str)
def test_the_parser_and_the_schema_take_it_and_it_comes_back_as_it_was(told, schema):
    jsonschema.validate(told, schema)
    plan = plan_from_json(told)
    written = json.loads(json.dumps(plan_to_json(plan)))
    jsonschema.validate(written, schema)
    assert plan_from_json(written) == plan


@pytest.mark.parametrize("message", BAD)
def test_the_parser_and_the_schema_refuse_it(message, schema):
    with pytest.raises(InvalidPlan) as refused:
        plan_from_json(BAD[message])
    assert message in str(refused.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(BAD[message], schema)


@pytest.mark.parametrize("message", ONLY_THE_PARSER)
def test_what_no_schema_can_say_the_parser_refuses(message):
    with pytest.raises(InvalidPlan) as refused:
        plan_from_json(ONLY_THE_PARSER[message])
    assert message in str(refused.value)


@pytest.mark.parametrize("told", NONSENSE, ids=str)
def test_nonsense_is_refused_with_a_sentence(told):
    with pytest.raises(InvalidPlan):
        plan_from_json(told)


def test_every_field_survives_a_file(plan_file):
    plan = RolloutPlan(
        name="spring", sites=("chat",), providers=("groq",), promote="by-hand", on_worse_provider="roll back",
        stages=(Stage("shadow", 0, 5, 10, shadow=True), Stage("10 %", 0.1, 5, 10), Stage("all", 1.0, 60)),
        certificate=False, alpha=0.01, metrics={Metric.ERRORS: MetricPlan(0.5, 0.01)}, milestones={7: 1.0},
        guard=Guard(6, 1.0, 25, scatter=False), outage=0.1, scale_margins=False, tenant="acme",
        header=("x-beta", "yes"), webhooks=(Webhook("http://a.b", "S"),),
    )  # fmt: skip
    assert read_plan(plan_file(plan_to_json(plan), "plan.json")) == plan


def test_a_toml_file_says_only_what_differs(plan_file):
    plan = read_plan(plan_file('promote = "by-hand"\n[metrics."extra attempts"]\nmargin = 0.02\n'))
    assert plan.promote == "by-hand"
    assert plan.metrics[Metric.EXTRA_ATTEMPTS].margin == 0.02
    assert plan.metrics[Metric.ERRORS] == DEFAULT_METRICS[Metric.ERRORS]
    assert plan.stages == default_plan().stages


def test_a_file_that_is_none_is_refused_by_its_name(plan_file, tmp_path):
    for name, text, said in (("a.toml", "stages = [", "it is not TOML"), ("a.json", "{", "it is not JSON")):
        with pytest.raises(UnreadablePlan, match=f"{name}: {said}"):
            read_plan(plan_file(text, name))
    with pytest.raises(UnreadablePlan, match="it cannot be read"):
        read_plan(tmp_path / "nowhere.toml")
    with pytest.raises(InvalidPlan, match=r"b\.toml: .*no field 'stage'"):
        read_plan(plan_file("stage = 3\n", "b.toml"))
