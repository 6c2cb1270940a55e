"""What crosses from the served process: budgets, arguments, messages; and how requests and values are compared."""

import enum
from dataclasses import dataclass

import pytest

from cutover_parity import Answer, Exchange, Failure, Request, Route
from cutover_rollout.shadow import Budgets, InvalidBudget
from cutover_rollout.shadow._copied import NotCopied, Room, copied, restored
from cutover_rollout.shadow._requests import places, request_difference, value_difference
from cutover_rollout.shadow._wire import packed, unpacked


class Colour(enum.Enum):
    RED = 1


@dataclass(frozen=True)
class Asked:
    text: str
    options: dict[str, int]


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2.5, "text", b"\xff\x00", (1, (2,)), {3, 4}, frozenset({"a"}), {"a": [1, {"b": None}]},
        {1: "number", ("t",): 2}, {"$": "tuple", "of": []}, Colour.RED, Asked("hi", {"n": 1}), float("inf"),
    ],
)  # fmt: skip
def test_data_is_the_same_on_the_other_side(value):
    assert restored(copied(value, Room(10_000))) == value
    assert type(restored(copied(value, Room(10_000)))) is type(value)


def test_a_copy_does_not_follow_what_the_caller_does_later():
    messages = [{"role": "user", "content": "hi"}]
    taken = copied(messages, Room(10_000))
    messages[0]["content"] = "changed"
    messages.append({})
    assert restored(taken) == [{"role": "user", "content": "hi"}]


def test_what_is_no_data_is_not_copied_and_is_named():
    with pytest.raises(NotCopied) as refused:
        copied([object()], Room(10_000))
    assert str(refused.value) == "they hold a builtins.object"


@pytest.mark.parametrize("value", ["x" * 2000, list(range(50)), {str(number): None for number in range(50)}])
def test_a_copy_ends_where_its_room_does(value):
    with pytest.raises(NotCopied) as refused:
        copied(value, Room(1000))
    assert str(refused.value) == "they are larger than the budget"


def test_a_value_that_holds_itself_ends_too():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(NotCopied):
        copied(loop, Room(100_000))


def test_a_route_is_the_same_on_the_other_side():
    request = Request("POST", "/chat?x=1", (("host", "gw"),), "snow ☃ \ud800".encode(errors="surrogatepass"))
    answer = Answer(200, (("a", "b"),), (b"one", b"", b"\xff\xfe"), (0.1, 0.2, 0.3), Failure("E", "cut"))
    exchanges = (
        Exchange(request, answer, None, client="async", stack="httpx", at=1.5),
        Exchange(request, None, Failure("httpx.ConnectError", "no"), at=2.0),
    )
    route = Route("id", request, Answer(200, (), (b"whole",), (0.0,)), exchanges)
    assert unpacked(b"".join(packed(route, {"at": 1}))) == (route, {"at": 1})


def test_what_there_is_to_say_needs_no_route():
    assert unpacked(b"".join(packed(None, {"drops": {"a": 2}}))) == (None, {"drops": {"a": 2}})


def asked(body: bytes = b'{"model": "m"}', url: str = "http://up/v1", **headers: str) -> Request:
    return Request("POST", url, tuple(headers.items()), body)


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (asked(b'{"model": "n"}'), "request body.model"),
        (asked(b'{"model": "m", "stream": true}'), "request body.stream"),
        (asked(b"text"), "request body"),
        (asked(url="http://up/v2"), "request path"),
        (asked(url="https://up/v1"), "request host"),
        (asked(url="http://up/v1?key=1"), "request query"),
        (asked(authorization="Bearer other"), "request headers.authorization"),
    ],
)
def test_another_request_is_named_by_its_place_and_never_by_a_value(other, place):
    assert request_difference(asked(), other) == place


@pytest.mark.parametrize(
    "other",
    [
        asked(b'{ "model":"m" }'),
        asked(**{"user-agent": "another client"}),
        asked(**{"x-stainless-lang": "python", "traceparent": "00-1-2-03"}),
        asked(**{"content-length": "99"}),
    ],
)
def test_spelling_and_what_a_client_says_of_itself_are_left_alone(other):
    assert request_difference(asked(), other) == ""


def test_ids_and_moments_that_are_new_each_time_are_alike():
    one = asked(b'{"id": "11111111-2222-4333-8444-555555555555", "at": "2026-01-02T03:04:05Z"}')
    other = asked(b'{"id": "99999999-2222-4333-8444-555555555555", "at": "2026-11-12T13:14:15Z"}')
    assert request_difference(one, other) == ""


def test_noise_of_the_control_is_not_held_against_the_candidate():
    noise = places({"took": 1, "text": "a"}, {"took": 2, "text": "a"})
    assert value_difference({"took": 1, "text": "a"}, {"took": 3, "text": "a"}, noise=noise) == ""
    assert value_difference({"took": 1, "text": "a"}, {"took": 3, "text": "b"}, noise=noise) == "text"


def test_budgets_are_json_and_back():
    assert Budgets(**Budgets(sample=0.5, form="call").to_json()) == Budgets(sample=0.5, form="call")


@pytest.mark.parametrize("wrong", [{"sample": 1.1}, {"seconds": 0}, {"waiting": True}, {"form": "tcp"}, {"size": "1"}])
def test_a_budget_out_of_bounds_is_refused_by_name(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InvalidBudget) as refused:
        Budgets(**wrong)
    assert str(refused.value).startswith(f"the shadow's {name} is {value!r}; give ")
