"""Recorders, schedules and canonical texts."""

import asyncio
import enum
from types import SimpleNamespace

import pytest

from cutover_migrate.execute._inside._canonical import call_text, canonical
from cutover_migrate.execute._inside._errors import error_class, error_names
from cutover_migrate.execute._inside._label import GLOBAL, PARAMETER
from cutover_migrate.execute._inside._recorder import Recorder
from cutover_migrate.execute._inside._run import EVENTS, NOW, STEPS, Cut, Run, Schedule


@pytest.fixture
def run():
    """A new run under a schedule; it is the one that is going on."""

    def begin(**schedule):
        NOW.run = Run(Schedule(**{"seed": 0, **schedule}), make=lambda label: Recorder(label, GLOBAL), site="chat")
        return NOW.run

    return begin


@pytest.mark.parametrize(
    ("do", "log"),
    [
        (lambda x: x(1, a="b"), ["call x(1, a='b')"]),
        (lambda x: x.y.z, ["read x.y", "read x.y.z"]),
        (lambda x: x[0]["k"], ["item x[0]", "item x[0]['k']"]),
        (lambda x: setattr(x, "y", [1]), ["set x.y = [1]"]),
        (lambda x: x.__setitem__("k", x), ["set x['k'] = x"]),
        (lambda x: list(x), ["length of x", "iterate x", "next of x", "next of x"]),
        (lambda x: x + 1 - x, ["x + 1", "(x + 1) - x"]),
        (lambda x: 2 * x, ["2 * x"]),
        (lambda x: (x == 1, x != 1, x < 2), ["x == 1", "x == 1", "x < 2"]),
        (lambda x: "k" in x, ["'k' in x"]),
        (lambda x: not x, ["truth of x"]),
        (lambda x: f"{x} {x:>3}", []),
        (lambda x: {**x}, ["read x.keys", "call x.keys()", "item x['first']"]),
    ],
)
def test_each_thing_done_is_logged(run, do, log):
    now = run()
    do(Recorder("x"))
    assert now.log == log


def test_awaits_and_asynchronous_loops_are_logged(run):
    async def code(x):
        async with x as y:
            async for z in y:
                await z

    now = run(truths="drawn", seed=3)
    asyncio.run(code(Recorder("x")))
    assert now.log[:2] == ["await enter x", "iterate x.entered (async)"]
    assert now.log[-1] == "await exit x "


def test_an_attribute_that_was_set_is_read_again(run):
    run()
    recorder = Recorder("x")
    recorder.y = [1]
    assert recorder.y == [1]


def test_paths_from_a_name_of_the_module_leave_no_trace(run):
    now = run()
    assert canonical(Recorder("openai", GLOBAL).types.Chat) == "openai.types.Chat"
    assert now.log == []


def test_a_plain_parameter_answers_for_its_truth_always_alike_and_without_a_trace(run):
    now = run(truths="drawn", seed=5)
    parameter = Recorder("arg m", PARAMETER)
    assert len({bool(parameter) for _ in range(20)}) == 1
    assert now.log == []


def test_the_same_schedule_gives_the_same_answers(run):
    def answers():
        run(truths="drawn", seed=7)
        recorder = Recorder("x")
        return [bool(recorder), recorder == 1, len(recorder), int(recorder), *map(bool, (recorder, recorder))]

    assert answers() == answers()


def test_a_call_behind_the_site_fails_when_it_is_its_turn(run):
    now = run(fails=1)
    Recorder("before")()
    now.reach("chat")
    Recorder("first")()
    with pytest.raises(ValueError, match="failed: call second"):
        Recorder("second")()
    Recorder("third")()
    assert now.log[-3:] == ["call second()", "fails with ValueError", "call third()"]


def test_a_run_that_does_too_much_is_cut_and_stays_cut(run):
    now = run()
    recorder = Recorder("x")
    with pytest.raises(Cut):
        [recorder() for _ in range(EVENTS + 1)]
    assert (len(now.log), now.cut) == (EVENTS, True)
    with pytest.raises(Cut):
        recorder()


def test_a_loop_that_leaves_no_trace_is_cut_too(run):
    run()
    with pytest.raises(Cut):
        all(Recorder("arg m", PARAMETER) for _ in range(STEPS + 1))


class Colour(enum.Enum):
    RED = 1


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (1, "1"),
        (1.0, "1.0"),
        (True, "True"),
        ("a", "'a'"),
        (b"a", "b'a'"),
        ([1, (2,), {3: {4}}], "[1, (2), {3: set(4)}]"),
        (frozenset({2, 1}), "frozenset(1, 2)"),
        (Colour.RED, "Colour.RED"),
        (Text("a"), "Text('a')"),
        (ValueError("a"), "<ValueError ('a')>"),
        (SimpleNamespace(a=1), "<SimpleNamespace 'a': 1>"),
        (len, "<builtin_function_or_method len>"),
        (int, "<class int>"),
        ((lambda: 1), "<function <lambda>>"),
        ((n for n in "a"), "<generator <genexpr>>"),
        (Recorder("x.y"), "x.y"),
        (object(), "<object>"),
    ],
)
def test_a_value_has_one_text(value, text):
    assert canonical(value) == text


def test_texts_of_different_values_differ():
    values = [1, 1.0, True, "1", b"1", [1], (1,), {1}, {1: 1}, None, "", [], (), {}, Colour.RED, Text("1")]
    assert len({canonical(value) for value in values}) == len(values)


def test_a_value_that_holds_itself_has_an_end():
    loop = []
    loop.append(loop)
    assert canonical(loop).count("[") < 20


def test_no_code_of_the_program_runs_for_a_text():
    class Loud:
        def __repr__(self):
            raise AssertionError

        __eq__ = __hash__ = __iter__ = __len__ = __repr__

    assert canonical([Loud()]) == "[<Loud >]"


def test_arguments_by_name_keep_their_order():
    assert call_text((1,), {"b": 2, "a": 3}) == "1, b=2, a=3"


def test_stand_ins_for_exceptions_can_be_raised_caught_and_asked(run):
    now = run()
    kind = error_class("openai.RateLimitError")
    with pytest.raises(kind) as caught:
        raise kind("slow", code=429)
    assert (caught.value.args, caught.value.code, kind.__name__) == (("slow",), 429, "RateLimitError")
    assert canonical(caught.value.response) == "openai.RateLimitError error.response"
    assert now.log[0] == "call openai.RateLimitError('slow', code=429)"
    assert not issubclass(error_class("asyncio.CancelledError"), Exception)


def test_names_that_are_raised_or_caught_are_known():
    import ast

    text = "try:\n    raise a.B(1) from c\nexcept (d.E, F):\n    raise\nexcept G as h:\n    raise h"
    assert error_names([ast.parse(text)]) == {"B", "E", "F", "G", "h"}
