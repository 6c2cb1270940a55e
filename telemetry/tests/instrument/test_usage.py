from types import SimpleNamespace
from unittest.mock import MagicMock

import httpx
import pytest
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from cutover_telemetry.instrument._usage import Usage, usage_of

DETAILED = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 80},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        ({"usage": {"prompt_tokens": 10, "completion_tokens": 3}}, Usage(10, 3)),
        ({"usage": DETAILED}, Usage(100, 20, 80, 5)),
        ({"usage": {"input_tokens": 10, "output_tokens": 3}}, Usage(10, 3)),
        ({"usage": {"prompt_tokens": 0, "completion_tokens": None}}, Usage(0, None)),
        (SimpleNamespace(usage=SimpleNamespace(prompt_tokens=10, completion_tokens=3)), Usage(10, 3)),
        (SimpleNamespace(usage={"prompt_tokens": 10}), Usage(10)),
        (
            ChatCompletion.model_construct(usage=CompletionUsage.model_validate(DETAILED), choices=[]),
            Usage(100, 20, 80, 5),
        ),
        (ChatCompletionChunk.model_construct(usage=CompletionUsage.model_validate(DETAILED)), Usage(100, 20, 80, 5)),
    ],
)
def test_counts_are_read_off_answers_and_last_chunks(answer, usage):
    assert usage_of(answer) == usage


class Spiteful:
    @property
    def usage(self):
        raise RuntimeError("not read yet")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "a secret answer",
        b"data: [DONE]",
        {},
        {"usage": None},
        {"usage": "a secret"},
        {"usage": {"prompt_tokens": "10", "completion_tokens": True}},
        {"usage": {"prompt_tokens": -1, "completion_tokens": 1.5}},
        {"usage": {"prompt_tokens_details": "a secret"}},
        SimpleNamespace(usage=None),
        Spiteful(),
        MagicMock(),
        httpx.Response(200, json={"usage": {"prompt_tokens": 10}}),
        [1, 2],
        object(),
    ],
)
def test_what_is_no_count_is_as_if_it_were_not_there(answer):
    assert usage_of(answer) == Usage()
