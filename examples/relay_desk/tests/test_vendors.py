"""What the vendor modules do to calls and replies, and what they charge."""

import pytest

from deskrelay import tariff
from deskrelay.vendors.cloudflare import cloudflare_compose
from deskrelay.vendors.cohere import cohere_compose, cohere_piece
from deskrelay.vendors.deepinfra import deepinfra_compose
from deskrelay.vendors.fireworks import fireworks_compose
from deskrelay.vendors.hyperbolic import hyperbolic_tidy
from deskrelay.vendors.nvidia import nvidia_compose, nvidia_tidy
from deskrelay.vendors.together import together_ai_tidy
from deskrelay.vendors.zai import zai_tidy


def test_model_names_get_the_prefix_that_the_vendor_wants():
    assert cloudflare_compose("?", "brief", model="x")["model"] == "@cf/x"
    assert deepinfra_compose("?", "brief", model="x")["model"] == "meta-llama/x"
    assert deepinfra_compose("?", "brief", model="y/x")["model"] == "y/x"
    named = fireworks_compose("?", "brief", model="x")["model"]
    assert named == "accounts/fireworks/models/x"
    assert fireworks_compose("?", "brief", model=named)["model"] == named


def test_cohere_takes_the_tone_as_a_preamble():
    call = cohere_compose("Why?", "formal", model="")
    assert "politely" in call["preamble"]
    assert call["messages"] == [{"role": "user", "content": "Why?"}]
    assert cohere_piece({"choices": [{"delta": {"content": {"text": "a"}}}]}) == "a"


def test_nvidia_is_told_not_to_think_each_time_anew():
    for _ in range(2):
        system, user = nvidia_compose("Why?", "brief", model="")["messages"]
        assert system["content"].count("thinking off") == 1
        assert user == {"role": "user", "content": "Why?"}


def test_marks_and_thoughts_are_tidied_away(completion_reply):
    assert together_ai_tidy(completion_reply("Yes.</s>"))["text"] == "Yes."
    assert zai_tidy(completion_reply("hm</think>Yes."))["text"] == "Yes."
    assert nvidia_tidy(completion_reply("hm</think>Yes."))["text"] == "Yes."


def test_hyperbolic_adds_up_both_kinds_of_tokens(completion_reply):
    assert hyperbolic_tidy(completion_reply())["tokens"] == 100


@pytest.mark.parametrize(
    ("vendor", "cents"),
    [
        ("groq", 0.059),
        ("mistral", 0.02),
        ("cohere", 0.25),
        ("together-ai", 0.018),
        ("deepinfra", 0.023),
        ("fireworks", 0.09),
        ("siliconflow", 0.021),
        ("z.ai", None),
        ("", None),
    ],
)
def test_a_thousand_tokens_cost(vendor, cents):
    assert tariff.price(vendor, 1000) == cents


def test_a_patched_price_is_the_one_that_is_charged(monkeypatch):
    monkeypatch.setattr(tariff, "cohere_price", lambda tokens: tokens)
    assert tariff.price("cohere", 3) == 3
