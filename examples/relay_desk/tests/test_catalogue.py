"""GET /vendors/{vendor}/models, /health and /journal."""

from unittest.mock import patch

import pytest


@pytest.mark.parametrize(
    ("vendor", "title", "first"),
    [
        ("groq", "Groq", "llama-3.3-70b"),
        ("workers-ai", "Workers AI", "@cf/llama-3.1-8b"),
        ("z.ai", "Z.ai", "glm-4.6"),
        ("together-ai", "Together AI", "llama-4-scout"),
        ("fireworks", "Fireworks", "llama-v3p1-70b"),
        ("siliconflow", "SiliconFlow", "ling-flash-2.0"),
    ],
)
async def test_a_vendor_shows_its_models(desk, vendor, title, first):
    page = (await desk.get(f"/vendors/{vendor}/models")).json()
    assert page["title"] == title
    assert page["models"][0]["id"] == first


async def test_models_below_the_floor_are_left_out(desk):
    page = (await desk.get("/vendors/groq/models?floor=100000")).json()
    assert [entry["id"] for entry in page["models"]] == [
        "llama-3.3-70b",
        "llama-3.1-8b",
    ]


async def test_a_vendor_without_a_catalogue_shows_what_the_desks_know(desk):
    page = (await desk.get("/vendors/novita/models")).json()
    assert page["title"] == "novita"
    assert page["models"] == [{"id": "ernie-4.5"}, {"id": "mythomax-13b"}]


@pytest.mark.parametrize("vendor", ["kimi", "friendli", "nvidia-nim"])
async def test_a_vendor_without_catalogue_and_desks_has_no_models(vendor, desk):
    answer = await desk.get(f"/vendors/{vendor}/models")
    assert answer.status_code == 400


async def test_the_models_function_can_be_patched(desk):
    with patch(
        "deskrelay.web.completion.moonshot_models",
        return_value=[{"id": "kimi-k3", "context": 1}],
    ):
        page = (await desk.get("/vendors/moonshot/models")).json()
    assert page["models"] == [{"id": "kimi-k3", "context": 1}]


async def test_health_tells_which_vendors_are_tried(desk):
    page = (await desk.get("/health")).json()
    assert page["up"] is True
    assert page["auto_vendors"][0] == "mistral"


async def test_the_journal_begins_empty(desk):
    assert (await desk.get("/journal")).json() == {}
