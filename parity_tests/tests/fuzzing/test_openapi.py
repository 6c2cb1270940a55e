import json

import pytest

from cutover_parity import NoOpenApi
from cutover_parity.fuzzing import openapi_seeds, probe, seeds_from_openapi


def document(schema, **operation):
    body = {"content": {"application/json": {"schema": schema}}}
    return {"paths": {"/v1/chat": {"post": {"requestBody": body, **operation}}}}


def body_of(schema, **parts):
    (seed,) = seeds_from_openapi({**document(schema), **parts})
    return json.loads(seed.request.body)


MESSAGE = {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}, "name": {}}}


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {}}}, {"a": "hi"}),
        ({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 3}}}, {"n": 3}),
        ({"required": ["k"], "properties": {"k": {"enum": ["x", "y"]}}}, {"k": "x"}),
        ({"required": ["k"], "properties": {"k": {"type": "string", "default": "d"}}}, {"k": "d"}),
        ({"required": ["k"], "properties": {"k": {"type": "string", "examples": ["e"]}}}, {"k": "e"}),
        ({"required": ["k"], "properties": {"k": {"const": "c"}}}, {"k": "c"}),
        ({"required": ["k"], "properties": {"k": {"type": "string", "minLength": 5}}}, {"k": "hixxx"}),
        ({"required": ["k"], "properties": {"k": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}}, {"k": False}),
        ({"required": ["k"], "properties": {"k": {"allOf": [MESSAGE, {"type": "object"}]}}}, {"k": {"role": "hi"}}),
        ({"required": ["m"], "properties": {"m": {"type": "array", "minItems": 1, "items": MESSAGE}}},
         {"m": [{"role": "hi"}]}),
        ({"type": "array", "minItems": 1, "items": {"type": "number"}}, [1]),
    ],
)  # fmt: skip
def test_the_least_body_that_a_schema_allows(schema, body):
    assert body_of(schema) == body


def test_references_are_followed_and_circles_come_to_an_end():
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    parts = {"components": {"schemas": {"Node": node}}}
    assert "next" in body_of({"$ref": "#/components/schemas/Node"}, **parts)


def test_an_operation_that_is_silent_about_its_body_gets_a_conversation():
    assert body_of({"type": "object"}) == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    (seed,) = seeds_from_openapi({"paths": {"/chat": {"post": {}}}})
    assert b"messages" in seed.request.body


def test_parameters_fill_the_path_and_those_of_text_may_name_a_provider():
    parameters = [
        {"in": "path", "name": "tenant", "required": True, "schema": {"type": "string"}},
        {"in": "query", "name": "limit", "required": True, "schema": {"type": "integer"}},
        {"in": "query", "name": "stone", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        {"in": "header", "name": "X-Pier", "schema": {"type": "string"}},
    ]
    (seed,) = seeds_from_openapi({"paths": {"/{tenant}/pour": {"get": {"parameters": parameters}}}})
    assert (seed.request.method, seed.request.url) == ("GET", "/hi/pour?limit=1")
    assert [str(place) for place in seed.places] == ["path 1", "query stone", "header x-pier"]


def test_operations_with_a_body_come_first():
    seeds = seeds_from_openapi({"paths": {"/a": {"get": {}, "parameters": []}, "/b": {"post": {}, "put": {}}}})
    assert [seed.name for seed in seeds] == ["POST /b", "PUT /b", "GET /a"]


@pytest.mark.parametrize("data", [None, [], {}, {"paths": []}, {"paths": {"/a": None}}, {"paths": {"/a": {"get": 1}}}])
def test_what_is_no_document_gives_no_seeds(data):
    assert seeds_from_openapi(data) == ()


def test_an_application_is_asked_for_its_own_document(gateway, duel):
    ours = gateway("lanes")
    with duel(ours, ours.copy("registry")) as running:
        seeds = openapi_seeds(running)
        probed = probe(running, seeds, ours.plan.keys)
    assert [seed.name for seed in probed.seeds] == ["POST /v1/talk"]


def test_an_application_without_a_document_is_refused_with_what_to_do(gateway, duel):
    ours = gateway("wharf")
    with duel(ours, ours.copy("registry")) as running, pytest.raises(NoOpenApi) as refused:
        openapi_seeds(running)
    assert str(refused.value) == (
        "no requests can be made up: /openapi.json was asked of the application, but it answers 404; "
        "name recordings, or a file of requests with --seeds"
    )


@pytest.mark.parametrize(
    ("name", "places"), [("lanes", ["body backend"]), ("wharf", ["header x-pier"]), ("mill", ["query stone"])]
)
def test_the_place_where_a_provider_is_named_is_found_by_trying(gateway, duel, seed, name, places):
    ours = gateway(name)
    with duel(ours, ours.copy("registry")) as running:
        probed = probe(running, seed(name), ours.plan.keys)
    assert [[str(place) for place in one.places] for one in probed.seeds] == [places] * len(probed.seeds)
    assert probed.idle == ()


def test_seeds_that_reach_no_provider_are_left_out_by_name(gateway, duel, seed):
    from cutover_parity import Request
    from cutover_parity.fuzzing import Seed

    ours = gateway("lanes")
    lost = Seed(Request("GET", "/nowhere"))
    with duel(ours, ours.copy("registry")) as running:
        both = probe(running, [*seed("lanes"), lost], ours.plan.keys)
        none = probe(running, [lost], ours.plan.keys)
    assert ([one.name for one in both.seeds], both.idle) == (["POST /v1/talk"], ("GET /nowhere",))
    assert ([one.name for one in none.seeds], none.idle) == (["GET /nowhere"], ("GET /nowhere",))


def test_the_fuller_form_of_a_seed_has_the_options_that_are_accepted(gateway, duel, seed):
    ours = gateway("lanes")
    with duel(ours, ours.copy("registry")) as running:
        (one,) = probe(running, seed("lanes"), ours.plan.keys).seeds
    assert {"stop", "n", "tools", "backend"} <= {*json.loads(one.fuller.body)}
