import json

import pytest

from cutover_parity import Answer, NotSeeds, Request, Route
from cutover_parity.fuzzing import read_seeds, recorded_seeds


def route(number, body, *, status=200, url="/v1/talk"):
    return Route(str(number), Request("POST", url, (), json.dumps(body).encode()), Answer(status), ())


def test_a_seeds_file_needs_only_urls(tmp_path):
    path = tmp_path / "seeds.json"
    path.write_text('[{"url": "/models"}, {"url": "/chat", "headers": {"X-Team": "a"}, "json": {"model": "m"}}]')
    models, chat = read_seeds(path)
    assert models.request == Request("GET", "/models").with_body(b"")
    assert (chat.request.method, chat.request.body) == ("POST", b'{"model":"m"}')
    assert dict(chat.request.headers) == {"content-type": "application/json", "x-team": "a", "content-length": "13"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON: Expecting property name"),
        ("{}", "it is not a list of requests"),
        ("[]", "its list is empty"),
        ("[1]", 'request 1 has no "url"'),
        ('[{"url": "/a"}, {"method": "GET"}]', 'request 2 has no "url"'),
        ('[{"url": "/a", "jsn": {}}]', "request 1 has a field 'jsn'; there are body, headers, json, method, url"),
        ('[{"url": "/a", "headers": {"a": 1}}]', 'request 1: "method" and "body" are texts'),
    ],
)
def test_a_file_that_is_no_seeds_file_is_refused_with_the_place(tmp_path, text, reason):
    path = tmp_path / "seeds.json"
    path.write_text(text)
    with pytest.raises(NotSeeds) as refused:
        read_seeds(path)
    assert str(refused.value).startswith(f"{path} is no seeds file: {reason}")
    assert "it should be a JSON list of requests" in str(refused.value)


def test_a_seeds_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotSeeds) as refused:
        read_seeds(tmp_path / "none.json")
    assert "it cannot be read (No such file or directory)" in str(refused.value)


def test_recorded_requests_of_one_shape_are_one_seed_and_good_ones_come_first():
    routes = [
        route(1, {"model": "a"}, status=500, url="/broken"),
        route(2, {"model": "a"}),
        route(3, {"model": "b"}),
        route(4, {"model": "a", "stream": True}),
        route(5, {"model": "a", "stream": False}),
        route(6, {"model": "a"}, status=400),
    ]
    seeds = recorded_seeds(routes)
    assert [json.loads(seed.request.body) for seed in seeds] == [
        {"model": "a"},
        {"model": "a", "stream": True},
        {"model": "a", "stream": False},
        {"model": "a"},
    ]
    assert [seed.name for seed in seeds] == ["POST /v1/talk"] * 3 + ["POST /broken"]


def test_however_much_was_recorded_few_seeds_are_kept():
    routes = (route(n, {f"field{n}": 1}, status=200 if n % 2 else 500) for n in range(5000))
    seeds = recorded_seeds(routes, most=7)
    assert len(seeds) == 7
    assert json.loads(seeds[0].request.body) == {"field1": 1}
